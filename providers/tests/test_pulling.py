"""A pull of a real server on this machine: what is asked, what is applied, what is planned next."""

import base64
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Role
from accounts.services import add_member
from accounts.tests.factories import make_user
from audit.models import AuditEvent
from providers import claims, sealing, services
from providers.models import (
    Change,
    HeldChange,
    HostTurn,
    PauseReason,
    Provider,
    PullFormat,
    PullSource,
    RunStatus,
    Source,
    SyncRun,
    Trigger,
)
from providers.names import PROTECTED
from providers.pulling import pull
from providers.tests.factories import FULL_BODY, make_provider, owner_of, push
from providers.tests.feeds import Answer, make_source

pytestmark = pytest.mark.django_db


def pulled(source):
    """Return the run of the source, which must be the one that is due."""
    (claimed,) = claims.claim(10)
    assert claimed.pk == source.pk
    run = pull(claimed)
    source.refresh_from_db()
    return run


def due_again(source):
    PullSource.objects.filter(pk=source.pk).update(next_due_at=timezone.now())


@pytest.fixture
def source(feed):
    return make_source(make_provider(), feed.url())


def listing(source):
    return Provider.objects.with_tiers().get(pk=source.provider_id)


def minutes_until(moment):
    return (moment - timezone.now()) / timedelta(minutes=1)


def test_the_full_body_of_a_push_can_be_pulled(feed, source):
    feed.says(FULL_BODY)
    run = pulled(source)
    assert (run.status, run.http_status, run.trigger) == (RunStatus.APPLIED, 200, Trigger.SCHEDULE)
    # Both were so before.
    assert run.unchanged == ["type", "whiteLabel"]
    assert set(run.applied) | set(run.unchanged) == set(FULL_BODY)
    assert run.received_bytes > 500
    row = listing(source)
    assert (row.total_nodes, row.country, row.tiers.count()) == (89, "PL", 3)
    assert row.tiers.first().price == Decimal("7.99")
    assert row.last_pull_at is not None
    assert set(Change.objects.filter(provider=row).values_list("source", flat=True)) == {Source.PULL}


def test_a_pull_that_succeeded_is_made_again_after_the_interval(feed, source):
    feed.says({"totalNodes": 5})
    pulled(source)
    assert 13.4 < minutes_until(source.next_due_at) < 16.6
    assert (source.failures, source.lease, source.lease_until) == (0, None, None)
    assert source.last_success_at is not None
    assert not HostTurn.objects.exists()


def test_a_feed_without_news_changes_nothing(feed, source):
    feed.says({"totalNodes": 5})
    pulled(source)
    version = listing(source).version
    due_again(source)
    run = pulled(source)
    assert (run.status, run.applied, run.unchanged) == (RunStatus.UNCHANGED, [], ["totalNodes"])
    assert listing(source).version == version


def test_a_condition_is_sent_and_304_is_a_success_without_news(feed, source):
    feed.says({"totalNodes": 5}, headers={"ETag": '"v1"', "Last-Modified": "Fri, 27 Nov 2026 12:00:00 GMT"})
    pulled(source)
    assert "if-none-match" not in feed.asked[0]
    due_again(source)
    feed.answer = Answer(status=304, body=b"")
    run = pulled(source)
    assert feed.asked[1]["if-none-match"] == '"v1"'
    assert feed.asked[1]["if-modified-since"] == "Fri, 27 Nov 2026 12:00:00 GMT"
    assert (run.status, run.http_status, run.error_code) == (RunStatus.NOT_MODIFIED, 304, "")
    assert source.failures == 0


@pytest.mark.parametrize("what", ["staff", "pin"])
def test_no_condition_is_sent_once_the_listing_or_its_pins_are_others(feed, source, what):
    provider = source.provider
    services.apply_update(services.Proposal(provider=provider, fields={"total_clients": 3}, source=Source.PUSH))
    feed.says({"totalNodes": 5, "totalClients": 9}, headers={"ETag": '"v1"'})
    pulled(source)
    if what == "pin":
        services.release_pin(provider=provider, field="totalClients")
    else:
        services.apply_update(services.Proposal(provider=provider, fields={"total_nodes": 6}, source=Source.STAFF))
    due_again(source)
    run = pulled(source)
    assert "if-none-match" not in feed.asked[1]
    assert run.applied == (["totalClients"] if what == "pin" else ["totalNodes"])


def test_304_without_a_condition_is_a_failure(feed, source):
    feed.answer = Answer(status=304, body=b"")
    run = pulled(source)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "bad_status")


def test_a_field_that_a_push_set_is_skipped_until_its_pin_is_released(feed, source):
    provider = source.provider
    push(owner_of(provider), provider.slug, {"totalNodes": 95})
    feed.says({"totalNodes": 5, "totalClients": 7})
    run = pulled(source)
    assert (run.applied, run.skipped) == (["totalClients"], ["totalNodes"])
    assert listing(source).total_nodes == 95
    owner_of(provider).delete(f"/api/providers/{provider.slug}/pins/totalNodes")
    due_again(source)
    # 95 to 5 is a fall that the guard holds back, which shows that the pin is gone.
    assert pulled(source).held == ["totalNodes"]


def test_invalid_fields_are_named_and_the_valid_rest_is_applied(feed, source):
    feed.says(
        {"totalNodes": "7", "totalClients": 7, "website": "ftp://x", "tiers": [{"tier": "huge", "price": 1}]}
    )
    run = pulled(source)
    assert (run.status, run.applied) == (RunStatus.APPLIED, ["totalClients"])
    assert {fault["field"] for fault in run.invalid} == {"totalNodes", "website", "tiers[0].tier"}
    assert listing(source).total_nodes is None


@pytest.mark.parametrize("field", ["languages", "type"])
def test_the_log_does_not_keep_what_a_server_sent(feed, source, field):
    word = "z" * 100_000
    feed.says({"totalNodes": 3, field: [word] if field == "languages" else word})
    run = pulled(source)
    assert [fault["code"] for fault in run.invalid] == ["invalid_choice"]
    assert len(run.invalid[0]["message"]) <= 300


def test_unknown_and_protected_names_are_ignored_and_named(feed, source):
    before = {name: getattr(listing(source), name) for name in PROTECTED}
    feed.says(
        {"slug": "mine", "fluxLabsPartner": True, "verified": True, "isDemo": True, "rating": 5, "reviewCount": 9}
        | {"totalNode": 4, "totalNodes": 4}
    )
    run = pulled(source)
    assert run.applied == ["totalNodes"]
    assert {fault["code"] for fault in run.ignored} == {"read_only", "unknown_field"}
    assert len(run.ignored) == 7
    assert {name: getattr(listing(source), name) for name in PROTECTED} == before


def test_a_mapping_is_applied(feed, source):
    rules = {"totalNodes": "stats.online", "sla": {"path": "sla", "scale": 100, "round": 1}, "type": "kind"}
    PullSource.objects.filter(pk=source.pk).update(format=PullFormat.MAPPING, mapping=rules)
    feed.says({"stats": {"online": 12}, "sla": 0.999, "kind": "cloud", "verified": True})
    run = pulled(source)
    assert run.applied == ["totalNodes", "sla"]
    assert [fault["field"] for fault in run.invalid] == ["type"]
    assert listing(source).sla == Decimal("99.9")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html>", "bad_json"),
        (b'{"totalNodes": 1, "totalNodes": 2}', "bad_json"),
        (b'{"totalNodes": NaN}', "bad_json"),
        (b'{"totalNodes": 1' + b"0" * 500 + b"}", "bad_json"),
        (b"[" * 100 + b"]" * 100, "bad_json"),
        (b"[1, 2]", "not_an_object"),
        (b"{}", "nothing_found"),
        (b'{"verified": true}', "nothing_found"),
        (b'{"totalNodes": -1}', "nothing_valid"),
    ],
)
def test_what_cannot_be_used_fails_with_its_reason_and_changes_nothing(feed, source, body, code):
    feed.says(body)
    run = pulled(source)
    assert (run.status, run.error_code) == (RunStatus.FAILED, code)
    assert run.error_message.endswith(".")
    assert listing(source).version == 1
    assert 0.8 < minutes_until(source.next_due_at) < 1.2


def test_a_byte_order_mark_is_no_reason_to_fail(feed, source):
    feed.says(b'\xef\xbb\xbf{"totalNodes": 3}')
    assert pulled(source).applied == ["totalNodes"]


def test_failures_back_off_and_a_success_forgets_them(feed, source):
    feed.answer = Answer(status=500)
    for expected in (1, 5, 15):
        due_again(source)
        pulled(source)
        assert 0.85 * expected < minutes_until(source.next_due_at) < 1.12 * expected
    assert source.failures == 3
    due_again(source)
    feed.says({"totalNodes": 1})
    pulled(source)
    assert source.failures == 0


def test_retry_after_is_honoured_up_to_a_day(feed, source):
    feed.answer = Answer(status=429, headers={"Retry-After": "7200"})
    pulled(source)
    assert 119 < minutes_until(source.next_due_at) < 121
    feed.answer = Answer(status=503, headers={"Retry-After": "99999999"})
    due_again(source)
    pulled(source)
    assert 1439 < minutes_until(source.next_due_at) < 1441


@pytest.mark.parametrize(("status", "reason"), [(410, "gone"), (401, "refused"), (403, "refused")])
def test_gone_and_refused_pause_the_pull_and_are_reported(
    feed,
    source,
    status,
    reason,
    django_capture_on_commit_callbacks,
):
    owner, plain = make_user(), make_user()
    add_member(account=source.provider.account, user=owner, role=Role.OWNER)
    add_member(account=source.provider.account, user=plain, role=Role.MEMBER)
    feed.answer = Answer(status=status)
    with django_capture_on_commit_callbacks(execute=True):
        run = pulled(source)
    assert (run.error_code, source.paused_reason, source.next_due_at) == (reason, reason, None)
    assert str(status) in run.error_message
    assert not claims.claim(10)
    told = {message.to[0]: message for message in mail.outbox}
    assert all(len(message.to) == 1 for message in mail.outbox)
    assert owner.email in told
    assert plain.email not in told
    message = told[owner.email]
    assert source.provider.name in message.subject
    assert f"/dashboard/providers/{source.provider.slug}/pull/" in message.body
    assert AuditEvent.objects.filter(action="provider.pull_paused").count() == 1


@pytest.mark.parametrize(
    ("kind", "name", "header", "value"),
    [
        ("bearer", "", "authorization", "Bearer s3cret"),
        ("basic", "me", "authorization", "Basic " + base64.b64encode(b"me:s3cret").decode()),
        ("header", "X-Api-Key", "x-api-key", "s3cret"),
    ],
)
def test_we_introduce_ourselves_as_the_provider_wants(feed, source, kind, name, header, value):
    changes = {"auth_kind": kind, "auth_name": name, "auth_secret": sealing.seal("s3cret")}
    PullSource.objects.filter(pk=source.pk).update(**changes)
    feed.says({"totalNodes": 1})
    pulled(source)
    assert feed.asked[0][header] == value
    assert feed.asked[0]["accept"] == "application/json"


def test_the_secret_does_not_follow_a_redirect_to_another_host(feed, source):
    changes = {"auth_kind": "header", "auth_name": "X-Api-Key", "auth_secret": sealing.seal("s3cret")}
    PullSource.objects.filter(pk=source.pk).update(**changes)
    feed.answers["127.0.0.1"] = Answer(status=302, headers={"Location": feed.url("127.0.0.2", "/other")})
    feed.says({"totalNodes": 1})
    assert pulled(source).applied == ["totalNodes"]
    assert "x-api-key" in feed.asked[0]
    assert feed.asked[1][":path"] == "/other"
    assert "x-api-key" not in feed.asked[1]


def test_a_secret_that_no_key_opens_pauses_the_pull(feed, source):
    PullSource.objects.filter(pk=source.pk).update(auth_kind="bearer", auth_secret="from another key")
    run = pulled(source)
    assert (run.error_code, source.paused_reason) == ("unreadable_secret", PauseReason.UNREADABLE)
    assert not feed.asked


def test_an_address_that_may_not_be_asked_is_a_failure_like_an_unreachable_one(feed, source):
    for url in ("http://10.0.0.1/feed.json", "http://127.0.0.1:1/feed.json"):
        PullSource.objects.filter(pk=source.pk).update(url=url)
        due_again(source)
        run = pulled(source)
        assert (run.status, run.error_code, run.http_status) == (RunStatus.FAILED, "unreachable", None)
    assert len(set(SyncRun.objects.values_list("error_message", flat=True))) == 1


def test_a_name_that_another_listing_has_is_left_out_and_named(feed, source):
    make_provider(name="Taken Name")
    feed.says({"name": "TAKEN name", "totalNodes": 3})
    run = pulled(source)
    assert (run.applied, [fault["field"] for fault in run.invalid]) == (["totalNodes"], ["name"])


def test_a_first_pull_of_everything_takes_few_statements(feed, source, django_assert_max_num_queries):
    feed.says(FULL_BODY)
    (claimed,) = claims.claim(10)
    # The transaction's own two, here a savepoint's; two reads; six writes; the end of the host's turn.
    with django_assert_max_num_queries(11):
        assert pull(claimed) is not None


def test_a_fall_and_a_jump_are_held_for_a_person(feed, source):
    tier = {"tier": "cumulus", "price": Decimal("7.99"), "plan_name": "Cumulus"}
    fields = {"total_nodes": 1000, "tiers": [tier]}
    services.apply_update(services.Proposal(provider=source.provider, fields=fields, source=Source.STAFF))
    feed.says({"totalNodes": 100, "totalClients": 5, "tiers": [{"tier": "cumulus", "price": 79.90}]})
    run = pulled(source)
    assert (run.applied, run.held) == (["totalClients"], ["tiers", "totalNodes"])
    row = listing(source)
    assert (row.total_nodes, row.tiers.first().price) == (1000, Decimal("7.99"))
    assert set(HeldChange.objects.pending().values_list("field", flat=True)) == {"totalNodes", "tiers"}


def test_a_result_under_a_lost_lease_is_thrown_away(feed, source):
    feed.says({"totalNodes": 5})
    (claimed,) = claims.claim(10)
    PullSource.objects.filter(pk=source.pk).update(lease=None, lease_until=None)
    assert pull(claimed) is None
    assert listing(source).version == 1
    assert not SyncRun.objects.exists()
    assert not HostTurn.objects.exists()
