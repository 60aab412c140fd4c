"""What closing an account does to its links."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.query import QuerySet
from django.test import Client
from django.utils import timezone

from accounts import closing as accounts_closing
from accounts.tests.pages import owner_of
from apikeys.tests.factories import client_for, make_key
from links import closing, services
from links.models import Click, DaySum, Kind, Link, LinkChange, LinkTotal, QuarterSum
from links.rollups import ClickRow, hold_links, store_clicks
from links.tests.factories import TARGET, full_stack_account, make_link
from tests.threads import at_once

COUNTED = (Click, QuarterSum, DaySum, LinkTotal)


def visit(link: Link, times: int) -> None:
    """Deliver clicks of a link."""
    row = ClickRow(link.pk, timezone.now(), "news.example", "", "", "mobile", "Chrome", "Android", False)
    with transaction.atomic():
        if hold_links({link.pk}):
            store_clicks([row] * times, shard=0)


@pytest.mark.django_db
def test_a_closed_account_leaves_no_link_and_nothing_that_was_counted(monkeypatch):
    monkeypatch.setattr(closing, "ROWS", 7)
    monkeypatch.setattr(closing, "LINKS", 2)
    account, other = full_stack_account(), make_link()
    links = [make_link(account=account) for _ in range(5)]
    for link in [*links, other]:
        visit(link, 10)
    services.delete_link(link=links[0])
    accounts_closing.close_account(account=account, actor=owner_of(account))
    assert list(Link.objects.all()) == [other]
    for model in COUNTED:
        assert model.objects.filter(link=other).exists()
        assert not model.objects.exclude(link=other).exists()
    assert QuarterSum.objects.get(kind=Kind.ALL).clicks == 10


@pytest.mark.django_db
def test_every_slug_is_announced_before_anything_is_removed(monkeypatch):
    account = full_stack_account()
    links = [make_link(account=account) for _ in range(3)]
    LinkChange.objects.all().delete()
    seen = []
    monkeypatch.setattr(
        closing, "_remove_rows", lambda *_: seen.append(set(LinkChange.objects.values_list("slug", flat=True)))
    )
    accounts_closing.close_account(account=account, actor=owner_of(account))
    assert seen[0] == {link.slug for link in links}


@pytest.mark.django_db
def test_visitors_of_a_closed_account_find_nothing_even_if_the_removal_is_interrupted(monkeypatch):
    link = make_link()
    monkeypatch.setattr(closing, "_remove_rows", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        accounts_closing.close_account(account=link.account, actor=owner_of(link.account))
    assert Client().get(f"/r/{link.slug}").status_code == 404
    monkeypatch.undo()
    assert accounts_closing.finish_all() == 1
    assert not Link.objects.exists()


@pytest.mark.django_db
def test_no_statement_removes_more_than_its_share(monkeypatch):
    monkeypatch.setattr(closing, "ROWS", 4)
    link = make_link()
    visit(link, 10)
    batches = []
    while closing._remove_rows(Click, [link.pk]):
        batches.append(Click.objects.count())
    assert batches == [6, 2, 0]


@pytest.mark.django_db
@pytest.mark.parametrize(("failures", "is_removed"), [(1, True), (closing.ATTEMPTS, False)])
def test_a_click_that_is_delivered_meanwhile_is_removed_with_the_next_attempt(monkeypatch, failures, is_removed):
    link = make_link()
    delete, left = QuerySet.delete, [None] * failures

    def fail_first(rows):
        if rows.model is Link and left:
            left.pop()
            raise DatabaseError("a click has just been stored")
        return delete(rows)

    monkeypatch.setattr(QuerySet, "delete", fail_first)
    if is_removed:
        closing.remove_links(link.account)
    else:
        with pytest.raises(DatabaseError):
            closing.remove_links(link.account)
    assert Link.objects.exists() is not is_removed


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(3))
def test_keys_that_create_links_while_the_account_closes_leave_none_and_never_fail(_):
    account = full_stack_account()
    owner, secret = owner_of(account), make_key("fluxly", account=account).secret
    for _ in range(3):
        visit(make_link(account=account), 5)
    begun = threading.Event()

    def run(n):
        if n == 0:
            begun.wait(10)
            return accounts_closing.close_account(account=account, actor=owner)
        seen: list[int] = []
        while not seen or seen[-1] == 201:
            seen.append(client_for(secret).post("/api/links", {"target_url": TARGET}, format="json").status_code)
            begun.set()
        return seen

    answers = at_once(8, run)[1:]
    assert any(seen[0] == 201 for seen in answers)
    assert {seen[-1] for seen in answers} <= {401, 403}
    for model in (Link, *COUNTED):
        assert not model.objects.exists()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_a_creation_that_has_begun_and_removes_its_link():
    account = full_stack_account()
    owner = owner_of(account)
    claimed, done = threading.Event(), threading.Event()

    def create(_n):
        with transaction.atomic():
            services.create_link(account=account, target_url=TARGET)
            claimed.set()
            assert not done.wait(0.5)

    def close(_n):
        claimed.wait(10)
        accounts_closing.close_account(account=account, actor=owner)
        done.set()

    at_once(2, lambda n: (create if n else close)(n))
    assert done.is_set()
    assert not Link.objects.exists()
    # Once as it was made, once as it was taken from the visitors' sight.
    assert LinkChange.objects.count() == 2


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_clicks_that_are_delivered_while_the_account_closes_do_not_stop_it():
    account = full_stack_account()
    owner, links = owner_of(account), [make_link(account=account) for _ in range(20)]

    def run(n):
        if n == 0:
            return accounts_closing.close_account(account=account, actor=owner)
        for link in links:
            try:
                visit(link, 5)
            except DatabaseError:
                connection.close()  # a link that is gone, which the delivery finds at its next attempt
        return None

    at_once(4, run)
    for model in (Link, *COUNTED):
        assert not model.objects.exists()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_an_account_that_is_closed_by_many_at_once_is_closed_once():
    account = full_stack_account()
    owner = owner_of(account)
    visit(make_link(account=account), 5)
    at_once(4, lambda _n: accounts_closing.close_account(account=account, actor=owner, by_operator=True))
    assert not Link.objects.exists()
