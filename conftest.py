"""What every test may use."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from hypothesis import settings as hypothesis_settings

from apikeys import authentication, throttling, windows
from cloud import keeping
from fluxplatform import settings as platform_settings
from links import spool
from tests.flushing import flush_quickly
from tests.prepared import MIGRATED, prepared

# How long an example takes says something about the machine, not about the code.
hypothesis_settings.register_profile("flux", deadline=None)
hypothesis_settings.load_profile("flux")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that are marked `once` and use the database, for the other database would never see them.

    Skip those marked `services` where PostgreSQL or Redis is not given: on SQLite some wait for a lock forever.
    """
    is_served = "postgresql" in settings.DATABASES["default"]["ENGINE"] and settings.REDIS_URL
    without = pytest.mark.skip(reason="needs PostgreSQL and Redis: set DATABASE_URL and REDIS_URL")
    for item in items:
        if not is_served and item.get_closest_marker("services"):
            item.add_marker(without)
        if item.get_closest_marker("once") and item.get_closest_marker("django_db"):
            raise pytest.UsageError(f"{item.nodeid} uses the database, so it is not the same on all parts")


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Keep the copy that SQLite's test database begins as; it goes with the folder of the run."""
    return django_db_keepdb or connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """Begin the test database as a copy of one that is migrated, so that Django need not migrate it."""
    flush_quickly()
    names = connection.settings_dict["TEST"]
    names["MIGRATE"] = False
    if connection.vendor == "postgresql":
        with prepared(MIGRATED, os.environ["DATABASE_URL"].rpartition("/")[0]) as found:
            names["TEMPLATE"] = found.database
        yield
        return
    with prepared(MIGRATED) as found:
        shutil.copyfile(found.file, names["NAME"])
    yield


@pytest.fixture(scope="session", autouse=True)
def database_before_threads(request: pytest.FixtureRequest) -> None:
    """Make the test database before any test.

    A thread that one leaves behind could otherwise fill the connection pool from the database that DATABASE_URL
    names, while the other is being made, and all tests would use that one.
    """
    if "pool" in settings.DATABASES["default"].get("OPTIONS", {}):
        request.getfixturevalue("django_db_setup")


@pytest.fixture(autouse=True)
def fresh_limits(settings: Any) -> Iterator[None]:
    """Start each test with empty rate windows; the store is the configured one."""
    make_windows = windows.rate_windows
    make_windows.cache_clear()
    authentication._guessing.clear()
    cache.clear()
    if settings.THROTTLE_BACKEND == "redis":
        redis.Redis.from_url(settings.REDIS_URL).flushdb()
    yield
    make_windows.cache_clear()


@pytest.fixture(autouse=True)
def fresh_answers() -> Iterator[None]:
    """Start each test without answers of the Flux API from the one before."""
    keeping.answers.cache_clear()
    yield
    keeping.answers.cache_clear()


@pytest.fixture(autouse=True)
def fresh_spool() -> Iterator[None]:
    """Start each test with an empty spool."""
    shutil.rmtree(spool.folder(), ignore_errors=True)
    spool.spool.cache_clear()
    yield
    spool.spool().close()


@pytest.fixture
def frozen_minute(monkeypatch: pytest.MonkeyPatch) -> int:
    """Stop the clock of the process-local windows ten seconds into a minute; return that minute's start."""
    minute = 1_800_000_000
    store = windows.MemoryWindows(lambda: minute + 10.0)
    for module in (authentication, throttling):
        monkeypatch.setattr(module, "rate_windows", lambda: store)
    monkeypatch.setattr("apikeys.authentication.time.time", lambda: minute + 10.0)
    return minute


@pytest.fixture
def platforms_hashing(settings: Any) -> None:
    """Hash passwords at the platform's cost, not at that of tests."""
    settings.PASSWORD_HASHERS = platform_settings.PASSWORD_HASHERS
