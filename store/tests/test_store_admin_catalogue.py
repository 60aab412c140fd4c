"""Packages, categories and servers in the store owners' admin, by the rules and the words of the API."""

import html
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.pages import owner_of, signed_in
from audit.models import AuditEvent
from store.models import Category, Package, Server
from store.tests.factories import (
    make_category,
    make_package,
    make_sale,
    make_server,
    make_store,
    store_client,
)
from store.tests.orders import bought, line
from store.tests.team import make_member

pytestmark = pytest.mark.django_db
ROOT = "/store-admin/store"
NO_COMMANDS = {"commands-TOTAL_FORMS": 0, "commands-INITIAL_FORMS": 0}


@pytest.fixture
def store():
    return make_store(name="Alpha")


@pytest.fixture
def browser(store):
    return signed_in(owner_of(store.account))


def package_form(**fields):
    """Return what the form of a package posts."""
    body = {"name": "VIP", "price": "9.99", "is_active": "on", "sort_order": 0, "type": "one_time"}
    return body | NO_COMMANDS | fields


def add(browser, noun, **body):
    return browser.post(f"{ROOT}/{noun}/add/", body)


def change(browser, row, **body):
    return browser.post(f"{ROOT}/{row._meta.model_name}/{row.pk}/change/", body)


def errors_of(response):
    """Return what the page says is wrong."""
    assert response.status_code == 200
    found = " ".join(str(error) for errors in response.context["errors"] for error in errors)
    text = html.unescape(response.content.decode())
    assert found
    assert all(error in text for errors in response.context["errors"] for error in errors)
    return found


def the_only(model) -> Any:
    return model.objects.get()


def events(action):
    return [event.actor for event in AuditEvent.objects.filter(action=action)]


def test_a_package_is_made_with_its_commands_by_the_service(browser, store):
    server, shelf, needed = make_server(store), make_category(store), make_package(store)
    commands = {
        "commands-TOTAL_FORMS": 2, "commands-INITIAL_FORMS": 0,
        "commands-0-type": "initial", "commands-0-command": "give {player} vip", "commands-0-server": server.pk,
        "commands-1-type": "expiry", "commands-1-command": "take {player} vip", "commands-1-require_online": "on",
    }  # fmt: skip
    body = package_form(
        description="<p>Hi<script>x()</script></p>", category=shelf.pk, servers=[server.pk],
        required_packages=[needed.pk], global_limit=5, available_until_0="2099-01-01", available_until_1="12:00",
    )  # fmt: skip
    assert add(browser, "package", **(body | commands)).status_code == 302
    package: Any = Package.objects.get(name="VIP")
    assert (package.store, package.price, package.description) == (store, Decimal("9.99"), "<p>Hi</p>")
    assert (package.category, package.global_limit, package.available_until.year) == (shelf, 5, 2099)
    assert list(package.servers.all()) == [server]
    assert list(package.required_packages.all()) == [needed]
    found = [(row.type, row.command, row.server, row.require_online) for row in package.commands.all()]
    assert found == [("initial", "give {player} vip", server, False), ("expiry", "take {player} vip", None, True)]
    assert f"user:{owner_of(store.account).pk}" in events("package.created")


def test_a_line_for_commands_that_was_left_empty_is_no_command(browser):
    # A browser posts the first choice of a list without a blank one.
    untouched = {"commands-TOTAL_FORMS": 1, "commands-0-type": "initial", "commands-0-command": ""}
    assert add(browser, "package", **package_form(**untouched)).status_code == 302
    assert not the_only(Package).commands.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"price": "1.001"}, "Must have at most 2 decimals in EUR"),
        ({"price": "-1"}, "greater than or equal to 0"),
        ({"image_url": "ftp://a.example/x.png"}, "Must be an address that starts with https:// or http://"),
        ({"type": "timed"}, "A timed package needs “Duration days” or “Duration hours”"),
        ({"per_user_limit": 0}, "greater than or equal to 1"),
        (
            {"available_from_0": "2030-01-02", "available_from_1": "00:00", "available_until_0": "2030-01-01",
             "available_until_1": "00:00"},
            "Must be after “On sale from”",
        ),
        (
            {"commands-TOTAL_FORMS": 1, "commands-0-type": "initial", "commands-0-command": "a\x0bb"},
            "Line 1, command: must not have control characters",
        ),
    ],
)  # fmt: skip
def test_what_the_api_refuses_is_refused_in_the_form(browser, store, fields, sentence):
    assert sentence in errors_of(add(browser, "package", **package_form(**fields)))
    assert not Package.objects.exists()


def test_rows_of_another_store_cannot_be_chosen(browser):
    other = make_store()
    makers = {"category": make_category, "servers": make_server, "required_packages": make_package}
    for field, make in makers.items():
        row = make(other)
        assert "Select a valid choice" in errors_of(add(browser, "package", **package_form(**{field: row.pk})))
    assert Package.objects.filter(name="VIP").count() == 0


def test_a_change_writes_what_changed_and_nothing_else(browser, store):
    package = make_package(store, name="VIP", description="Old", commands=[{"type": "initial", "command": "give"}])
    command = package.commands.get()
    body = package_form(
        price="12.5", description="Old",
        **{"commands-TOTAL_FORMS": 1, "commands-INITIAL_FORMS": 1, "commands-0-id": command.pk,
           "commands-0-type": "initial", "commands-0-command": "give"},
    )  # fmt: skip
    assert change(browser, package, **body).status_code == 302
    event: Any = AuditEvent.objects.get(action="package.updated")
    assert event.data == {"fields": ["price"]}
    assert (the_only(Package).price, package.commands.get()) == (Decimal("12.5"), command)
    body |= {"commands-0-DELETE": "on"}
    assert change(browser, package, **body).status_code == 302
    assert not package.commands.exists()


def test_what_was_sold_keeps_how_it_is_paid_for(browser, store):
    package = make_package(store, name="VIP", global_limit=3)
    bought(store_client(store), line(package, quantity=2))
    page = browser.get(f"{ROOT}/package/{package.pk}/change/").content.decode()
    assert 'name="type"' not in page
    assert 'name="allow_custom_price"' not in page
    assert "Make another package to sell it in another way" in page
    answer = change(browser, package, **package_form(price="5", global_limit=1, type="timed", duration_days=1))
    assert "Must be at least 2, as many were sold" in errors_of(answer)
    assert change(browser, package, **package_form(price="5", type="timed", duration_days=1)).status_code == 302
    assert (the_only(Package).type, the_only(Package).price) == ("one_time", 5)


def test_a_deleted_package_is_hidden_and_no_longer_there(browser, store):
    package = make_package(store, name="Gone")
    bought(store_client(store), line(package))
    assert browser.post(f"{ROOT}/package/{package.pk}/delete/", {"post": "yes"}).status_code == 302
    assert the_only(Package).hidden_at is not None
    assert browser.get(f"{ROOT}/package/{package.pk}/change/").status_code == 302
    assert "Gone" not in browser.get(f"{ROOT}/package/").content.decode().split("deleted successfully")[-1]


def test_the_list_says_what_a_sale_makes_of_prices_in_the_same_number_of_queries(browser, store):
    make_sale(store)
    make_package(store, price=Decimal(20))
    assert "15.00 EUR" in browser.get(f"{ROOT}/package/").content.decode()

    def queries():
        with CaptureQueriesContext(connection) as captured:
            browser.get(f"{ROOT}/package/")
        return len(captured)

    few = queries()
    for _ in range(5):
        make_package(store, category=make_category(store))
    assert queries() == few


def test_categories_stand_in_the_order_of_their_tree(browser, store):
    ranks = make_category(store, name="Ranks", sort_order=2)
    kits = make_category(store, name="Kits", sort_order=1)
    vip = make_category(store, name="VIP", parent=ranks, sort_order=5)
    make_category(store, name="Gold", parent=vip)
    make_category(store, name="Basic", parent=ranks, sort_order=1)
    make_category(store, name="Armour", parent=kits)
    page = browser.get(f"{ROOT}/category/").content.decode()
    names = ["Kits", "— Armour", "Ranks", "— Basic", "— VIP", "— — Gold"]
    places = [page.index(f">{name}<") for name in names]
    assert places == sorted(places)
    form = browser.get(f"{ROOT}/package/add/").content.decode()
    ways = ["Kits", "Kits › Armour", "Ranks", "Ranks › Basic", "Ranks › VIP", "Ranks › VIP › Gold"]
    places = [form.index(f">{way}<") for way in ways]
    assert places == sorted(places)


def test_a_category_is_made_moved_and_deleted_by_the_service(browser, store):
    assert add(browser, "category", name="Ranks", sort_order=0, is_active="on").status_code == 302
    top = the_only(Category)
    assert (top.slug, top.is_active) == ("ranks", True)
    below = make_category(store, name="VIP", parent=top)
    answer = change(browser, top, name="Ranks", slug="ranks", sort_order=0, is_active="on", parent=below.pk)
    assert "Must not be the category itself or one below it" in errors_of(answer)
    third = make_category(store, name="Gold", parent=below)
    answer = add(browser, "category", name="Deep", sort_order=0, parent=third.pk)
    assert "Categories are at most 3 levels deep" in errors_of(answer)
    answer = add(browser, "category", name="Other", slug="Not a slug", sort_order=0)
    assert "Must have only small letters, digits, hyphens and underscores" in errors_of(answer)
    assert "Is used by another category" in errors_of(
        add(browser, "category", name="X", slug="ranks", sort_order=0)
    )
    package = make_package(store, category=top)
    assert browser.post(f"{ROOT}/category/{top.pk}/delete/", {"post": "yes"}).status_code == 302
    below.refresh_from_db()
    package.refresh_from_db()
    assert (below.parent, package.category) == (None, None)
    assert events("store_category.removed") == [f"user:{owner_of(store.account).pk}"]


def test_servers_are_made_renamed_and_removed(browser, store):
    assert add(browser, "server", name="Survival").status_code == 302
    server = the_only(Server)
    assert change(browser, server, name="Skyblock").status_code == 302
    assert "Must be a single line" in errors_of(change(browser, server, name="a\tb"))
    assert the_only(Server).name == "Skyblock"
    assert browser.post(f"{ROOT}/server/{server.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Server.objects.exists()
    assert len(events("store_server.renamed")) == 1


@pytest.mark.parametrize("noun", ["package", "category", "server"])
def test_who_only_looks_writes_nothing_and_exports(store, noun):
    row = {"package": make_package, "category": make_category, "server": make_server}[noun](store, name="Seen")
    browser = signed_in(make_member(store))
    assert "Seen" in browser.get(f"{ROOT}/{noun}/{row.pk}/change/").content.decode()
    assert add(browser, noun, **package_form()).status_code == 403
    assert change(browser, row, **package_form()).status_code == 403
    assert browser.post(f"{ROOT}/{noun}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    wanted = {"action": "export_csv", "_selected_action": [str(row.pk)]}
    response: Any = browser.post(f"{ROOT}/{noun}/", wanted)
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert "Seen" in lines[1]
