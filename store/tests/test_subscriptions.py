"""Subscriptions and timed packages: what orders begin and time moves on."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from store import jobs, services, tasks
from store.errors import StoreBusy, SubscriptionHasEnded
from store.models import CommandType, Order, OrderCommand, OrderItem, PackageCommand, Subscription
from store.services import expiries, refunds, renewals, subscriptions
from store.tests.factories import make_coupon, make_package, make_server, make_store, store_client
from store.tests.orders import bought, line

pytestmark = pytest.mark.django_db
SUBSCRIPTIONS = "/api/v1/subscriptions"


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def make_subscribed(client, store, **overrides) -> Any:
    package = make_package(store, **({"type": "subscription"} | overrides))
    for kind in CommandType:
        PackageCommand.objects.create(package=package, command=f"{kind} {{player}}", type=kind)
    bought(client, line(package))
    OrderCommand.objects.all().delete()
    return Subscription.objects.get()


def overdue(subscription, **changes) -> None:
    past = timezone.now() - timedelta(hours=1)
    Subscription.objects.filter(pk=subscription.pk).update(current_period_end=past, **changes)


def fresh(subscription) -> Any:
    return Subscription.objects.get(pk=subscription.pk)


def commands() -> list[str]:
    return list(OrderCommand.objects.order_by("created_at").values_list("command", flat=True))


def test_an_order_begins_a_subscription_that_can_be_read(client, store):
    package = make_package(store, name="Rank", type="subscription", interval="week", interval_count=2)
    order = bought(client, line(package), line(make_package(store)))
    row = Subscription.objects.get()
    assert row.current_period_end - row.anchor_at == timedelta(weeks=2)
    read = client.get(f"{SUBSCRIPTIONS}/{row.pk}").json()["data"]
    assert read | {"createdAt": 0, "updatedAt": 0} == {
        "id": str(row.pk), "playerUsername": "Steve", "playerUuid": None, "packageId": str(package.pk),
        "packageName": "Rank", "status": "active", "cancelAtPeriodEnd": False,
        "currentPeriodEnd": row.current_period_end.isoformat().replace("+00:00", "Z"), "createdAt": 0,
        "updatedAt": 0,
    }  # fmt: skip
    assert client.get(SUBSCRIPTIONS).json()["data"]["items"] == [read]
    assert row.anchor_at == order.paid_at


@pytest.mark.parametrize(
    ("interval", "count", "ends"),
    [
        ("month", 1, ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("month", 3, ["2026-04-30", "2026-07-31", "2026-10-31"]),
        ("year", 1, ["2027-01-31", "2028-01-31", "2029-01-31"]),
        ("week", 1, ["2026-02-07", "2026-02-14", "2026-02-21"]),
        ("day", 10, ["2026-02-10", "2026-02-20", "2026-03-02"]),
    ],
)
def test_periods_are_counted_from_the_anchor(interval, count, ends):
    anchor = datetime(2026, 1, 31, 12, tzinfo=UTC)
    found = [subscriptions.period_end(anchor, interval, count, periods) for periods in (1, 2, 3)]
    assert [f"{end:%Y-%m-%d}" for end in found] == ends
    assert {end.hour for end in found} == {12}


def test_29_february_comes_back_in_leap_years():
    anchor = datetime(2028, 2, 29, tzinfo=UTC)
    ends = [subscriptions.period_end(anchor, "year", 1, periods) for periods in (1, 4)]
    assert [f"{end:%Y-%m-%d}" for end in ends] == ["2029-02-28", "2032-02-29"]


def test_a_manual_subscription_renews_from_its_anchor_and_records_the_commands(client, store):
    row = make_subscribed(client, store)
    anchor = datetime(2026, 1, 31, tzinfo=UTC)
    overdue(row, anchor_at=anchor)
    tasks.move_on()
    assert (fresh(row).status, fresh(row).periods) == ("active", 2)
    assert fresh(row).current_period_end == datetime(2026, 3, 31, tzinfo=UTC)
    assert commands() == ["renewal Steve"]
    assert AuditEvent.objects.filter(action="subscription.renewed", account_id=store.account_id).count() == 1


def test_a_renewal_is_a_paid_order_at_the_price_of_the_subscription(client, store):
    coupon = make_coupon(store)
    package = make_package(store, type="subscription", price=Decimal(20), global_limit=1, per_user_limit=1)
    first = bought(client, line(package), couponCode=coupon.code, email="steve@example.com")
    services.update_package(package=package, store=store, price=Decimal(30), name="Renamed")
    overdue(Subscription.objects.get())
    assert jobs.move_subscriptions_on() == 1
    order: Any = Order.objects.exclude(pk=first.pk).get()
    read = client.get(f"/api/v1/orders/{order.pk}").json()["data"]
    wanted = {
        "playerUsername": "Steve", "email": "s***@example.com", "status": "Paid", "paymentProvider": "Manual",
        "subtotalAmount": 20, "totalAmount": 20, "couponId": None, "couponDiscountAmount": 0, "giftCardAmount": 0,
    }  # fmt: skip
    assert {name: read[name] for name in wanted} == wanted
    [item] = read["items"]
    assert (item["packageId"], item["packageName"], item["quantity"]) == (str(package.pk), "Renamed", 1)
    customer = order.customer
    assert (customer.total_spent, customer.orders_count) == (Decimal(38), 2)
    package.refresh_from_db()
    assert package.sold == 1
    assert AuditEvent.objects.filter(action="order.created", target=f"store.order:{order.pk}").count() == 1


def test_a_refund_of_the_renewal_ends_the_subscription_and_one_of_an_earlier_period_does_not(client, store):
    row = make_subscribed(client, store)
    first = row.item.order
    overdue(row)
    jobs.move_subscriptions_on()
    OrderCommand.objects.all().delete()
    refunds.refund_order(order=first, store=store, reason="late")
    assert fresh(row).status == "active"
    refunds.refund_order(order=fresh(row).item.order, store=store, reason="no")
    assert (fresh(row).status, commands()) == ("cancelled", ["refund Steve", "refund Steve"])
    assert fresh(row).customer.total_spent == 0


def test_a_trial_comes_before_the_first_period_once_for_each_player_and_package(client, store):
    package = make_package(store, type="subscription", trial_days=7)
    tried = bought(client, line(package), line(package))
    bought(client, line(package), line(package))
    bought(client, line(package), playerUsername="Alex")
    rows: Any = Subscription.objects.order_by("created_at", "item__order__created_at", "item__position")
    assert [(row.anchor_at - row.item.order.paid_at).days for row in rows] == [7, 0, 0, 0, 7]
    row = Subscription.objects.get(item=tried.items.first())
    assert row.current_period_end == subscriptions.period_end(row.anchor_at, "month", 1, 1)
    assert tried.total_amount == 2 * package.price


def test_nothing_moves_before_its_time_or_when_a_provider_collects(client, store):
    row = make_subscribed(client, store)
    assert jobs.move_subscriptions_on() == 0
    overdue(row)
    Order.objects.update(payment_provider="Stripe")
    assert jobs.move_subscriptions_on() == 0
    assert (fresh(row).periods, commands()) == (1, [])


def test_a_cancelled_subscription_ends_with_its_period(client, store):
    row = make_subscribed(client, store)
    renewals.cancel_subscription(subscription=row, store=store)
    assert (fresh(row).status, fresh(row).cancel_at_period_end) == ("active", True)
    overdue(row)
    assert jobs.move_subscriptions_on() == 1
    assert (fresh(row).status, commands()) == ("cancelled", ["expiry Steve"])
    assert jobs.move_subscriptions_on() == 0
    with pytest.raises(SubscriptionHasEnded):
        renewals.cancel_subscription(subscription=row, store=store)


def test_a_subscription_can_end_at_once(client, store):
    row = make_subscribed(client, store)
    renewals.cancel_subscription(subscription=row, store=store, at_period_end=False)
    assert (fresh(row).status, commands()) == ("cancelled", ["expiry Steve"])


def test_a_subscription_expires_when_its_package_is_gone(client, store):
    row = make_subscribed(client, store)
    services.hide_package(package=row.package, store=store)
    overdue(row)
    jobs.move_subscriptions_on()
    assert (fresh(row).status, commands()) == ("expired", ["expiry Steve"])


def test_a_refund_ends_the_subscription_and_runs_the_commands_for_it(client, store):
    row = make_subscribed(client, store)
    refunds.refund_order(order=row.item.order, store=store, reason="no")
    assert (fresh(row).status, commands()) == ("cancelled", ["refund Steve"])
    overdue(row)
    assert jobs.move_subscriptions_on() == 0


def test_of_two_schedulers_the_second_finds_nothing_to_do(client, store):
    row = make_subscribed(client, store)
    overdue(row)
    now = timezone.now()
    assert [renewals.move_on(subscription=row, now=now) for _ in range(2)] == [True, False]
    assert fresh(row).periods == 2


def test_a_row_that_is_held_does_not_stop_the_others(client, store, monkeypatch):
    held = make_subscribed(client, store)
    overdue(held)
    move_on = renewals.move_on
    bought(client, line(make_package(store, type="subscription")), playerUsername="Alex")
    other = Subscription.objects.exclude(pk=held.pk).get()
    overdue(other)

    def busy_for_one(*, subscription, now):
        if subscription.pk == held.pk:
            raise StoreBusy
        return move_on(subscription=subscription, now=now)

    monkeypatch.setattr(renewals, "move_on", busy_for_one)
    assert jobs.move_subscriptions_on() == 1
    assert (fresh(held).periods, fresh(other).periods) == (1, 2)


def make_timed(client, store, **overrides) -> Any:
    package = make_package(store, **({"type": "timed", "duration_days": 1, "duration_hours": 2} | overrides))
    PackageCommand.objects.create(package=package, command="take {player}", type=CommandType.EXPIRY)
    return package


def test_a_timed_package_ends_once_with_its_commands(client, store):
    server = make_server(store)
    package = make_timed(client, store, servers=[server])
    order = bought(client, line(package, quantity=2))
    item: Any = OrderItem.objects.get()
    assert item.expires_at - order.paid_at == timedelta(days=2, hours=4)
    assert jobs.end_timed_packages() == 0
    OrderItem.objects.update(expires_at=timezone.now())
    tasks.move_on()
    assert expiries.end_item(item=item, now=timezone.now()) is False
    assert (commands(), OrderCommand.objects.get().server) == (["take Steve"], server)


def test_a_cumulative_package_begins_when_the_last_one_ends(client, store):
    package = make_timed(client, store, is_cumulative=True)
    for _ in range(2):
        bought(client, line(package))
    ends: Any = OrderItem.objects.order_by("expires_at").values_list("expires_at", flat=True)
    first, second = ends
    assert second - first == timedelta(days=1, hours=2)


def test_what_would_last_beyond_the_calendar_ends_with_it(client, store):
    package = make_timed(client, store, duration_days=36_500, is_cumulative=True)
    for _ in range(2):
        bought(client, line(package, quantity=100))
    assert set(OrderItem.objects.values_list("expires_at", flat=True)) == {expiries.LAST}


def test_what_a_player_has_from_another_purchase_is_not_taken(client, store):
    package = make_timed(client, store)
    for _ in range(2):
        bought(client, line(package))
    first, second = OrderItem.objects.order_by("expires_at")
    OrderItem.objects.filter(pk=first.pk).update(expires_at=timezone.now())
    assert (jobs.end_timed_packages(), commands()) == (1, [])
    OrderItem.objects.filter(pk=second.pk).update(expires_at=timezone.now())
    assert (jobs.end_timed_packages(), commands()) == (1, ["take Steve"])


def test_what_was_refunded_does_not_run_out(client, store):
    order = bought(client, line(make_timed(client, store, price=Decimal(1))))
    refunds.refund_order(order=order, store=store, reason="no")
    OrderItem.objects.update(expires_at=timezone.now())
    assert (jobs.end_timed_packages(), commands()) == (0, [])
