"""Many damaged files: none may crash the service, leave a process or a file behind, or harm the next picture.

2,000 cost 17 s of CPU, on both cores at once. MUTATED_FILES=20000 tries more of them, and 200 fewer.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, product
from pathlib import Path

import pytest

from images.codecs import CodecError, Format, Options
from images.pool import EncoderPool
from images.tests.pictures import convert, make_png
from images.tests.processes import ROOT, SMALL, WEBP, children_of, eventually, is_nothing_left, service_of

pytestmark = pytest.mark.once

COUNT = int(os.environ.get("MUTATED_FILES", "2000"))
OUTPUTS: list[Format] = ["webp", "jpg", "png", "avif"]
MOST_SECONDS = 10
# A mistake of ours would be "too_complex", too, and is looked for in the log.
CODES = {"corrupt_image", "unsupported_format", "too_many_pixels", "too_complex", "timed_out", "done"}


def mutate(data: bytes, source: random.Random) -> bytes:
    """Change a few bytes, cut a piece out, double one, or end early."""
    damaged = bytearray(data)
    start = source.randrange(len(data))
    end = min(start + source.randrange(1, 64), len(data))
    match source.randrange(5):
        case 0:
            del damaged[start:end]
        case 1:
            damaged[start:start] = damaged[start:end] * source.randrange(1, 8)
        case 2:
            del damaged[start:]
        case 3:
            damaged[start:end] = source.randbytes(end - start)
        case _:
            for _ in range(source.randrange(1, 9)):
                damaged[source.randrange(len(damaged))] = source.choice(
                    (0, 1, 127, 128, 255, source.randrange(256))
                )
    return bytes(damaged)


def mutated_files() -> Iterator[tuple[bytes, Options]]:
    """Damaged pictures of every kind, each asked for in every format; the same ones in every run."""
    picture, source = make_png(61, 47), random.Random(11)
    kinds = ("jpeg", "webp", "avif", "gif", "tiff", "lab-tiff", "cmyk-jpeg", "p3-jpeg")
    files = [picture, *(convert(picture, kind) for kind in kinds)]
    while True:
        for data, output in product(files, OUTPUTS):
            yield mutate(data, source), Options(output, max_width=source.choice((None, 16)))


def entries(*folders: Path) -> set[Path]:
    """Return what lies in the folders, but for what the measuring of coverage leaves there."""
    found = {entry for folder in folders for entry in folder.iterdir()}
    return {entry for entry in found if not entry.name.startswith(".coverage")}


def test_damaged_files_leave_nothing_behind_and_harm_no_other(tmp_path: Path, caplog):
    temporary = Path(tempfile.gettempdir())
    pool = EncoderPool(tmp_path / "encoder", slots=2, places=16)
    service = service_of(pool)
    files = list(islice(mutated_files(), COUNT))
    before = entries(ROOT, pool.folder)

    def outcome(file: tuple[bytes, Options]) -> str:
        try:
            pool.encode(*file, MOST_SECONDS)
        except CodecError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(max_workers=8) as threads:
        codes = Counter(threads.map(outcome, files))
    assert set(codes) <= CODES
    assert codes["corrupt_image"] > COUNT / 4
    assert [record for record in caplog.records if "encoder_answer_refused" in record.getMessage()] == []
    assert pool.encode(SMALL, WEBP, MOST_SECONDS).width == 40
    assert service_of(pool) == service
    assert eventually(lambda: not children_of(service))
    assert entries(ROOT, pool.folder) == before
    assert not [path for path in temporary.iterdir() if path.name.startswith("vips-")]
    pool.close()
    assert eventually(lambda: is_nothing_left(pool.folder))
