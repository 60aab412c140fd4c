"""What the tests ask the kernel: which process is the encoder service of a folder, its children, who is gone."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from images.codecs import Options
from images.pool import EncoderPool
from images.tests.pictures import make_noise_png, make_png

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]

WEBP = Options("webp")
SMALL = make_png()
# Some seconds of work for one core, and far less memory than a child may have.
SLOW, SLOW_OPTIONS = make_noise_png(3000, 2200), Options("avif", quality=100)


def run(code: str, *arguments: str | Path, picture: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run code in a process of its own, with a picture on its standard input."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, input=picture, capture_output=True, check=False, timeout=60)


def interpreter_that(folder: Path, code: str) -> str:
    """An interpreter in which the service, and so its children, run after this code has changed something."""
    script = folder / "python"
    script.write_text(
        f"#!{sys.executable}\nimport os, runpy, sys, time\nsys.path.insert(0, {str(ROOT)!r})\n"
        f"from images import codecs, wire\n{code}\ndel sys.argv[1:3]\n"
        "runpy.run_module('images.template', run_name='__main__', alter_sys=True)\n"
    )
    script.chmod(0o700)
    return str(script)


def eventually(probe: Callable[[], T], seconds: float = 10) -> T:
    """The first true answer of a probe, or its last one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return answer


def stat_of(pid: int) -> list[str]:
    """State, parent and so on; a process that is gone has the state of one that waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["Z", *["0"] * 20]


def is_gone(pid: int) -> bool:
    return stat_of(pid)[0] == "Z"


def family_of(folder: Path) -> list[int]:
    """The service of a folder and its children, as long as they live."""
    named = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\x00")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"images.template" in words and bytes(folder) in words:
            named.append(int(entry.name))
    return named


def services_of(folder: Path) -> list[int]:
    family = set(family_of(folder))
    return [pid for pid in family if int(stat_of(pid)[1]) not in {0, *family}]


def children_of(pid: int) -> list[int]:
    """The children that live; one that has ended and waits to be reaped does not."""
    try:
        pids = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [child for child in pids if not is_gone(child)]


def working_children_of(pid: int) -> list[int]:
    """The children that have taken their picture: one that dies sooner is replaced by another, unnoticed."""
    return [child for child in children_of(pid) if int(stat_of(child)[11]) >= 5]


def service_of(pool: EncoderPool) -> int:
    """Have a picture encoded, and tell the pid of the service that did it."""
    pool.encode(SMALL, WEBP, 30)
    (service,) = services_of(pool.folder)
    # One that has not been reaped still holds its slot.
    assert eventually(lambda: not Path(f"/proc/{service}/task/{service}/children").read_text())
    return service


def is_nothing_left(folder: Path) -> bool:
    """Whether the service, its children and its socket are gone; the empty log of its last start stays."""
    return not family_of(folder) and [path.name for path in folder.iterdir()] == ["service.log"]
