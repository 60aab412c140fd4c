"""What keeps pulls going: the worker's task, following, faults on our own side, and the daily tidying."""

import uuid
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from providers import feeds, pull_workers, sealing, services, tasks
from providers.claims import claim
from providers.fetching import Failure, attempt
from providers.models import PullFormat, PullSource, SyncRun, Trigger
from providers.pull_workers import Pulls
from providers.pulling import conclude
from providers.tests.factories import make_provider
from providers.tests.feeds import make_source

URL = "https://feeds.example.com/fluxme.json"


def run_of(provider, age):
    return SyncRun.objects.create(
        provider=provider, trigger="schedule", started_at=timezone.now() - age, elapsed_ms=1, status="failed"
    )


@pytest.mark.django_db
def test_runs_are_kept_90_days(monkeypatch):
    monkeypatch.setattr("providers.services.pulls._BATCH", 2)
    provider = make_provider()
    kept = run_of(provider, timedelta(days=89))
    for _ in range(5):
        run_of(provider, timedelta(days=91))
    tasks.tidy_pulls()
    assert list(SyncRun.objects.all()) == [kept]


@pytest.mark.django_db
def test_secrets_are_sealed_with_the_newest_key_so_that_the_old_one_can_go(settings):
    old, new, lost = (Fernet.generate_key().decode() for _ in range(3))
    settings.PULL_SECRET_KEYS = [lost]
    broken = make_source(make_provider(), URL, auth_kind="bearer", auth_secret=sealing.seal("gone"))
    settings.PULL_SECRET_KEYS = [old]
    source = make_source(make_provider(), URL, auth_kind="bearer", auth_secret=sealing.seal("canary"))
    settings.PULL_SECRET_KEYS = [new, old]
    assert (services.renew_seals(), services.renew_seals()) == (1, 0)
    settings.PULL_SECRET_KEYS = [new]
    source.refresh_from_db()
    assert sealing.opened(source.auth_secret) == "canary"
    sealed = broken.auth_secret
    broken.refresh_from_db()
    assert broken.auth_secret == sealed


@pytest.fixture
def nothing_due(monkeypatch):
    """Let nothing be due, and count how often somebody looks."""
    looks: list[int] = []

    def look(limit):
        looks.append(limit)
        return []

    monkeypatch.setattr(pull_workers, "claim", look)
    return looks


def test_the_workers_task_ends_when_nothing_is_due(nothing_due):
    tasks.pull_due()
    assert nothing_due == [50]


def test_the_command_pulls_what_is_due_and_says_how_much(nothing_due, capsys):
    call_command("run_pulls", "--places", "3")
    assert nothing_due == [3]
    assert "0 pulled, 0 failed, 0 lost." in capsys.readouterr().out


@pytest.mark.django_db
def test_who_follows_goes_on_when_the_database_is_away_for_a_while(monkeypatch):
    pulls, looks = Pulls(places=1, writers=1), []

    def away_once(limit):
        looks.append(limit)
        if len(looks) == 1:
            raise OperationalError
        pulls.stop.set()
        return []

    monkeypatch.setattr(pull_workers, "claim", away_once)
    monkeypatch.setattr(pull_workers, "LOOK_SECONDS", 0.01)
    pulls.run(is_following=True)
    assert len(looks) == 2


def test_a_single_round_does_not_hide_that_the_database_is_away(monkeypatch):
    def away(limit):
        raise OperationalError

    monkeypatch.setattr(pull_workers, "claim", away)
    with pytest.raises(OperationalError):
        Pulls(places=1, writers=1).run()


def test_no_round_begins_after_its_time(nothing_due):
    Pulls(places=1, writers=1).run(seconds=0)
    assert nothing_due == []


def pulled_with(monkeypatch, conclude_):
    """Run one fetched source through the workers, without a database."""
    source = PullSource(pk=7, provider_id=7, lease=uuid.uuid4())
    claims = iter([[source]])
    monkeypatch.setattr(pull_workers, "claim", lambda limit: next(claims, []))
    monkeypatch.setattr(pull_workers, "attempt", lambda source, trigger: Attempted(source))
    monkeypatch.setattr(pull_workers, "conclude", conclude_)
    monkeypatch.setattr(pull_workers, "replace", lambda done, **changes: changes["failure"])
    return Pulls(places=1, writers=1).run()


class Attempted:
    def __init__(self, source):
        self.source = source


def test_what_cannot_be_applied_is_told_as_our_fault_and_put_off(monkeypatch):
    def crash_once(done):
        if isinstance(done, Failure):
            assert done.code == "internal_error"
            return SyncRun(status="failed")
        raise ZeroDivisionError

    assert pulled_with(monkeypatch, crash_once).failed == 1


def test_what_the_database_loses_is_left_to_the_end_of_its_lease(monkeypatch):
    def away(done):
        raise OperationalError

    assert pulled_with(monkeypatch, away).lost == 1


def test_a_lost_lease_is_counted(monkeypatch):
    assert pulled_with(monkeypatch, lambda done: None).lost == 1


@pytest.mark.django_db
def test_a_crash_while_reading_fails_that_pull_alone(monkeypatch, feed):
    source = make_source(make_provider(), feed.url())
    feed.says({"totalNodes": 1})

    def crash(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(feeds, "read", crash)
    (claimed,) = claim(1)
    run = conclude(attempt(claimed, Trigger.SCHEDULE))
    assert run is not None
    assert (run.status, run.error_code) == ("failed", "internal_error")
    source.refresh_from_db()
    assert (source.failures, source.lease) == (1, None)


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        (dict.fromkeys(["totalNodes", "totalClients", "dataCenters", "sla"], "length(n[?@ > `0`])"), "too_costly"),
        ({"noField": "n"}, "bad_mapping"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(mapping, code):
    source = PullSource(format=PullFormat.MAPPING, mapping=mapping)
    with pytest.raises(feeds.Unusable) as caught:
        feeds.read(source, b'{"n": [' + b",".join([b"1"] * 80_000) + b"]}")
    assert caught.value.code == code
