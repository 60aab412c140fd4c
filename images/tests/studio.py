"""The process in which the tests use libvips, because the processes under test must never have used it.

Started as a script it answers requests on its standard input until that closes; `ask` starts it once and asks it.
"""

from __future__ import annotations

import atexit
import pickle
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from images.tests import conversions


@cache
def _process() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "images.tests.studio"],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    atexit.register(process.communicate)
    return process


def ask(verb: str, *arguments: Any) -> Any:
    """Call a function of `images.tests.conversions` over there; what it raises is raised here."""
    process = _process()
    assert process.stdin is not None
    assert process.stdout is not None
    pickle.dump((verb, arguments), process.stdin)
    process.stdin.flush()
    answer = pickle.load(process.stdout)  # noqa: S301 - from our own process
    if isinstance(answer, Exception):
        raise answer
    return answer


def main() -> None:
    while True:
        try:
            verb, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
        except EOFError:
            return
        try:
            answer = getattr(conversions, verb)(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test that asked must see it
            answer = RuntimeError(repr(error))
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
