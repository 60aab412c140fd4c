"""The image engine beside `sharp` from npm: bytes at equal score, CPU, and what a request adds.

    python -m benchmarks.images --photos DIR [--input-quality 95] [--only jpeg webp avif png never cpu service]

DIR holds PNG and JPEG files. Two larger pictures are made of the photographs among them, as mosaics of 3 x 3
and 5 x 5. Where the input is to be a JPEG, photographs in PNG are written as JPEG of quality 95 first; where it
is to be a PNG, those in JPEG and the mosaics are written by libvips as it does by default. Every encoder runs
on one thread.

"At equal score" means: our bytes at the SSIMULACRA2 of the rival's result at quality 82, interpolated between
two qualities 2 apart on the logarithm of bytes; the score of a mosaic is that of 768 by 512 pixels in its
middle. Means are geometric, and in brackets are the best and the worst picture.
"""

import argparse
import math
import multiprocessing
import os
import tempfile
import unittest.mock
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import machine
from benchmarks.image_requests import print_service
from benchmarks.rivals import Sharp, cwebp_seconds, running_sharp
from benchmarks.scores import Match, match, timed
from images.codecs import Options
from images.options import Effort

# Fewer bits than this for a pixel, stored without loss, and it is a drawing and no photograph.
_PHOTO_BITS_PER_PIXEL = 8
_EFFORTS: tuple[Effort, ...] = ("sync", "async")


@dataclass(frozen=True, slots=True)
class Set:
    """The pictures. originals: as they are, by name. pngs and jpegs: what is encoded; the made ones included."""

    originals: dict[str, bytes]
    pngs: dict[str, bytes]
    jpegs: dict[str, bytes]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--input-quality", type=int, default=95)
    parser.add_argument("--only", nargs="*", default=["jpeg", "webp", "avif", "png", "never", "cpu", "service"])
    options = parser.parse_args()
    # One thread for each encoder, as in the service; read when the libraries start.
    os.environ |= {"VIPS_CONCURRENCY": "1", "RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    files = {path.name: path.read_bytes() for path in sorted(options.photos.iterdir())}
    pool = ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn"))
    with tempfile.TemporaryDirectory(prefix="flux-sharp-") as folder, pool, running_sharp(Path(folder)) as sharp:
        pictures = pool.submit(prepare, files, options.input_quality).result()
        print(machine(), "·", sharp.version)
        print(f"{len(pictures.originals)} files, {len(pictures.jpegs)} photographs as JPEG, mosaics included\n")
        print("| measure | result | target |\n|---|---|---|")
        tables: dict[str, Callable[[], None]] = {
            "jpeg": lambda: print_jpeg(pool, pictures, sharp),
            "webp": lambda: print_webp(pool, pictures, sharp),
            "avif": lambda: print_avif(pool, pictures),
            "png": lambda: print_png(pool, pictures, sharp),
            "never": lambda: print_never_bigger(pool, pictures),
            "cpu": lambda: print_cpu(pool, pictures, sharp, Path(folder)),
            "service": lambda: print_service(next(iter(pictures.jpegs.values()))),
        }
        for name in options.only:
            tables[name]()


def row(measure: str, result: str, target: str) -> None:
    """Print one line of the table."""
    print(f"| {measure} | {result} | {target} |", flush=True)


def mean(values: Iterable[float]) -> float:
    """Return the geometric mean."""
    logarithms = [math.log(value) for value in values]
    return math.exp(sum(logarithms) / len(logarithms))


def prepare(files: dict[str, bytes], quality: int) -> Set:
    """Make the mosaics and the JPEG inputs."""
    import pyvips

    opened = {name: pyvips.Image.new_from_buffer(data, "").colourspace("srgb") for name, data in files.items()}
    photos = {
        name: image.extract_band(0, n=3).copy_memory()
        for name, image in opened.items()
        if 8 * len(files[name]) / (image.width * image.height) >= _PHOTO_BITS_PER_PIXEL or name.endswith(".jpg")
    }
    tiles = [image.thumbnail_image(768, height=512, crop="centre").copy_memory() for image in photos.values()]
    for across in (3, 5):
        chosen = [tiles[i % len(tiles)] for i in range(across * across)]
        turned = [tile.fliphor() if i // len(tiles) % 2 else tile for i, tile in enumerate(chosen)]
        photos[f"mosaic {across} x {across}"] = pyvips.Image.arrayjoin(turned, across=across).copy_memory()
    made = {name: bytes(image.pngsave_buffer()) for name, image in photos.items() if not name.endswith(".png")}
    jpegs = {
        name: files[name] if name.endswith(".jpg") else bytes(image.jpegsave_buffer(Q=quality, keep="none"))
        for name, image in photos.items()
    }
    pngs = {name: data for name, data in files.items() if name.endswith(".png")}
    return Set(files, pngs | made, jpegs)


def matches(
    pool: ProcessPoolExecutor, jpegs: dict[str, bytes], options: Options, rivals: list[bytes]
) -> list[Match]:
    """Match all pictures, as many at once as there are cores."""
    return list(pool.map(match, jpegs.values(), [options] * len(jpegs), rivals))


def print_jpeg(pool: ProcessPoolExecutor, pictures: Set, sharp: Sharp) -> None:
    """Print JPEG at equal score."""
    rivals = [sharp.write(data, "jpeg", rounds=1, quality=82).data for data in pictures.jpegs.values()]
    print_ratio("JPEG → JPEG q82, bytes against sharp's default, equal score", "≤ 0.88",
                matches(pool, pictures.jpegs, Options("jpg"), rivals), rivals)  # fmt: skip


def print_webp(pool: ProcessPoolExecutor, pictures: Set, sharp: Sharp) -> None:
    """Print WebP at equal score, at both efforts."""
    rivals = [sharp.write(data, "webp", rounds=1, quality=82).data for data in pictures.jpegs.values()]
    for effort, target in zip(_EFFORTS, ("≤ 0.99", "≤ 0.97"), strict=True):
        options = Options("webp", effort=effort)
        print_ratio(f"JPEG → WebP q82, {effort} effort, bytes against sharp's, equal score", target,
                    matches(pool, pictures.jpegs, options, rivals), rivals)  # fmt: skip


def print_avif(pool: ProcessPoolExecutor, pictures: Set) -> None:
    """Print AVIF against our own WebP, and its CPU."""
    ours = list(
        pool.map(timed, pictures.jpegs.values(), [Options("webp", keep_smallest=False)] * len(pictures.jpegs))
    )
    rivals = [encoded.data for encoded, _ in ours]
    for effort in _EFFORTS:
        found = matches(pool, pictures.jpegs, Options("avif", effort=effort), rivals)
        print_ratio(f"AVIF, {effort} effort, bytes against our WebP, equal score", "≤ 0.82", found, rivals)
        spent = [one.cpu_seconds / one.megapixels for one in found]
        row(
            f"AVIF, {effort} effort, CPU s a megapixel, mean (most)",
            f"{mean(spent):.2f} ({max(spent):.2f})",
            "≤ 0.5",
        )


def print_ratio(measure: str, target: str, found: list[Match], rivals: list[bytes]) -> None:
    """Print the geometric mean of bytes against bytes, and the best and the worst picture."""
    ratios = [one.data_bytes / len(rival) for one, rival in zip(found, rivals, strict=True)]
    row(measure, f"{mean(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})", target)


def print_png(pool: ProcessPoolExecutor, pictures: Set, sharp: Sharp) -> None:
    """Print PNG without loss against the input and against sharp."""
    theirs = [len(sharp.write(data, "png", rounds=1).data) for data in pictures.pngs.values()]
    for effort in _EFFORTS:
        options = Options("png", effort=effort)
        ours = list(pool.map(timed, pictures.pngs.values(), [options] * len(theirs), [1] * len(theirs)))
        given = [pictures.originals.get(name) == data for name, data in pictures.pngs.items()]
        against = [len(one.data) / len(data) for (one, _), data in zip(ours, pictures.pngs.values(), strict=True)]
        rivals = [len(one.data) / size for (one, _), size in zip(ours, theirs, strict=True)]
        files = mean(ratio for ratio, is_given in zip(against, given, strict=True) if is_given)
        results = [one.data for one, _ in ours]
        same = sum(pool.map(is_identical, pictures.pngs.values(), results))
        row(f"PNG → PNG without loss, {effort} effort, against the input", f"{mean(against):.3f}", "≤ 0.80")
        row(f"— the files of the folder alone, {effort} effort", f"{files:.3f}", "")
        row(f"— against sharp's, {effort} effort", f"{mean(rivals):.3f}", "≤ 0.75")
        spent = [seconds * 1e6 / (one.width * one.height) for one, seconds in ours]
        row(f"— CPU s a megapixel, mean (most), {effort} effort", f"{mean(spent):.2f} ({max(spent):.2f})", "")
        row(f"— pictures with identical pixels, {effort} effort", f"{same} of {len(results)}", "all")


def is_identical(one: bytes, two: bytes) -> bool:
    """Tell whether two files show the same pixels."""
    import pyvips

    a, b = (pyvips.Image.new_from_buffer(data, "").colourspace("srgb") for data in (one, two))
    a, b = (image if image.hasalpha() else image.bandjoin(255) for image in (a, b))
    return bool((a - b).abs().max() == 0)


def print_never_bigger(pool: ProcessPoolExecutor, pictures: Set) -> None:
    """Print how many answers in the input's own format have more bytes than the input."""
    inputs = list(pictures.originals.values()) + list(pictures.jpegs.values())
    for quality in (40, 60, 75):
        for name in ("webp", "avif", "jpg"):
            options = Options(name, quality=quality)
            inputs += [
                one.data for one, _ in pool.map(timed, list(pictures.jpegs.values())[:4], [options] * 4, [1] * 4)
            ]
    asked = [(data, quality) for data in inputs for quality in (60, 82, 100)]
    options_of = [Options("original", quality=quality) for _, quality in asked]
    answers = list(pool.map(timed, [data for data, _ in asked], options_of, [1] * len(asked)))
    bigger = sum(len(one.data) > len(data) for (one, _), (data, _) in zip(answers, asked, strict=True))
    row("answers larger than the input in the same format", f"{bigger} of {len(asked)}", "0")


def print_cpu(pool: ProcessPoolExecutor, pictures: Set, sharp: Sharp, folder: Path) -> None:
    """Print CPU against cwebp and against sharp's mozjpeg, one process at a time."""
    jpegs = list(pictures.jpegs.values())
    cwebp = [cwebp_seconds(data, folder) for data in jpegs]
    webp = [pool.submit(timed, data, Options("webp", keep_smallest=False)).result()[1] for data in jpegs]
    plain = [pool.submit(webp_seconds_at_effort_4, data).result() for data in jpegs]
    for name, ours in (("effort 4", plain), ("sync effort", webp)):
        ratio = mean(a / b for a, b in zip(ours, cwebp, strict=True))
        row(f"WebP at {name}, CPU against `cwebp -m 4`", f"{ratio:.2f} ×", "≤ 1.2 ×" if ours is plain else "")
    moz = [sharp.write(data, "jpeg", quality=82, mozjpeg=True).cpu_seconds for data in jpegs]
    ours = [pool.submit(timed, data, Options("jpg", keep_smallest=False)).result()[1] for data in jpegs]
    row(
        "JPEG, CPU against sharp with mozjpeg",
        f"{mean(a / b for a, b in zip(ours, moz, strict=True)):.2f} ×",
        "≤ 1.1 ×",
    )


def webp_seconds_at_effort_4(data: bytes) -> float:
    """Return the CPU seconds of the engine at the effort of the comparison, which it never takes by itself."""
    from images import encoders

    with unittest.mock.patch.dict(encoders.WEBP_EFFORTS, sync={"effort": 4}):
        return timed(data, Options("webp", keep_smallest=False))[1]


if __name__ == "__main__":
    main()
