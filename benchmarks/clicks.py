"""Clicks and links in bulk, and what it costs to deliver, analyse and find them. PostgreSQL alone."""

import http.client
import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import requests

from benchmarks.load import AGENT, Server, Wrk
from tests.live import LiveServer

HOT_CLICKS = 400_000
ROUNDS = 41
# What the clicks of the big link have. Enough kinds that the sums are as many as a busy link's.
_FILL = """
INSERT INTO links_click (link_id, clicked_at, referrer, network, visitor, device, browser, os, is_bot)
SELECT %(link)s, now() - make_interval(secs => 365 * 86400.0 * n / %(size)s), 'site' || n %% 20 || '.example',
       '203.0.113.0/24', '0123456789abcdef', (ARRAY['mobile', 'desktop', 'tablet'])[n %% 3 + 1],
       (ARRAY['Chrome', 'Safari', 'Firefox', 'Edge'])[n %% 4 + 1],
       (ARRAY['Android', 'iOS', 'Windows', 'Linux', 'macOS'])[n %% 5 + 1], n %% 10 = 0
FROM generate_series(1, %(size)s) n
"""
_SUM = """
INSERT INTO links_{table} (link_id, kind, is_bot, starts_at, value, shard, clicks)
SELECT link_id, kind, is_bot, date_bin('{span}', clicked_at, 'epoch'::timestamptz), value, 0, count(*)
FROM links_click CROSS JOIN LATERAL
     (VALUES (0, ''), (1, referrer), (2, device), (3, browser), (4, os)) kinds (kind, value)
WHERE link_id = %(link)s GROUP BY 1, 2, 3, 4, 5
"""
_LINKS = """
INSERT INTO links_link (link_id, account_id, slug, skeleton, target_url, target_digest, title, tags, password_hash,
    password_version, expired_url, redirect_count, redirect_type, forward_query, is_active, created_at)
SELECT 'lnk_' || lpad(to_hex(n), 12, '0'), {account}, '{prefix}' || lpad(n::text, 8, '0'),
       '{prefix}' || lpad(n::text, 8, '0'), 'https://example.com/very/long/path', md5(n::text), '', '[]', '', 0,
       '', 0, 302, false, true, now() - make_interval(secs => n)
FROM generate_series(1, {size}) n
"""


def make_links(server: LiveServer, size: int, prefix: str = "bench") -> list[str]:
    """Insert links of the demo account; return their slugs."""
    account = int(_one(server, "SELECT id FROM accounts_account WHERE slug = %s", "demo"))
    with _database(server) as connection:
        connection.execute(_LINKS.format(account=account, prefix=prefix, size=size))
        connection.execute("ANALYZE links_link")
    return [f"{prefix}{number:08}" for number in range(1, size + 1)]


def remember(server: LiveServer, slugs: list[str]) -> None:
    """Visit every link once, so that the worker has all in memory."""
    with requests.Session() as session:
        for slug in slugs:
            session.get(f"{server.url}/r/{slug}", allow_redirects=False, timeout=30)


def ingest_speed(server: LiveServer, wrk: Wrk, ours: Server, slug: str) -> None:
    """Print how fast the clicks of one hot link are delivered, and the p99 of redirects meanwhile."""
    link = int(_one(server, "SELECT id FROM links_link WHERE slug = %s", slug))
    _write_clicks(server.spool, link, HOT_CLICKS)
    started = time.perf_counter()
    told = server.manage("ingest_clicks").strip()
    speed = HOT_CLICKS / (time.perf_counter() - started)
    print(
        f"\n| ingest of one hot link, the start of the process included | {speed:,.0f} clicks a second | {told} |"
    )
    _write_clicks(server.spool, link, HOT_CLICKS)
    with server.running("ingest_clicks", "--follow"):
        p99 = statistics.median(wrk.run(ours, 2).p99_ms for _ in range(3))
    print(f"| p99 of redirects meanwhile | {p99:.1f} ms | |", flush=True)


def _write_clicks(folder: Path, link: int, number: int) -> None:
    from links.records import make_tail, pack
    from links.spool import Spool

    spool = Spool(folder)
    hosts = [f"site{n}.example" for n in range(20)]
    tails = [
        make_tail(visitor=b"visitor8", network="203.0.113.0/24", referrer=host, agent=AGENT) for host in hosts
    ]
    now = time.time()
    for n in range(number):
        spool.write(pack(link, now - n / 100, tails[n % len(tails)]))
    spool.close()


def analyses(server: LiveServer, size: int) -> None:
    """Print what the analysis of a link with so many clicks costs over HTTP."""
    (slug,) = make_links(server, 1)
    link = int(_one(server, "SELECT id FROM links_link WHERE slug = %s", slug))
    link_id = str(_one(server, "SELECT link_id FROM links_link WHERE slug = %s", slug))
    with _database(server) as connection:
        # Checking each row against the link would take longer than the rest together, and cannot fail here.
        connection.execute("SET session_replication_role = replica")
        connection.execute(_FILL, {"link": link, "size": size})
        for table, span in (("quartersum", "15 minutes"), ("daysum", "1 day")):
            connection.execute(_SUM.format(table=table, span=span), {"link": link})
        connection.execute("VACUUM ANALYZE links_click, links_quartersum, links_daysum")
    key = server.issue_key("fluxly")
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    year = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 364 * 86400))
    print(f"\n| analysis of a link with {size:,} clicks, over HTTP | median |\n|---|---|")
    for name, query in {
        "30 days, UTC": {},
        "30 days, Asia/Kolkata": {"tz": "Asia/Kolkata"},
        "30 days, bots included": {"bots": "include"},
        "a year, UTC": {"from": year},
        "a year, Asia/Kolkata": {"from": year, "tz": "Asia/Kolkata"},
    }.items():
        url = f"{server.url}/api/links/{link_id}/analytics"
        print(f"| {name} | {_median_ms(partial(_get, session, url, query)):.1f} ms |", flush=True)


def misses(server: LiveServer, size: int) -> None:
    """Print what a visit costs whose link is not in memory, among so many links."""
    make_links(server, size, prefix="many")
    chosen = random.Random(7)
    # The standard library's client, since a richer one would take as long as the server.
    client = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)

    def visit() -> None:
        client.request("GET", f"/r/many{chosen.randint(1, size):08}")
        answer = client.getresponse()
        answer.read()
        assert answer.status == 302, answer.status

    print(f"\n| a miss among {size:,} links, over HTTP | {_median_ms(visit, 2000):.2f} ms |", flush=True)


def _get(session: requests.Session, url: str, query: dict[str, str]) -> None:
    session.get(url, params=query, timeout=60).raise_for_status()


def _median_ms(call: Callable[[], None], rounds: int = ROUNDS) -> float:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def _one(server: LiveServer, query: str, *values: object) -> Any:
    """Return the one value that a query finds."""
    with _database(server) as connection:
        row = connection.execute(query, values).fetchone()
    assert row is not None
    return row[0]


def _database(server: LiveServer) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(server.environment["DATABASE_URL"], autocommit=True)
