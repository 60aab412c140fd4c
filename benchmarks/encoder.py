"""What the encoder service adds to a picture, and what a second core gains.

Run it on an idle machine: `python -m benchmarks.encoder`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median

from images.codecs import CodecError, Options
from images.pool import EncoderPool
from images.tests.pictures import convert, make_noise_png, make_png

ROUNDS = 200
PICTURES = 24
WEBP = Options("webp")
# The same picture in a process that has encoded it before: what is left is what the codec itself takes.
WARM = f"""
import sys, time
from statistics import median
from images.codecs import Options, encode
data, seconds = sys.stdin.buffer.read(), []
for _ in range({ROUNDS}):
    started_at = time.perf_counter()
    encode(data, Options("webp"))
    seconds.append(time.perf_counter() - started_at)
print(median(seconds))
"""


def milliseconds(call: Callable[[], object]) -> float:
    """Return the median time of a call."""
    seconds = []
    for _ in range(ROUNDS):
        started_at = time.perf_counter()
        with suppress(CodecError):
            call()
        seconds.append(time.perf_counter() - started_at)
    return median(seconds) * 1000


def pictures_a_second(pool: EncoderPool, data: bytes, at_once: int) -> float:
    """Return how many pictures are encoded in a second when so many are sent at once."""
    started_at = time.perf_counter()
    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(lambda _: pool.encode(data, WEBP, 60), range(PICTURES)))
    return PICTURES / (time.perf_counter() - started_at)


def main() -> None:
    """Print the figures."""
    tiny = make_png()
    warm = subprocess.run([sys.executable, "-c", WARM], input=tiny, stdout=subprocess.PIPE, check=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        pool = EncoderPool(Path(folder) / "encoder", slots=2, places=16)
        pool.encode(tiny, WEBP, 30)
        print(f"round trip, nothing to decode  {milliseconds(lambda: pool.encode(b'text', WEBP, 30)):6.2f} ms")
        print(f"round trip, 40 x 20 pixels     {milliseconds(lambda: pool.encode(tiny, WEBP, 30)):6.2f} ms")
        print(f"the same in a warm process     {float(warm) * 1000:6.2f} ms")
        photo = convert(make_noise_png(1200, 800), "jpeg")
        one, two = (pictures_a_second(pool, photo, at_once) for at_once in (1, 2))
        print(f"one at a time {one:.2f} pictures/s, two at once {two:.2f}: {two / one:.2f} x")
        pool.close()


if __name__ == "__main__":
    main()
