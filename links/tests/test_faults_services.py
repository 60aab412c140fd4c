"""PostgreSQL and Redis go away and come back while visitors come: known links stay open, clicks are kept."""

import itertools
import threading
import time
from contextlib import closing, contextmanager

import pytest
import requests

from tests.ledger import Ledger, connect, database_of
from tests.live import running_server
from tests.parts import private_postgres, private_redis
from tests.sightings import Change, Owner, observing

pytestmark = [pytest.mark.services, pytest.mark.alone]
OUTAGE_SECONDS = 10.0
SILENCE_SECONDS = 2.5
WAIT_SECONDS = 60.0
_numbers = itertools.count()


@pytest.fixture(scope="module")
def postgres():
    with private_postgres() as started:
        yield started


@pytest.fixture(scope="module")
def redis():
    with private_redis() as started:
        yield started


@pytest.fixture(scope="module")
def server(postgres, redis):
    variables = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
    with running_server(workers=4, threads=4, start="", **variables) as started:
        yield started


@pytest.fixture(scope="module")
def owner(server):
    return Owner(server)


@pytest.fixture(scope="module")
def ledger(server):
    return Ledger(server.url)


@pytest.fixture(scope="module")
def links(owner):
    return [owner.create().json() for _ in range(3)]


@contextmanager
def load(server, ledger, observer, links):
    """Let visitors of links that every worker knows come, and clicks be delivered, until the block ends; then
    check that nobody waited, was turned away or was forgotten.
    """
    slugs = [link["slug"] for link in links]
    for worker, slug in itertools.product(observer.connections, slugs):
        assert observer.look(worker, slug).status == 302
    with ledger.visiting(slugs, visitors=4, pause_seconds=0.01):
        began = time.monotonic()
        with server.running("ingest_clicks", "--follow") as ingester:
            yield
            assert ingester.poll() is None
        ended = time.monotonic()
    silence = ledger.longest_silence(began, ended)
    server.manage("ingest_clicks")
    assert ledger.refused == {}
    assert len(ledger.answered) == len(ledger.sent)
    ledger.check(database_of(server))
    assert silence <= SILENCE_SECONDS


def edit(owner, observer, link):
    """Change where a link leads; check that each worker shows it within a second."""
    target = f"https://example.org/{next(_numbers)}"
    with observer.looking([link["slug"]]):
        assert owner.patch(link, target_url=target).status_code == 200
        observer.judge(Change(link["slug"], time.monotonic(), lambda s: s.location == target))


def wait_until_ready(server, status):
    """Wait until `/readyz` has a status."""
    deadline = time.monotonic() + WAIT_SECONDS
    while requests.get(f"{server.url}/readyz", timeout=30).status_code != status:
        assert time.monotonic() < deadline, f"/readyz is never {status}"
        time.sleep(0.1)


@contextmanager
def strangers(server):
    """Let somebody ask for links that nobody knows, until the block ends."""
    is_over = threading.Event()

    def run():
        with closing(connect(server.url)) as connection:
            while not is_over.is_set():
                connection.request("GET", f"/r/unknown-{next(_numbers)}")
                connection.getresponse().read()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_while_postgresql_is_away_known_links_are_answered_and_their_clicks_wait(
    server, postgres, owner, ledger, links
):
    with observing(server) as observer, load(server, ledger, observer, links):
        wait_until_ready(server, 200)
        postgres.stop()
        stopped_at = time.monotonic()
        with strangers(server):
            wait_until_ready(server, 503)
            assert time.monotonic() - stopped_at < OUTAGE_SECONDS
            time.sleep(max(0.0, stopped_at + OUTAGE_SECONDS - time.monotonic()))
        postgres.start()
        wait_until_ready(server, 200)
        for link in links:
            edit(owner, observer, link)


def test_while_redis_is_away_known_links_are_answered_and_edits_show(server, redis, owner, ledger, links):
    with observing(server) as observer, load(server, ledger, observer, links):
        redis.stop()
        for link in links:
            edit(owner, observer, link)
        redis.start()
        edit(owner, observer, links[0])


def test_while_redis_hangs_known_links_are_answered_and_edits_show(server, redis, owner, ledger, links):
    with observing(server) as observer, load(server, ledger, observer, links):
        with redis.frozen():
            frozen_at = time.monotonic()
            for link in links:
                edit(owner, observer, link)
            time.sleep(max(0.0, frozen_at + 5.0 - time.monotonic()))
        edit(owner, observer, links[0])
