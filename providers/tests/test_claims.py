"""Whose turn it is: nothing is pulled twice, and no host is asked by two at once."""

import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from providers import claims, services
from providers.fetching import LIMITS, attempt
from providers.models import HostTurn, Provider, PullSource, Source, SyncRun
from providers.pull_workers import Pulls
from providers.pulling import conclude, pull, trigger_of
from providers.tests.factories import make_provider, owner_of, push
from providers.tests.feeds import Answer, make_source
from tests.threads import at_once

WAIT = 20


def sources_on(feed, *hosts, **given):
    return [make_source(make_provider(), feed.url(host), **given) for host in hosts]


def waits(asked, go_on):
    asked.set()
    go_on.wait(WAIT)


def pks(claimed):
    return [source.pk for source in claimed]


@pytest.mark.django_db
def test_what_is_due_longest_comes_first(feed):
    now = timezone.now()
    ago = [now - timedelta(minutes=m) for m in (1, 9, 5)]
    made = [sources_on(feed, f"127.0.0.{n}", next_due_at=at)[0] for n, at in enumerate(ago, 2)]
    assert pks(claims.claim(2)) == [made[1].pk, made[2].pk]
    assert pks(claims.claim(2)) == [made[0].pk]
    assert claims.claim(2) == []


@pytest.mark.django_db
def test_what_is_not_due_paused_or_of_a_closed_account_is_left_alone(feed):
    later, paused, closed = sources_on(feed, "127.0.0.2", "127.0.0.3", "127.0.0.4")
    PullSource.objects.filter(pk=later.pk).update(next_due_at=timezone.now() + timedelta(minutes=1))
    PullSource.objects.filter(pk=paused.pk).update(next_due_at=None, paused_reason="gone")
    account = closed.provider.account
    account.closed_at = timezone.now()
    account.save()
    assert claims.claim(10) == []


@pytest.mark.django_db
def test_a_closed_account_does_not_keep_others_from_its_host(feed):
    closed, other = sources_on(feed, "127.0.0.2", "127.0.0.2")
    account = closed.provider.account
    account.closed_at = timezone.now()
    account.save()
    assert pks(claims.claim(10)) == [other.pk]


@pytest.mark.django_db
def test_one_of_a_host_is_claimed_and_the_next_after_it(feed):
    first, second, other = sources_on(feed, "127.0.0.2", "127.0.0.2", "127.0.0.3")
    feed.says({"totalNodes": 1})
    (claimed,) = [source for source in claims.claim(10) if source.host == "127.0.0.2"]
    assert claimed.pk == first.pk
    assert claims.claim(10) == []
    pull(claimed)
    assert pks(claims.claim(10)) == [second.pk]
    assert HostTurn.objects.filter(host=other.host).exists()


@pytest.mark.django_db
def test_a_host_with_very_many_providers_does_not_keep_the_others_waiting(feed):
    long_ago = timezone.now() - timedelta(hours=1)
    sources_on(feed, *["127.0.0.2"] * 25, next_due_at=long_ago)
    sources_on(feed, "127.0.0.3", "127.0.0.4", "127.0.0.5")
    assert {source.host for source in claims.claim(3)} == {"127.0.0.2", "127.0.0.3", "127.0.0.4"}


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [2, 20])
def test_a_claim_takes_the_same_number_of_queries_however_much_is_due(feed, rows, django_assert_num_queries):
    sources_on(feed, *(f"127.0.1.{n}" for n in range(1, rows + 1)))
    # Old turns, candidates, turns taken and won, the lease, the sources, between a savepoint and its end.
    with django_assert_num_queries(8):
        assert len(claims.claim(rows)) == rows


@pytest.mark.django_db
def test_the_lease_of_a_killed_worker_runs_out_and_its_result_is_worth_nothing_then(feed):
    (source,) = sources_on(feed, "127.0.0.2")
    feed.says({"totalNodes": 1})
    (dead,) = claims.claim(10)
    assert claims.claim(10) == []
    over = timezone.now() - timedelta(seconds=1)
    PullSource.objects.update(lease_until=over)
    HostTurn.objects.update(until=over)
    (heir,) = claims.claim(10)
    assert heir.pk == source.pk
    assert heir.lease != dead.lease
    assert pull(dead) is None
    # The dead one's end does not give the heir's turn away.
    assert HostTurn.objects.get().lease == heir.lease
    assert pull(heir) is not None
    assert SyncRun.objects.get().applied == ["totalNodes"]


def test_a_lease_outlasts_the_longest_fetch():

    assert claims.LEASE.total_seconds() >= 3 * LIMITS.seconds


@pytest.mark.django_db
def test_settings_that_are_saved_during_a_pull_throw_its_result_away(feed):
    (source,) = sources_on(feed, "127.0.0.2")
    feed.says({"totalNodes": 1})
    (claimed,) = claims.claim(10)
    done = attempt(claimed, trigger_of(claimed))
    settings = {"url": "https://feeds.example.com/other.json"}
    services.save_pull(provider=source.provider, settings=settings, is_partial=True)
    assert conclude(done) is None
    assert Provider.objects.get(pk=source.provider_id).total_nodes is None
    assert not HostTurn.objects.exists()


@pytest.mark.django_db
def test_a_push_that_lands_during_a_slow_pull_wins(feed):
    (source,) = sources_on(feed, "127.0.0.2")
    asked, go_on = threading.Event(), threading.Event()
    feed.says({"totalNodes": 5, "totalClients": 7}, before=lambda: waits(asked, go_on))
    (claimed,) = claims.claim(1)
    with ThreadPoolExecutor(1) as fetcher:
        fetching = fetcher.submit(attempt, claimed, trigger_of(claimed))
        try:
            assert asked.wait(WAIT)
            answer = push(owner_of(source.provider), source.provider.slug, {"totalNodes": 95})
            assert answer.json()["changed"] == ["totalNodes"]
            assert not fetching.done()
        finally:
            go_on.set()
        run = conclude(fetching.result(WAIT))
    assert run is not None
    assert (run.applied, run.skipped) == (["totalClients"], ["totalNodes"])
    row = Provider.objects.get(pk=source.provider_id)
    assert (row.total_nodes, row.total_clients) == (95, 7)
    assert row.provenance["totalNodes"]["source"] == Source.PUSH


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_pull_each_once_and_ask_each_host_one_at_a_time(feed):
    hosts = [f"127.0.1.{n}" for n in range(1, 21)]
    sources_on(feed, *hosts, *hosts)
    feed.says({"totalNodes": 5})
    counts = at_once(2, lambda _: Pulls(places=8, writers=2).run())
    # What the one held was not for the other to wait for; a further look takes what is left.
    counts.append(Pulls(places=8, writers=2).run())
    assert sum(count.pulled for count in counts) == 40
    assert Counter(SyncRun.objects.values_list("provider", flat=True)).most_common(1)[0][1] == 1
    assert SyncRun.objects.count() == len(feed.asked) == 40
    assert set(feed.most_at_once.values()) == {1}
    assert not HostTurn.objects.exists()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_slow_provider_delays_no_other(feed):
    hosts = [f"127.0.1.{n}" for n in range(1, 21)]
    go_on = threading.Event()
    sources_on(feed, "127.0.0.9", *hosts)
    feed.says({"totalNodes": 5})
    rest_done = threading.Event()

    def wait_for_the_rest():
        if go_on.wait(WAIT):
            rest_done.set()

    feed.answers["127.0.0.9"] = Answer(b'{"totalNodes": 1}', before=wait_for_the_rest)

    def look():
        try:
            for _ in range(WAIT * 100):
                if SyncRun.objects.count() == len(hosts):
                    break
                go_on.wait(0.01)
            seen.append(SyncRun.objects.count())
            go_on.set()
        finally:
            connection.close()

    seen: list[int] = []
    thread = threading.Thread(target=look)
    thread.start()
    Pulls(places=4, writers=1).run()
    thread.join(WAIT)
    assert seen == [len(hosts)]
    assert rest_done.is_set()
    assert SyncRun.objects.count() == len(hosts) + 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_turn_is_given_to_one_of_many_at_once():
    def take(_):

        with transaction.atomic():
            until = timezone.now() + timedelta(minutes=1)
            return claims.take_turns(["127.0.0.1", "127.0.0.2"], lease=uuid.uuid4(), until=until)

    assert sorted(map(len, at_once(8, take))) == [0] * 7 + [2]
