"""Sockets that wait for a signature: the memory of the process that holds them, and how soon each is told."""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from websockets.asyncio.client import ClientConnection, connect

from tests.live import ROOT, free_port

Row = Callable[[str, str, str], None]


def measure_sockets(count: int, row: Row) -> None:
    """Print both. Needs Django to be set up; the process is started on the same database and Redis."""
    from cloud import services

    port = free_port()
    phrases = [services.issue_phrase().phrase for _ in range(count)]
    with _sockets_process(port) as pid:
        before = memory_mb(pid)
        spent, full = asyncio.run(_woken(port, phrases, pid))
    row(
        f"memory of the sockets' processes, {count} waiting",
        f"{full:.0f} MB ({before:.0f} without any)",
        "≤ 150 MB",
    )
    percentiles = statistics.quantiles(spent, n=100)
    told = f"{percentiles[98]:.0f} ms (median {percentiles[49]:.0f} ms)"
    row("from the sign-in's call to the frame, 99th percentile", told, "≤ 200 ms")


async def _woken(port: int, phrases: list[str], pid: int) -> tuple[list[float], float]:
    """Wait for all phrases, sign in with one after the other, and return the milliseconds and the memory."""
    url = f"ws://127.0.0.1:{port}/ws/id/"
    sockets = [await connect(url + phrase, compression=None, ping_interval=None) for phrase in phrases]
    await asyncio.sleep(1)
    full = memory_mb(pid)
    called: dict[str, float] = {}
    waiters = [asyncio.create_task(_told(socket)) for socket in sockets]
    await asyncio.to_thread(_sign_in_all, phrases, called)
    told = await asyncio.gather(*waiters)
    return [(at - called[phrase]) * 1000 for phrase, at in zip(phrases, told, strict=True)], full


async def _told(socket: ClientConnection) -> float:
    await socket.recv()
    return time.perf_counter()


def _sign_in_all(phrases: list[str], called: dict[str, float]) -> None:
    from cloud import services
    from cloud.tests.wallets import BitcoinWallet

    for number, phrase in enumerate(phrases, 1):
        wallet = BitcoinWallet(number)
        signature = wallet.sign(phrase)
        called[phrase] = time.perf_counter()
        services.sign_in(zelid=wallet.zelid, phrase=phrase, signature=signature)


@contextmanager
def _sockets_process(port: int) -> Iterator[int]:
    from fluxplatform.management.commands.run_platform import sockets_command

    command = [sys.executable, "-m", *sockets_command("127.0.0.1", port)]
    environment = os.environ | {"CLOUD_SOCKETS_PER_ADDRESS": "100000"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                requests.get(f"http://127.0.0.1:{port}/livez", timeout=2)
                break
            except requests.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def memory_mb(pid: int) -> float:
    """Return the memory of a process and of all below it; what several share is counted once."""
    children = subprocess.run(["pgrep", "--parent", str(pid)], capture_output=True, text=True, check=False)
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    own = int(found[1]) / 1024 if found else 0.0
    return own + sum(memory_mb(int(child)) for child in children.stdout.split())
