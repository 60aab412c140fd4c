"""What the door costs: a page of 20 packages through key, throttle, plan and scope, against the bare list view.

Both run through the whole WSGI application in this process, on the same rows, in turn; CPU time of the process.

    python -m benchmarks.api [--rounds 30] [--requests 40]
"""

import argparse
import io
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.environment import machine, temporary_platform

TARGET = 1.35
QUERIES_AT = (100, 2)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--requests", type=int, default=40)
    options = parser.parse_args()
    with temporary_platform():
        from django.conf import settings

        settings.ROOT_URLCONF = "benchmarks.urls"
        bare, keyed = prepare()
        bare_us, keyed_us = measure(bare, keyed, options.rounds, options.requests)
        ratio = statistics.median(k / b for b, k in zip(bare_us, keyed_us, strict=True))
        print(machine(), "·", settings.DATABASES["default"]["ENGINE"], "·", settings.THROTTLE_BACKEND)
        print(f"| {'view':<42} | CPU per request, median |")
        print("|---|---|")
        print(f"| {'bare DRF list of 20 packages':<42} | {statistics.median(bare_us):.0f} µs |")
        print(f"| {'with key, throttle, plan and scope':<42} | {statistics.median(keyed_us):.0f} µs |")
        print(f"| {f'ratio, pair by pair (target ≤ {TARGET})':<42} | {ratio:.2f} × |")
        for rows in QUERIES_AT:
            print(f"| {f'queries with {rows} rows':<42} | {queries(keyed, rows)} |")


def prepare() -> tuple[Callable[[], bytes], Callable[[], bytes]]:
    """Return two calls that answer the same page: without the door, and through it."""
    from apikeys.tests.factories import make_key
    from benchmarks.urls import BarePackageListView
    from store.tests.factories import make_package, make_store

    store = make_store()
    for _ in range(120):
        make_package(store=store)
    issued = make_key("fluxstore", account=store.account, resource=store.store_id, rate_per_minute=10_000_000)
    BarePackageListView.store = store

    def bare() -> bytes:
        return call("/bare/packages")

    def keyed() -> bytes:
        return call("/api/v1/packages", HTTP_X_API_KEY=issued.secret)

    if bare() != keyed():
        raise SystemExit("the two views do not answer the same bytes")
    return bare, keyed


def call(path: str, **headers: str) -> bytes:
    """Answer one GET of 20 rows through the WSGI application."""
    from fluxplatform.wsgi import application

    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "take=20",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        **headers,
    }
    statuses: list[str] = []

    def start_response(status: str, *_: Any) -> Callable[[bytes], object]:
        statuses.append(status)
        return len

    response: Any = application(environ, start_response)
    body = b"".join(response)
    response.close()
    if not statuses[0].startswith("200"):
        raise SystemExit(f"{path} answered {statuses[0]}: {body[:300]!r}")
    return body


def measure(
    bare: Callable[[], bytes], keyed: Callable[[], bytes], rounds: int, requests: int
) -> tuple[list[float], list[float]]:
    """Return CPU microseconds per request of each round, the two in turn."""
    results: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 2):
        for view, result in zip((bare, keyed), results, strict=True):
            started = time.process_time()
            for _ in range(requests):
                view()
            if number >= 2:
                result.append((time.process_time() - started) / requests * 1e6)
    return results


def queries(keyed: Callable[[], bytes], rows: int) -> int:
    """Return how many queries a page takes when the store has so many packages."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from store.models import Package

    keep = Package.objects.values_list("pk", flat=True)[:rows]
    Package.objects.exclude(pk__in=list(keep)).delete()
    with CaptureQueriesContext(connection) as captured:
        keyed()
    return len(captured)


if __name__ == "__main__":
    main()
