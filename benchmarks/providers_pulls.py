"""How many due providers are pulled in a second, by two schedulers at once, from servers on this machine.

Every provider has a host of its own (an address of 127.0.0.0/8), so that the places are filled; all lead to one
process that answers at once. Plain HTTP: what TLS costs is the servers' choice of key and not measured here.
In a database of its own on the server that DATABASE_URL names, dropped at the end.

    DATABASE_URL=postgres://… python -m benchmarks.providers_pulls
        [--providers 2000] [--places 25] [--kinds first,same]
"""

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.environment import machine, temporary_platform

ROOT = Path(__file__).resolve().parent.parent
TARGET = 150
SCHEDULERS = 2
KINDS = {
    "first": "first pull, 24 fields and 3 prices change",
    "same": "200, nothing changed",
    "unmodified": "304",
    "changed": "three fields change, the rest is compared",
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--providers", type=int, default=2000)
    parser.add_argument("--places", type=int, default=25, help="at once, for each of the two schedulers")
    parser.add_argument("--kinds", default=",".join(KINDS), help="which rows of the table, separated by commas")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--schedule", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
    elif options.schedule:
        schedule(options.places)
    else:
        with temporary_platform():
            run(providers=options.providers, places=options.places, kinds=options.kinds.split(","))


def run(*, providers: int, places: int, kinds: list[str]) -> None:
    """Fill the database, pull everything in each way, and print a table. Needs Django to be set up."""
    from django.conf import settings

    from providers.tests.factories import FULL_BODY

    with _started("--serve") as server:
        _tell(server, json.dumps(FULL_BODY))
        port = int(_line(server))
        make_providers(providers, port)
        print(machine(), "·", settings.DATABASES["default"]["ENGINE"])
        print(f"{providers} providers, {SCHEDULERS} schedulers with {places} places each")
        print(
            f"| {'what the server says':<44} | pulls a second | scheduler's CPU | twice | most of a host at once |"
        )
        print("|---|---|---|---|---|")
        for kind in kinds:
            seconds, cpu_seconds, pulled, twice = pull_all(places, kind=kind, port=port)
            _tell(server, "counts")
            at_once = json.loads(_line(server))
            if pulled != providers:
                raise SystemExit(f"{pulled} of {providers} were pulled")
            rate, cpu_ms = pulled / seconds, cpu_seconds / pulled * 1000
            print(
                f"| {KINDS[kind]:<44} | {rate:.0f} (target ≥ {TARGET}) | {cpu_ms:.1f} ms | {twice} | {at_once} |"
            )


def make_providers(number: int, port: int) -> None:
    """Make so many listings, each with a source at a host of its own."""
    from accounts.tests.factories import make_account
    from providers.models import Provider, PullSource

    account = make_account()
    # Here and not through the services: what is measured begins with the first pull.
    rows = [Provider(account=account, slug=f"p-{n}", name=f"P {n}", name_key=f"p {n}") for n in range(number)]
    Provider.objects.bulk_create(rows, batch_size=500)
    hosts = [f"127.1.{n // 250}.{n % 250 + 1}" for n in range(number)]
    sources = [
        PullSource(provider=row, host=host, url=f"http://{host}:{port}/first")
        for row, host in zip(rows, hosts, strict=True)
    ]
    PullSource.objects.bulk_create(sources, batch_size=500)


def pull_all(places: int, *, kind: str, port: int) -> tuple[float, float, int, int]:
    """Let two schedulers pull everything.

    Return seconds, their CPU seconds, pulls, and how many providers were pulled twice.
    """
    from django.db.models import Value
    from django.db.models.functions import Concat
    from django.utils import timezone

    from providers.models import PullSource, SyncRun

    SyncRun.objects.all().delete()
    url = Concat(Value("http://"), "host", Value(f":{port}/{kind}"))
    changes: dict[str, Any] = {"url": url, "next_due_at": timezone.now()}
    PullSource.objects.update(**changes)
    flags = ["--schedule", "--places", str(places)]
    with contextlib.ExitStack() as stack:
        schedulers = [stack.enter_context(_started(*flags)) for _ in range(SCHEDULERS)]
        for scheduler in schedulers:
            _line(scheduler)
        start = time.monotonic()
        for scheduler in schedulers:
            _tell(scheduler, "go")
        cpu_seconds = sum(float(_line(scheduler)) for scheduler in schedulers)
        seconds = time.monotonic() - start
    runs = Counter(SyncRun.objects.exclude(status="failed").values_list("provider", flat=True))
    return seconds, cpu_seconds, len(runs), sum(times > 1 for times in runs.values())


def schedule(places: int) -> None:
    """Be one scheduler: get ready, wait for a line, pull until nothing is due."""
    import django

    django.setup()
    from django.db import connection

    from egress import addresses
    from providers import fetching
    from providers.pull_workers import Pulls

    addresses.open_networks(["127.0.0.0/8"])
    fetching.SCHEMES = frozenset({"http"})
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    before = time.process_time()
    Pulls(places=places).run()
    print(time.process_time() - before, flush=True)


async def serve() -> None:
    """Answer every request on a free port with the body on the first line of input.

    On every further line, print the most requests that a host saw at once.
    """
    full_body: dict[str, Any] = json.loads(sys.stdin.readline())
    now: Counter[str] = Counter()
    most = 0
    number = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal most, number
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        kind = head.split(" ", 2)[1].strip("/")
        host = next(line for line in head.split("\r\n") if line.lower().startswith("host:"))
        now[host] += 1
        most = max(most, now[host])
        number += 1
        status = "304 Not Modified" if "if-none-match" in head.lower() and kind == "unmodified" else "200 OK"
        body = b"" if status.startswith("304") else body_of(full_body, kind, host, number)
        writer.write(
            f'HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nETag: "1"\r\nConnection: close\r\n\r\n'.encode()
            + body
        )
        await writer.drain()
        now[host] -= 1
        writer.close()

    server = await asyncio.start_server(answer, "0.0.0.0", 0, backlog=1000)  # noqa: S104 - all of 127.0.0.0/8
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    async with server:
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(most, flush=True)
            most = 0


def body_of(full_body: dict[str, Any], kind: str, host: str, number: int) -> bytes:
    """Return the body with a name of its own; `changed` differs in three fields each time."""
    body = full_body | {"name": host}
    if kind == "changed":
        body |= {"totalNodes": 80 + number % 19, "totalClients": 50 + number % 17, "comments": f"{number}"}
    return json.dumps(body).encode()


@contextlib.contextmanager
def _started(*flags: str) -> Any:
    command = [sys.executable, "-m", "benchmarks.providers_pulls", *flags]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit("a process of the benchmark ended too early")
    return line


def _tell(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


if __name__ == "__main__":
    main()
