"""FluxStore with a million orders: every list, first and last page; orders; a hot package; statistics of a year.

    DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres REDIS_URL=… python -m benchmarks.store
        [--packages 100000] [--customers 200000] [--orders 1000000] [--rounds 5] [--buys 200]

Everything runs in a database of its own, which is dropped at the end. Times are of whole requests over kept
connections; lists and orders go to one web worker, the hot package to as many as there are cores.
"""

import argparse
import http.client
import json
import os
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from benchmarks.environment import machine
from benchmarks.providers import set_up
from tests.live import LiveServer, running_server, temporary_database

API = "/api/v1/"
FIRST_MS, LAST_MS, ORDER_MS, STATS_MS, HOT_A_SECOND = 25, 120, 40, 150, 60
PLAYERS, LINES, CARDS = 20, 5, 40
SEARCHES = ("er", "fox", "goldenfox", "1234", "nobody at all")


class Client:
    """One kept connection with a key."""

    def __init__(self, server: LiveServer, key: str) -> None:
        self._connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
        self._headers = {"X-Api-Key": key, "Content-Type": "application/json"}

    def ask(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any, float]:
        """Return status, `data` or the errors, and the milliseconds of a request."""
        started = time.perf_counter()
        method, content = ("GET", None) if body is None else ("POST", json.dumps(body))
        self._connection.request(method, API + path, content, self._headers)
        response = self._connection.getresponse()
        text = response.read()
        spent = (time.perf_counter() - started) * 1000
        answer = json.loads(text)
        return response.status, answer["data"] if response.status == 200 else answer["errors"], spent

    def right(self, path: str, body: dict[str, Any] | None = None) -> tuple[Any, float]:
        """Return `data` and the milliseconds of a request that has to succeed."""
        status, data, spent = self.ask(path, body)
        if status != 200:
            raise SystemExit(f"{path} answered {status}: {data}")
        return data, spent


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, number in (("packages", 100_000), ("customers", 200_000), ("orders", 1_000_000)):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--buys", type=int, default=200)
    options = parser.parse_args()
    parts: Any = {name: os.environ[name] for name in ("REDIS_URL",) if name in os.environ}
    print(machine(), flush=True)
    with temporary_database() as database:
        with running_server(DATABASE_URL=database, **parts) as server:
            set_up(server)
            store = fill(options)
            key = server.issue_key("fluxstore", "--resource", store.store_id)
            client = Client(server, key)
            print(f"a list of four servers, for comparison: {median(client, 'servers', 20):.1f} ms", flush=True)
            lists(client, store, options.rounds)
            years(client, store, options.rounds)
            buys(client, store, options.buys)
        with running_server(DATABASE_URL=database, workers=os.cpu_count() or 1, **parts) as server:
            key = server.issue_key("fluxstore", "--resource", store.store_id)
            hot(server, key, store, options.buys)


def fill(options: argparse.Namespace) -> Any:
    """Return the large store."""
    from accounts.models import Account
    from benchmarks import store_rows
    from store.services import sums
    from store.services.stores import open_store

    account = Account.objects.get(slug="demo")
    store = open_store(account=account, name="Large", timezone_name="Europe/Berlin", by_operator=True)
    store_rows.fill(store, store_rows.Size(options.packages, options.customers, options.orders))
    started = time.perf_counter()
    sums.rebuild(store)
    print(f"sums made anew from {options.orders} orders: {time.perf_counter() - started:.0f} s", flush=True)
    return store


def lists(client: Client, store: Any, rounds: int) -> None:
    """Print how long the pages take: medians of each list, and what it took when nothing was remembered."""
    print(
        f"\n| 20 rows of | lists | first page (≤ {FIRST_MS} ms), median | slowest | last page (≤ {LAST_MS} ms)",
        end="",
    )
    print(", median | slowest | with nothing remembered, median | slowest |\n|---|---|---|---|---|---|---|---|")
    for resource in ("packages", "categories", "coupons", "sales", "gift-cards", "orders", "customers", "bans",
                     "subscriptions"):  # fmt: skip
        first, last, cold = {}, {}, {}
        for query in queries(resource, store):
            path = f"{resource}?{query}"
            page, cold[query] = client.right(path)
            first[query] = median(client, path, rounds)
            if page["totalCount"] > 40:
                last[query] = median(client, f"{path}&skip={min(page['totalCount'] - 20, 1_000_000)}", rounds)
        print(f"| {resource} | {len(first)} | {_worst(first)} | {_worst(last)} | {_worst(cold)} |", flush=True)


def median(client: Client, path: str, rounds: int) -> float:
    """Return the median milliseconds of some requests."""
    return statistics.median(client.right(path)[1] for _ in range(rounds))


def _worst(taken: dict[str, float]) -> str:
    if not taken:
        return "– | –"
    which = max(taken, key=lambda query: taken[query])
    return f"{statistics.median(taken.values()):.1f} ms | {taken[which]:.1f} ms (`{which}`)"


def queries(resource: str, store: Any) -> Iterator[str]:
    """Yield every sort in both directions, every filter, and searches for much and little."""
    from importlib import import_module

    module = "card" if resource == "gift-cards" else resource.removesuffix("s").replace("categorie", "category")
    views = import_module(f"store.{module}_views")
    listing = getattr(views, resource.upper().replace("-", "_"))
    yield from (f"sortBy={sort}&sortDesc={way}" for sort in listing.sorts for way in ("true", "false"))
    yield "createdFrom=2026-06-01T00:00:00Z"
    yield from (f"search={text.replace(' ', '+')}" for text in SEARCHES if listing.search)
    for name, (parameter, _) in listing.filters.items():
        yield from (f"{name}={value}" for value in parameter.schema.get("enum", ()))
        if parameter.schema["type"] == "boolean":
            yield f"{name}=true"
    if resource == "orders":
        hot_package, coupon, player = _favourites(store)
        yield from (f"packageId={hot_package}", f"packageId={hot_package}&status=Paid", f"couponId={coupon}")
        yield from (f"player={player}", "transactionId=tx_1001", "updatedSince=2026-11-01T00:00:00Z")
        yield "status=Paid&search=fox&from=2026-06-01T00:00:00Z"


def _favourites(store: Any) -> tuple[Any, Any, str]:
    """Return the package, the coupon and the player that have the most orders."""
    from django.db.models import Count

    from store.models import Order, OrderItem

    def most(rows: Any, column: str) -> Any:
        return rows.order_by().values(column).annotate(number=Count("pk")).order_by("-number")[0][column]

    orders = Order.objects.of_store(store)
    coupon = most(orders.exclude(coupon=None), "coupon")
    return most(OrderItem.objects.filter(order__store=store), "package"), coupon, most(orders, "player_username")


def years(client: Client, store: Any, rounds: int) -> None:
    """Print what statistics of a year take: the first time, again, and after an order."""
    path = "stats?from=2025-11-28&to=2026-11-27"
    cold = client.right(path)[1]
    warm = median(client, path, rounds)
    package = _sold(store, 1)[0]
    after = []
    for number in range(rounds):
        client.right("orders", {"playerUsername": f"Anybody{number}", "items": [_line(package)]})
        after.append(client.right(path)[1])
    print(f"\n| stats of a year (target ≤ {STATS_MS} ms) | |\n|---|---|")
    print(f"| the first time | {cold:.0f} ms |\n| again, median | {warm:.0f} ms |")
    print(f"| after an order, median | {statistics.median(after):.0f} ms |", flush=True)


def buys(client: Client, store: Any, number: int) -> None:
    """Print what a manual order of five lines with a coupon and a gift card takes."""
    from store.pricing import Scope
    from store.services import cards, coupons

    packages = _sold(store, LINES)
    reach: dict[str, Any] = {"reach_scope": Scope.STORE}
    codes = [cards.issue_card(store=store, amount=Decimal(100_000), **reach).code for _ in range(CARDS)]
    coupons.create_coupon(
        store=store,
        code="BENCH",
        discount_type="percentage",
        discount_value=Decimal(10),
        override_sales=True,
        **reach,
    )
    taken = []
    for place in range(number + 10):
        body = {
            "playerUsername": f"Buyer{place % 50}",
            "items": [_line(package) for package in packages],
            "couponCode": "BENCH",
            "giftCardCode": codes[place % CARDS],
        }
        taken.append(client.right("orders", body)[1])
    taken = sorted(taken[10:])
    print(f"\n| manual order of {LINES} lines with coupon and card, {number} of them (target ≤ {ORDER_MS} ms) | |")
    print(f"|---|---|\n| median | {statistics.median(taken):.1f} ms |")
    print(f"| 95th of a hundred | {taken[int(number * 0.95)]:.1f} ms |", flush=True)


def hot(server: LiveServer, key: str, store: Any, number: int) -> None:
    """Print how many orders a second twenty players get of one package, of which there are not enough."""
    from store.models import Package
    from store.services import packages

    package = packages.create_package(store=store, name="Hot", price=Decimal(5), global_limit=number)
    clients = [Client(server, key) for _ in range(PLAYERS)]
    for client in clients:
        client.right("servers")

    def buy(place: int, times: int) -> list[int]:
        body = {"playerUsername": f"Keen{place}", "items": [_line(package)]}
        return [clients[place].ask("orders", body)[0] for _ in range(times)]

    def all_buy(times: int) -> list[int]:
        with ThreadPoolExecutor(PLAYERS) as pool:
            return [status for some in pool.map(buy, range(PLAYERS), [times] * PLAYERS) for status in some]

    started = time.perf_counter()
    paid = all_buy(number // PLAYERS).count(200)
    spent = time.perf_counter() - started
    late = all_buy(1)
    print(f"\n| one package, {PLAYERS} players at once (target ≥ {HOT_A_SECOND} a second) | |\n|---|---|")
    print(f"| orders a second | {paid / spent:.0f} |")
    print(f"| paid, sold, limit | {paid}, {Package.objects.get(pk=package.pk).sold}, {number} |")
    print(f"| of {PLAYERS} more at once, paid and refused | {late.count(200)}, {late.count(400)} |", flush=True)


def _line(package: Any) -> dict[str, Any]:
    return {"packageId": str(package.pk), "quantity": 1}


def _sold(store: Any, number: int) -> list[Any]:
    """Return packages that anybody can buy."""
    from store.models import Package

    rows = Package.objects.visible_in(store).filter(is_active=True, type="one_time").order_by("name")
    return list(rows[:number])


if __name__ == "__main__":
    main()
