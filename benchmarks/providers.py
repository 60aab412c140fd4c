"""The directory with 10,000 providers: every filter with every sort, first, middle and last page; and a push.

    DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres python -m benchmarks.providers
        [--providers 10000] [--rounds 7] [--pushes 400]

Everything runs in a database of its own, which is dropped at the end, through one web worker. Times are of whole
requests over one kept connection; CPU is user and system time of the server's processes.
"""

import argparse
import http.client
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.environment import machine
from benchmarks.load import cpu_seconds
from tests.live import LiveServer, running_server, temporary_database

TARGET_MS, TARGET_PUSH_MS = 40, 15
FILTERS = (
    *("", "country=Poland", "type=dedicated", "tier=stratus", "maxPrice=9.99", "tier=nimbus&maxPrice=25"),
    *("minUptime=99.9", "minNodes=500", "language=pl", "language=en", "support=discord", "accepts=stripe"),
    *("verified=true", "partner=true", "demo=true", "q=cloud", "q=lodz+ho", "q=name77", "q=nothing"),
    "country=DE&tier=cumulus&maxPrice=20&minUptime=99&language=en&support=email&accepts=flux&q=ho",
)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--providers", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pushes", type=int, default=400)
    options = parser.parse_args()
    environment = dict(os.environ)
    print(machine(), flush=True)
    with temporary_database() as database, running_server(DATABASE_URL=database) as server:
        set_up(server)
        from benchmarks.provider_rows import fill

        fill(options.providers)
        for path in ("/api/providers", "/providers"):
            reads(server, path, options.rounds)
        pushes(server, options.pushes)
    subprocess.run([sys.executable, "-m", "benchmarks.providers_pulls"], check=True, env=environment)


def set_up(server: LiveServer) -> None:
    """Set Django up in this process, on the server's own database and secret."""
    os.environ |= {
        name: server.environment[name] for name in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "VAR_DIR")
    }
    os.environ["LOG_LEVEL"] = "WARNING"
    import django

    django.setup()


def reads(server: LiveServer, path: str, rounds: int) -> None:
    """Print how long the pages take."""
    from providers.paging import SORTS

    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    if ask(connection, path) != 200:
        print(f"\n{path} is not there")
        return
    taken: dict[tuple[str, str, str], float] = {}
    before = cpu_seconds(server.pid)
    number = 0
    for chosen, sort in itertools.product(FILTERS, SORTS):
        for page, cursor in places(chosen, sort):
            query = "&".join(part for part in (chosen, f"sort={sort}", cursor) if part)
            taken[chosen, sort, page] = statistics.median(
                timed(connection, f"{path}?{query}") for _ in range(rounds)
            )
            number += rounds
    cpu = (cpu_seconds(server.pid) - before) / number * 1000
    print(f"\n| {path}, {len(taken)} lists, target ≤ {TARGET_MS} ms | median | slowest median | which |")
    print("|---|---|---|---|")
    for page in ("first", "middle", "last"):
        show(f"{page} page", {key: spent for key, spent in taken.items() if key[2] == page})
    for sort in SORTS:
        show(f"`sort={sort}`", {key: spent for key, spent in taken.items() if key[1] == sort})
    for chosen in FILTERS:
        show(f"`{chosen or 'no filter'}`", {key: spent for key, spent in taken.items() if key[0] == chosen})
    show("all", taken)
    print(f"\nCPU of the server's processes for each page: {cpu:.1f} ms", flush=True)


def show(name: str, taken: dict[tuple[str, str, str], float]) -> None:
    """Print the median and the greatest of some medians."""
    worst = max(taken, key=lambda key: taken[key])
    which = ", ".join(part for part in worst if part)
    print(f"| {name} | {statistics.median(taken.values()):.1f} ms | {taken[worst]:.1f} ms | {which} |")


def places(chosen: str, sort: str) -> Iterator[tuple[str, str]]:
    """Yield the first page, and the parameters of the one in the middle and of the last."""
    from django.http import QueryDict

    from providers.filters import DirectoryQuery
    from providers.models import Provider
    from providers.paging import cursor_after, order_of

    yield "first", ""
    query = DirectoryQuery.read(QueryDict("&".join(filter(None, (chosen, f"sort={sort}")))))
    rows = order_of(query).sorted(Provider.objects.chosen(query))
    count = rows.count()
    for page, place in (("middle", count // 2), ("last", count - 11)):
        if count > 2 * query["limit"]:
            yield page, f"after={cursor_after(rows[place], query)}"


def timed(connection: http.client.HTTPConnection, url: str) -> float:
    """Return the milliseconds of one page."""
    started = time.perf_counter()
    status = ask(connection, url)
    spent = (time.perf_counter() - started) * 1000
    if status != 200:
        raise SystemExit(f"{url} answered {status}")
    return spent


def ask(connection: http.client.HTTPConnection, url: str) -> int:
    """Return the status of one page, all of it read."""
    connection.request("GET", url)
    response = connection.getresponse()
    response.read()
    return response.status


def pushes(server: LiveServer, number: int) -> None:
    """Print what a push of the document's full body costs: one that changes all, one that changes nothing."""
    from providers.tests.factories import FULL_BODY

    slug = server.demo["fluxme"]["slug"]
    headers = {"Authorization": f"Bearer {server.issue_key('fluxme')}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))

    def push(body: dict[str, Any]) -> float:
        started = time.perf_counter()
        connection.request("PATCH", f"/api/providers/{slug}", json.dumps(body), headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise SystemExit(f"the push was answered {response.status}: {answer[:300]!r}")
        return (time.perf_counter() - started) * 1000

    print(
        f"\n| push of the full body, {number} of each (target ≤ {TARGET_PUSH_MS} ms of CPU) | CPU | time, median |"
    )
    print("|---|---|---|")
    for name, bodies in (
        ("nothing changes", [FULL_BODY]),
        ("metrics and prices change", [FULL_BODY, FULL_BODY | moved(FULL_BODY)]),
        ("every field changes", [FULL_BODY, turned(FULL_BODY)]),
    ):
        for body in bodies * 5:
            push(body)
        before = cpu_seconds(server.pid)
        taken = [push(body) for body in itertools.islice(itertools.cycle(bodies), number)]
        cpu = (cpu_seconds(server.pid) - before) / number * 1000
        print(f"| {name} | {cpu:.1f} ms | {statistics.median(taken):.1f} ms |", flush=True)


def moved(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body's prices and node counts, each one higher."""
    tiers = [tier | {"price": tier["price"] + 1} for tier in body["tiers"]]
    return {"tiers": tiers, "totalNodes": body["totalNodes"] + 1, "totalClients": body["totalClients"] + 1}


def turned(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body that differs in every field."""
    other: dict[str, Any] = {}
    for name, value in body.items():
        match value:
            case bool():
                other[name] = not value
            case int() | float():
                other[name] = value / 2 if isinstance(value, float) and value < 1 else int(value) - 1
            case list():
                other[name] = value[:-1]
            case _:
                other[name] = f"{value}a"
    return other | {"country": "Germany", "type": "dedicated"}


if __name__ == "__main__":
    main()
