"""Four web workers: what one of them changed shows on each within a second, and nobody gets more than there is."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from links.tests.factories import TARGET
from tests.ledger import Ledger, connect, database_of, read, referrer_of
from tests.live import running_server
from tests.parts import services
from tests.sightings import SHOW_SECONDS, Change, Owner, observing

pytestmark = pytest.mark.alone
CLOCK_SECONDS = 0.02
NEW = "https://example.com/new"


@pytest.fixture(scope="module", params=["embedded", pytest.param("services", marks=pytest.mark.services)])
def server(request):
    """A server with four workers: SQLite and nothing else, or PostgreSQL and Redis."""
    with ExitStack() as stack:
        variables = stack.enter_context(services()) if request.param == "services" else {}
        yield stack.enter_context(running_server(workers=4, threads=4, respawns=True, **variables))


@pytest.fixture(scope="module")
def owner(server):
    return Owner(server)


def let_expire(owner, link):
    """Let a link expire soon; return that change."""
    for seconds in (1.2, 3.0, 8.0):  # a busy machine may need longer than the shortest
        now, ends_at = datetime.now(UTC), time.monotonic() + seconds
        answer = owner.patch(link, expires_at=(now + timedelta(seconds=seconds)).isoformat())
        if answer.status_code == 200:
            break
    assert answer.status_code == 200, answer.text
    # Each worker knows the moment beforehand, a second after the answer at the latest.
    knows_seconds = time.monotonic() + SHOW_SECONDS - ends_at
    return Change(link["slug"], ends_at, lambda s: s.status == 410, max(CLOCK_SECONDS, knows_seconds))


def change_everything(owner, observer):
    """Change links in all five ways while each worker is asked for them, and judge what it shows."""
    edited, switched_off, deleted, expiring = (owner.create().json() for _ in range(4))
    missing = f"new-{edited['slug']}"
    slugs = [link["slug"] for link in (edited, switched_off, deleted, expiring)]
    changes = []

    def note(answer, status, slug, shows):
        assert answer.status_code == status, answer.text
        changes.append(Change(slug, time.monotonic(), shows))

    with observer.looking([*slugs, missing]):
        note(owner.patch(edited, target_url=NEW), 200, edited["slug"], lambda s: s.location == NEW)
        note(owner.patch(switched_off, is_active=False), 200, switched_off["slug"], lambda s: s.status == 404)
        note(owner.delete(deleted), 204, deleted["slug"], lambda s: s.status == 404)
        note(owner.create(custom_slug=missing), 201, missing, lambda s: s.location == TARGET)
        changes.append(let_expire(owner, expiring))
        for change in changes:
            observer.judge(change)


def test_a_change_shows_on_every_worker_within_a_second(server, owner):
    with observing(server) as observer:
        assert len(observer.connections) == 4
        for _ in range(8 if "DATABASE_URL" in server.environment else 3):
            change_everything(owner, observer)


def test_of_many_visitors_at_once_exactly_as_many_as_the_limit_are_sent_on(server, owner):
    link = owner.create(max_clicks=100).json()
    ledger = Ledger(server.url)
    all_there = Barrier(64)

    def visit(_):
        all_there.wait()
        for _ in range(4):
            connection = connect(server.url)
            ledger.visit(connection, link["slug"])
            connection.close()

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(visit, range(64)))
    assert len(ledger.answered) == 100
    assert Counter(ledger.refused.values()) == {410: 156}
    server.manage("ingest_clicks")
    clicks = read(database_of(server), "SELECT referrer FROM links_click WHERE referrer LIKE 'v%.example'")
    assert sorted(clicks) == sorted((referrer_of(number),) for number in ledger.answered)


def test_of_many_creations_of_one_slug_at_once_one_wins(server, owner):
    all_there = Barrier(50)

    def create(_):
        all_there.wait()
        return owner.create(custom_slug="launch-day").status_code

    with ThreadPoolExecutor(50) as pool:
        assert Counter(pool.map(create, range(50))) == {201: 1, 409: 49}
