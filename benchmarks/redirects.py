"""Short links: what a redirect costs, and whether ingest, analysis and misses stay out of its way.

    DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres python -m benchmarks.redirects
        [--rounds 7] [--seconds 5] [--clicks 10000000] [--links 10000000] [--threads 1 2 8]

Needs wrk and nginx. Everything runs in a database of its own, which is dropped at the end.
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks import clicks
from benchmarks.environment import machine
from benchmarks.load import CONNECTIONS, Load, Server, Wrk, bare_server, nginx_server
from tests.live import LiveServer, running_server, temporary_database

LINKS = 10_000


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clicks", type=int, default=10_000_000)
    parser.add_argument("--links", type=int, default=10_000_000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2, 8])
    options = parser.parse_args()
    print(machine(), flush=True)
    for threads in options.threads:
        redirects(threads, options.rounds, options.seconds)
    for size in {10_000, options.clicks}:
        if size:
            with platform(1) as server:
                clicks.analyses(server, size)
    if options.links:
        with platform(1) as server:
            clicks.misses(server, options.links)


@contextmanager
def platform(threads: int) -> Iterator[LiveServer]:
    """Serve the platform with one worker on a PostgreSQL database of its own."""
    with temporary_database() as database, running_server(threads=threads, DATABASE_URL=database) as server:
        yield server


def redirects(threads: int, rounds: int, seconds: float) -> None:
    """Print what a redirect costs beside the bare 302 and nginx, alone and while clicks are delivered."""
    with ExitStack() as stack:
        live = stack.enter_context(platform(threads))
        slugs = clicks.make_links(live, LINKS)
        ours = Server("redirect with its click", int(live.url.rpartition(":")[2]), live.pid)
        bare = stack.enter_context(bare_server(threads))
        nginx = stack.enter_context(nginx_server())
        one, many = Wrk(slugs), Wrk(slugs, visitors=50_000)
        time.sleep(2)
        clicks.remember(live, slugs)
        lanes = [(bare, one), (ours, one), (ours, many), (nginx, one)]
        names = [bare.name, ours.name, f"{ours.name}, mostly new visitors", nginx.name]
        taken: list[list[Load]] = [[] for _ in lanes]
        for _ in range(rounds):
            for lane, (server, wrk) in enumerate(lanes):
                taken[lane].append(wrk.run(server, seconds))
        print(
            f"\n| one worker, {threads} blocking threads, {CONNECTIONS} connections | CPU | bare ÷ it |", end=" "
        )
        print("it ÷ nginx | p99 |")
        print("|---|---|---|---|---|")
        for name, loads in zip(names, taken, strict=True):
            print_row(name, loads, taken[0], taken[-1])
        live.manage("ingest_clicks")
        with live.running("ingest_clicks", "--follow"):
            busy = [one.run(ours, seconds) for _ in range(rounds)]
        print_row("redirect while ingest runs (its CPU not counted)", busy, taken[0], taken[-1])
        live.manage("ingest_clicks")
        clicks.ingest_speed(live, one, ours, slugs[0])


def print_row(name: str, loads: list[Load], bare: list[Load], nginx: list[Load]) -> None:
    """Print one line: medians over the rounds, and ratios round by round."""
    ratio = statistics.median(b.cpu_us / ours.cpu_us for b, ours in zip(bare, loads, strict=True))
    times = statistics.median(ours.cpu_us / n.cpu_us for n, ours in zip(nginx, loads, strict=True))
    cpu = statistics.median(load.cpu_us for load in loads)
    p99 = statistics.median(load.p99_ms for load in loads)
    print(f"| {name} | {cpu:.1f} µs | {ratio:.2f} × | {times:.1f} × | {p99:.1f} ms |", flush=True)


if __name__ == "__main__":
    main()
