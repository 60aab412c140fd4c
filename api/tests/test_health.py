"""`/livez` says that the process answers; `/readyz` says what does not."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from celery import current_app
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from kombu.exceptions import OperationalError

from api import health


def test_a_live_process_says_so_without_asking_anything(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = client.get("/livez")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_a_live_process_says_so_without_a_database(client):
    # Without the `db` fixture every use of the database fails the test.
    assert client.get("/livez").status_code == 200


@pytest.mark.django_db
def test_a_ready_process_names_its_parts(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    checks = {"database": "ok", "cache": "ok", "broker": "ok", "migrations": "ok", "clicks": "ok"}
    assert response.json() == {"status": "ok", "checks": checks}
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_part_that_the_others_do_not_need_leaves_the_process_ready(client, monkeypatch):
    monkeypatch.setitem(health.CHECKS, "clicks", lambda: "degraded: 1 of 2")
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["checks"]["clicks"] == "degraded: 1 of 2"
    monkeypatch.setitem(health.CHECKS, "cache", lambda: "failed: x")
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (503, "unavailable")


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_is_a_503_with_a_reason(client):
    MigrationRecorder(connection).record_unapplied("audit", "0002_append_only")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "unavailable"
    assert response.json()["checks"]["migrations"] == "failed: 1 migrations are not applied"
    assert response.json()["checks"]["database"] == "ok"


@pytest.fixture
def broker_at(monkeypatch):
    """Return a function that points the task broker at a URL."""

    def point(url: str) -> None:
        # As a process would do that was started with this broker: the options belong to its transport.
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", url)
        assert current_app.conf.broker_write_url == url
        monkeypatch.setitem(current_app.conf.changes, "broker_transport_options", {})

    return point


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "amqp://127.0.0.1:1//"])
def test_a_broker_that_is_down_is_a_503_with_a_reason(client, broker_at, url):
    broker_at(url)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["broker"].startswith("failed: ")
    assert "127.0.0.1" not in response.content.decode()


def test_a_broker_that_never_answers_is_waited_for_a_few_seconds_only(broker_at, threads, silent_port):
    broker_at(f"redis://127.0.0.1:{silent_port}/0")
    waiting = threads.submit(health.broker)
    with pytest.raises(OperationalError):
        waiting.result(timeout=10)


@pytest.fixture
def silent_port():
    """A port that accepts connections and never says a word, until the test is over."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def threads():
    """Threads that the test does not wait for; closing the port ends what still hangs on it."""
    pool = ThreadPoolExecutor(1)
    yield pool
    pool.shutdown(wait=False)


def test_a_database_that_is_down_is_a_503_with_a_reason(client):
    # Without the `db` fixture every use of the database fails.
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["database"].startswith("failed: ")


@pytest.mark.django_db
def test_a_cache_that_forgets_is_a_503_with_a_reason(client, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["cache"] == "failed: the cache forgets"
