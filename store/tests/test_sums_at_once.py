"""Orders, refunds and the sums of them at the same moment, on PostgreSQL: every order is counted once."""

from functools import partial

import pytest

from store.models import SalesEntry, SoldDay
from store.services import orders, refunds, sums
from store.services.carts import Wish
from store.sums_check import faults_of
from store.tests.factories import make_package, make_store
from tests.threads import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_sums_are_exact_while_orders_come_and_sums_are_written(monkeypatch):
    monkeypatch.setattr(sums, "MOST", 3)
    store = make_store()
    packages = [make_package(store) for _ in range(3)]

    def work(n):
        for round_ in range(6):
            if n < 2:
                [partial(sums.fold, store), partial(sums.rebuild, store)][(n + round_) % 2]()
                continue
            wishes = [Wish(package.pk, 1) for package in packages[: 1 + n % 3]]
            order = orders.create_order(store=store, player_username=f"Player{n}", items=wishes)
            if round_ % 2:
                refunds.refund_order(order=order, store=store, reason="no")

    at_once(6, work)
    assert faults_of(store) == []
    while sums.fold(store):
        pass
    assert (SalesEntry.objects.count(), SoldDay.objects.get().orders) == (0, 12)
    assert faults_of(store) == []
