"""The pages on which people see their stores and open one, and what a store's settings may become."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import Account
from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from api.errors import InvalidFields, NotFound
from audit.models import AuditEvent
from plans.errors import QuotaExhausted
from plans.models import UsageCounter
from plans.services import set_plan
from store import services, teams
from store.errors import PermissionLacking
from store.models import Store
from store.page_forms import currencies, zones
from store.tests.factories import make_store
from store.tests.team import EDIT, ORDERS, PII, make_member

pytestmark = pytest.mark.django_db
LIST, NEW = "/dashboard/store/", "/dashboard/store/new/"
WANTED = {"name": "Pixel <b>Shop</b>", "currency": "JPY", "timezone": "Asia/Tokyo"}


@pytest.fixture
def account():
    return make_account()


def open_by_page(browser, **changes):
    return browser.post(NEW, WANTED | changes)


def test_an_owner_opens_a_store_and_is_led_into_it(account):
    owner = owner_of(account)
    browser = signed_in(owner)
    assert 'href="/dashboard/store/new/"' in browser.get(LIST).content.decode()
    answer = open_by_page(browser)
    store = Store.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/store-admin/?store={store.store_id}")
    assert (store.account, store.name, store.currency, store.timezone) == (account, *WANTED.values())
    assert AuditEvent.objects.get(action="store.opened").actor == f"user:{owner.pk}"
    page = browser.get(LIST).content.decode()
    assert "Pixel &lt;b&gt;Shop" in page
    assert "Everything" in page
    assert outside_addresses(page) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"currency": "CLF"}, "Select a valid choice."),
        ({"currency": "eur"}, "Select a valid choice."),
        ({"timezone": "Mars/Olympus"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(account, changes, sentence):
    answer = open_by_page(signed_in(owner_of(account)), **changes)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Store.objects.exists()


def test_a_plan_has_room_for_so_many_stores(account):
    browser = signed_in(owner_of(account))
    assert open_by_page(browser).status_code == 302
    refused = open_by_page(browser)
    assert refused.status_code == 403
    assert "Your plan&#x27;s 1 stores are used up." in refused.content.decode()
    full = browser.get(LIST).content.decode()
    assert "Your plan allows no more stores." in full
    assert 'href="/dashboard/store/new/"' not in full
    set_plan(account=account, product="fluxstore", plan="pro")
    assert open_by_page(browser).status_code == 302
    assert Store.objects.of_account(account).count() == 2


def test_who_does_not_manage_the_account_opens_nothing(account, client):
    browser = signed_in(member_of(account))
    assert "Only owners and admins" in browser.get(LIST).content.decode()
    assert [browser.get(NEW).status_code, open_by_page(browser).status_code] == [403, 403]
    assert client.get(NEW)["Location"].startswith("/accounts/login/")
    assert not Store.objects.exists()


def test_the_list_has_the_stores_that_a_person_works_in_and_no_other(account):
    person = owner_of(account)
    own, joined, looked_at, foreign = (make_store(name=f"Shop {n}") for n in range(4))
    Store.objects.filter(pk=own.pk).update(account=account)
    make_member(joined, ORDERS, PII, user=person)
    make_member(looked_at, user=person)
    page = signed_in(person).get(LIST).content.decode()
    assert [store.store_id in page for store in (own, joined, looked_at, foreign)] == [True, True, True, False]
    assert "Orders, Show Customer PII" in page
    assert "Look only" in page


def test_the_lists_offer_what_the_service_takes(account):
    codes = [code for code, _ in currencies()]
    assert {"EUR", "JPY", "KWD"} <= set(codes)
    assert not {"CLF", "UYW"} & set(codes)
    names = [name for _, rows in zones() for name, _ in rows]
    assert names[0] == "UTC"
    assert len(names) == len(set(names)) > 400
    for name in (names[1], names[-1]):
        services.open_store(account=account, name="A", timezone_name=name, by_operator=True)


def test_settings_change_by_those_who_may_and_are_audited(account):
    store = make_store(account=account)
    editor, seller = make_member(store, EDIT), make_member(store, ORDERS)
    services.update_store(store=store, actor=editor, name="New", timezone="Asia/Kathmandu")
    store.refresh_from_db()
    assert (store.name, store.timezone, store.bans_on_chargeback) == ("New", "Asia/Kathmandu", False)
    event = AuditEvent.objects.get(action="store.updated")
    assert (event.actor, event.data) == (f"user:{editor.pk}", {"fields": ["name", "timezone"]})

    services.update_store(store=store, actor=editor, name="New")
    services.update_store(store=store, actor=make_user(is_staff=True), bans_on_chargeback=True, by_operator=True)
    with pytest.raises(PermissionLacking):
        services.update_store(store=store, actor=seller, name="Mine")
    with pytest.raises(InvalidFields):
        services.update_store(store=store, actor=editor, timezone="Mars/Olympus")
    assert AuditEvent.objects.filter(action="store.updated").count() == 2
    store.refresh_from_db()
    assert (store.name, store.bans_on_chargeback) == ("New", True)
    gone = Store(pk=store.pk + 1, account=account)
    with pytest.raises(NotFound):
        services.update_store(store=gone, actor=editor, name="New")


def test_a_closed_account_opens_nothing(account):
    Account.objects.filter(pk=account.pk).update(closed_at=account.created_at)
    with pytest.raises(Exception, match="This account is closed"):
        services.open_store(account=account, name="A")
    assert not teams.stores_of(owner_of(account)).exists()


def test_stores_that_are_older_than_the_limit_are_counted(account):
    for _ in range(2):
        make_store(account=account)
    UsageCounter.objects.all().delete()
    migration = import_module("store.migrations.0008_count_stores")
    migration.count(apps, SimpleNamespace(connection=connection))
    assert UsageCounter.objects.get(account=account, counter="stores").used == 2
    with pytest.raises(QuotaExhausted):
        services.open_store(account=account, name="A")
