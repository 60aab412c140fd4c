"""An account is put on a plan: by code, by the operator; it lapses, it is renewed, nothing is lost."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from accounts.tests.factories import make_account, make_user
from api.errors import InvalidFields
from audit.models import AuditEvent
from plans.entitlements import allows
from plans.models import Status, Subscription
from plans.services import set_plan
from plans.tests.factories import make_subscription, set_clock

pytestmark = pytest.mark.django_db


def test_a_lapse_blocks_and_a_renewal_restores_at_once(monkeypatch):
    set_clock(monkeypatch, datetime(2027, 1, 10, tzinfo=UTC))
    account = make_subscription("fluxly", "full_stack", until=datetime(2027, 2, 10, tzinfo=UTC)).account
    assert allows(account, "fluxly", "api")
    set_clock(monkeypatch, datetime(2027, 2, 10, tzinfo=UTC))
    assert not allows(account, "fluxly", "api")
    set_plan(account=account, product="fluxly", plan="full_stack")
    assert allows(account, "fluxly", "api")


def test_changing_a_live_plan_keeps_the_day_on_which_periods_begin(monkeypatch):
    first = datetime(2027, 1, 10, tzinfo=UTC)
    set_clock(monkeypatch, first)
    subscription = make_subscription("fluximage", "starter")
    set_clock(monkeypatch, datetime(2027, 1, 20, tzinfo=UTC))
    changed = set_plan(account=subscription.account, product="fluximage", plan="agency")
    assert (changed.pk, changed.plan, changed.anchored_at) == (subscription.pk, "agency", first)


def test_renewing_a_lapsed_plan_begins_a_period_now(monkeypatch):
    set_clock(monkeypatch, datetime(2027, 1, 10, tzinfo=UTC))
    account = make_subscription("fluximage", "starter", until=datetime(2027, 2, 10, tzinfo=UTC)).account
    renewed_at = datetime(2027, 3, 5, tzinfo=UTC)
    set_clock(monkeypatch, renewed_at)
    subscription = set_plan(account=account, product="fluximage", plan="starter")
    assert subscription.period() == (renewed_at, datetime(2027, 4, 5, tzinfo=UTC))


def test_a_lapsed_plan_that_stays_lapsed_keeps_its_day(monkeypatch):
    first = datetime(2027, 1, 10, tzinfo=UTC)
    set_clock(monkeypatch, first)
    account = make_subscription("fluximage", "starter", status=Status.CANCELLED).account
    set_clock(monkeypatch, datetime(2027, 3, 5, tzinfo=UTC))
    assert set_plan(account=account, product="fluximage", plan="pro", status=Status.CANCELLED).anchored_at == first


def test_a_change_is_told_to_the_trail_with_what_was_before():
    actor, until = make_user(), datetime(2027, 2, 10, tzinfo=UTC)
    subscription = make_subscription("fluxly", "full_stack", actor=actor)
    set_plan(account=subscription.account, product="fluxly", plan="free", until=until, status=Status.PAST_DUE)
    made, changed = AuditEvent.objects.filter(action="subscription.changed").order_by("pk")
    full = {"plan": "full_stack", "status": "active", "ends_at": None}
    assert made.data == {"product": "fluxly", "from": None, "to": full}
    assert (made.actor, made.account_id) == (f"user:{actor.pk}", subscription.account_id)
    free = {"plan": "free", "status": "past_due", "ends_at": "2027-02-10T00:00:00Z"}
    assert changed.data == {"product": "fluxly", "from": full, "to": free}
    assert changed.actor == "system"


@pytest.mark.parametrize(
    ("product", "plan", "sentence"),
    [
        ("fluxly", "golden", "must be one of: free, full_stack"),
        ("fluxcloud", "free", "must be one of: fluxme, fluxstore, fluxly, fluximage"),
    ],
)
def test_a_plan_that_the_catalogue_lacks_is_refused(product, plan, sentence):
    with pytest.raises(InvalidFields) as caught:
        set_plan(account=make_account(), product=product, plan=plan)
    assert caught.value.errors[0].message == sentence
    assert not Subscription.objects.exists()


# --- The operator's command ---------------------------------------------------------------------------


def run(capsys, **options: str) -> str:
    arguments = [f"--{name}={value}" for name, value in options.items()]
    call_command("set_plan", *arguments)
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("until", "told"),
    [
        ("2027-01-31", "until 2027-01-31 00:00 UTC, live"),
        ("2027-01-31T12:30", "until 2027-01-31 12:30 UTC, live"),
        ("2027-01-31T12:30+02:00", "until 2027-01-31 10:30 UTC, live"),
        ("2026-12-31", "until 2026-12-31 00:00 UTC, lapsed"),
    ],
)
def test_the_operator_sets_a_plan_until_a_day(capsys, monkeypatch, until, told):
    set_clock(monkeypatch, datetime(2027, 1, 1, tzinfo=UTC))
    account = make_account(slug="acme")
    assert run(capsys, account="acme", product="fluxly", plan="full_stack", until=until) == (
        f"acme: fluxly full_stack, {told}"
    )
    assert allows(account, "fluxly", "api") is told.endswith("live")


def test_the_operator_sets_a_plan_without_end(capsys):
    make_account(slug="acme")
    told = run(capsys, account="acme", product="fluxstore", plan="pro")
    assert told == "acme: fluxstore pro, without end, live"


def test_the_operator_cancels_a_plan(capsys):
    make_account(slug="acme")
    told = run(capsys, account="acme", product="fluxstore", plan="pro", status="cancelled")
    assert told == "acme: fluxstore pro, without end, lapsed"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"account": "nobody"}, "There is no account 'nobody'."),
        ({"plan": "golden"}, "plan: must be one of: free, full_stack"),
        ({"product": "fluxcloud"}, "invalid choice: 'fluxcloud'"),
        ({"status": "paused"}, "invalid choice: 'paused'"),
        ({"until": "soon"}, "'soon' is not an ISO 8601 date or time, e.g. 2027-01-31."),
        ({"until": "2027-02-30"}, "'2027-02-30' is not an ISO 8601 date or time"),
        ({"until": "9999-12-31T23:59-10:00"}, "is not an ISO 8601 date or time"),
    ],
)
def test_the_operator_is_told_what_is_wrong_and_nothing_changes(capsys, options, sentence):
    make_account(slug="acme")
    with pytest.raises(CommandError) as caught:
        run(capsys, **({"account": "acme", "product": "fluxly", "plan": "full_stack"} | options))
    assert sentence in str(caught.value)
    assert not Subscription.objects.exists()
