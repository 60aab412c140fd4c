"""Our encoders at the score of another: SSIMULACRA2, and the bytes that we need for the same.

The functions use libvips in this process; `benchmarks.images` calls them in processes of their own.
"""

import math
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from images.codecs import Encoded, Options, encode

_STEP = 2
_CROP = 768, 512


@dataclass(frozen=True, slots=True)
class Match:
    """Our bytes at the rival's score, interpolated between two qualities; quality is the nearest one tried."""

    data_bytes: float
    quality: int
    cpu_seconds: float
    megapixels: float


def timed(data: bytes, options: Options, rounds: int = 3) -> tuple[Encoded, float]:
    """Encode and return the result with its CPU seconds; the least of some rounds."""
    spent = []
    for _ in range(rounds):
        started = time.process_time()
        encoded = encode(data, options)
        spent.append(time.process_time() - started)
    return encoded, min(spent)


def score(original: bytes, result: bytes) -> float:
    """Return the SSIMULACRA2 of a result; of a picture larger than 768 by 512, of so much of its middle."""
    import pyvips
    from ssimulacra2 import compute_ssimulacra2

    with tempfile.TemporaryDirectory(prefix="flux-score-") as folder:
        paths = []
        for name, data in (("original", original), ("result", result)):
            image = pyvips.Image.new_from_buffer(data, "").colourspace("srgb").copy_memory()
            width, height = min(image.width, _CROP[0]), min(image.height, _CROP[1])
            # Multiples of 16, so that the blocks of all encoders are cut alike.
            left, top = (image.width - width) // 32 * 16, (image.height - height) // 32 * 16
            paths.append(Path(folder) / f"{name}.png")
            image.extract_band(0, n=3).crop(left, top, width, height).pngsave(str(paths[-1]), compression=1)
        return float(compute_ssimulacra2(*map(str, paths)))


def match(data: bytes, options: Options, rival: bytes) -> Match:
    """Find the bytes that our encoder needs for the score that a rival's result has."""
    wanted = score(data, rival)
    tried: list[tuple[float, int, int]] = []
    quality, step, seconds, megapixels = options.quality, 0, 0.0, 0.0
    while 1 <= quality <= 100 and len(tried) < 12:
        asked = replace(options, quality=quality, keep_smallest=False)
        encoded, seconds = timed(data, asked, rounds=1) if tried else timed(data, asked, rounds=2)
        megapixels = encoded.width * encoded.height / 1e6
        if not tried:
            first_seconds = seconds
        tried.append((score(data, encoded.data), len(encoded.data), quality))
        is_better = tried[-1][0] >= wanted
        if step and is_better == (step > 0):
            break
        step = -_STEP if is_better else _STEP
        quality += step
    below, above = sorted(tried[-2:])
    share = (wanted - below[0]) / (above[0] - below[0])
    matched = math.exp(math.log(below[1]) + share * (math.log(above[1]) - math.log(below[1])))
    nearest = min((below, above), key=lambda one: abs(one[0] - wanted))
    return Match(matched, nearest[2], first_seconds, megapixels)
