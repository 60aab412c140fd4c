"""What the service adds to the image engine: a whole request, two pictures at once, and a bomb at the door."""

import os
import struct
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from benchmarks.environment import temporary_platform

_PHOTO_BYTES = 46_000
_ROUNDS = 100
_AT_ONCE = 16
_REFUSE = r"""
import re, sys, time
from images.codecs import CodecError, Options, encode
import pyvips
data = sys.stdin.buffer.read()
started = time.perf_counter()
try:
    encode(data, Options("webp"))
except CodecError as error:
    # Not from getrusage(), which goes on counting what the process was before it became this program.
    peak = int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024
    print(error.code, (time.perf_counter() - started) * 1000, peak)
"""


def print_service(photo: bytes) -> None:
    """Print the lines about requests. photo: a JPEG, from which one of 46 KB is made in a process of its own."""
    from benchmarks.images import row

    small = subprocess.run(
        [sys.executable, "-c", _SHRINK, str(_PHOTO_BYTES)], input=photo, stdout=subprocess.PIPE, check=True
    ).stdout
    with temporary_platform():
        web_ms, encoder_ms, engine_ms = request_cost(small)
    row(
        f"whole request with a photo of {len(small) // 1000} KB, CPU over the engine's {engine_ms:.0f} ms",
        f"+ {web_ms + encoder_ms - engine_ms:.1f} ms",
        "+ ≤ 15 ms",
    )
    row("— of this the web process, the client that asks included", f"{web_ms:.1f} ms", "")
    row("— and the encoder service with the child, over the engine", f"{encoder_ms - engine_ms:.1f} ms", "")
    row("two pictures at once, throughput against one at a time", f"{speedup(photo):.2f} ×", "≥ 1.7 ×")
    code, milliseconds, megabytes = refusal()
    row(
        f"PNG of 225 megapixels: {code}, in a process of its own",
        f"{milliseconds} ms, {megabytes} MB",
        "< 100 ms, < 80 MB",
    )
    row("— the same through the service", f"{isolated_refusal_ms():.0f} ms", "< 100 ms")


_SHRINK = """
import sys
from images.codecs import Options, encode
data = encode(sys.stdin.buffer.read(), Options("jpg", target_bytes=int(sys.argv[1]))).data
sys.stdout.buffer.write(data)
"""


def request_cost(photo: bytes) -> tuple[float, float, float]:
    """Return CPU milliseconds of a whole request in this process and in all below it, and of the engine alone."""
    from images.tests.factories import compress, make_client, make_upload

    client = make_client(rate_per_minute=1_000_000)
    client.defaults["SERVER_NAME"] = "127.0.0.1"

    def ask(number: int) -> None:
        # Bytes behind its end change nothing in a picture, and an equal request would be answered from the last.
        upload = make_upload("photo.jpg", photo + number.to_bytes(4, "big"))
        response = compress(client, upload, format="webp", keepSmallest="false")
        if response.status_code != 200:
            raise SystemExit(f"the request was answered with {response.status_code}")

    ask(0)
    before, own_before = cpu_of_all(os.getpid()), time.process_time()
    for number in range(1, _ROUNDS + 1):
        ask(number)
    web = (time.process_time() - own_before) / _ROUNDS
    encoder = (cpu_of_all(os.getpid()) - before) / _ROUNDS - web
    engine = subprocess.run(
        [sys.executable, "-c", _ENGINE, str(_ROUNDS)], input=photo, stdout=subprocess.PIPE, check=True
    )
    return web * 1000, encoder * 1000, float(engine.stdout) * 1000


_ENGINE = """
import sys, time
from images.codecs import Options, encode
data, rounds = sys.stdin.buffer.read(), int(sys.argv[1])
encode(data, Options("webp", keep_smallest=False))
started = time.process_time()
for _ in range(rounds):
    encode(data, Options("webp", keep_smallest=False))
print((time.process_time() - started) / rounds)
"""


def cpu_of_all(pid: int) -> float:
    """Return the CPU seconds of a process, of all that it has waited for, and of all below it."""
    children = subprocess.run(["pgrep", "--parent", str(pid)], capture_output=True, text=True, check=False)
    spent = 0.0
    for child in children.stdout.split():
        try:
            spent += cpu_of_all(int(child))
        except FileNotFoundError:
            continue  # It was pgrep itself.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return spent + sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def speedup(photo: bytes) -> float:
    """Return the throughput of two at once against one at a time, through the service."""
    from images.codecs import Options
    from images.workers import encode_isolated

    options = Options("webp", keep_smallest=False)
    seconds = []
    for workers in (1, 2, 1, 2):
        with ThreadPoolExecutor(workers) as threads:
            started = time.perf_counter()
            list(threads.map(lambda _: encode_isolated(photo, options), range(_AT_ONCE)))
            seconds.append(time.perf_counter() - started)
    return min(seconds[0], seconds[2]) / min(seconds[1], seconds[3])


@cache
def bomb() -> bytes:
    """Return a complete PNG of 15,000 by 15,000 pixels."""
    row = zlib.compressobj(9)
    rows = b"".join(row.compress(bytes(45_001)) for _ in range(15_000)) + row.flush()
    header = struct.pack(">IIBBBBB", 15_000, 15_000, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")
    packed = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def refusal() -> tuple[str, str, str]:
    """Return the code, the milliseconds and the most megabytes of a process that refuses the bomb."""
    done = subprocess.run([sys.executable, "-c", _REFUSE], input=bomb(), stdout=subprocess.PIPE, check=True)
    code, milliseconds, megabytes = done.stdout.decode().split()
    return code, f"{float(milliseconds):.0f}", f"{float(megabytes):.0f}"


def isolated_refusal_ms() -> float:
    """Return the milliseconds until the running service has refused the bomb."""
    from images.codecs import CodecError, Options
    from images.workers import encode_isolated

    data = bomb()
    started = time.perf_counter()
    try:
        encode_isolated(data, Options("webp"))
    except CodecError:
        return (time.perf_counter() - started) * 1000
    raise SystemExit("the bomb was not refused")
