"""Orders in the store owners' admin: made, refunded, cancelled and charged back through the services."""

import re
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from accounts.tests.factories import make_user
from audit.models import AuditEvent
from store.models import Order, Refund, StoreMember
from store.services import orders
from store.services.carts import Wish
from store.store_admin import package_choices
from store.tests.factories import make_bare_order, make_card, make_package, make_server, make_store

pytestmark = pytest.mark.django_db

ROOT = "/store-admin/store/order/"
EMAIL = "jane.doe@example.com"


@pytest.fixture
def store():
    return make_store(name="Alpha")


@pytest.fixture
def owner(store, client):
    person = make_user()
    store.account.memberships.create(user=person, role=Role.OWNER)
    client.force_login(person)
    return person


@pytest.fixture
def member(store, client):
    """Return a person of the team who only looks."""
    person = make_user()
    StoreMember.objects.create(store=store, user=person, permissions=[])
    client.force_login(person)
    return person


def make_order(store, **fields):
    wishes = [Wish(make_package(store).pk, 2)]
    return orders.create_order(store=store, player_username="Steve", items=wishes, **fields)


def give(member, *permissions):
    StoreMember.objects.filter(user=member).update(permissions=list(permissions))


def new_order(*lines, **fields):
    """Return what the form of a new order posts."""
    body = {"player_username": "Steve", "items-TOTAL_FORMS": len(lines), "items-INITIAL_FORMS": 0}
    for index, line in enumerate(lines):
        body |= {f"items-{index}-{name}": value for name, value in line.items()}
    return body | fields


def page_of(client, order, action="change"):
    return client.get(f"{ROOT}{order.pk}/{action}/")


def test_a_manual_order_is_priced_taken_and_audited_like_any_other(client, owner, store):
    server = make_server(store)
    package = make_package(store, servers=[server], global_limit=5)
    card = make_card(store, amount=Decimal(5))
    line = {"package": package.pk, "quantity": 2, "server": server.pk}
    answer = client.post(f"{ROOT}add/", new_order(line, gift_card_code=card.code, email=EMAIL))
    order = Order.objects.get()
    assert answer["Location"] == ROOT
    assert (order.total_amount, order.gift_card_amount, order.email) == (Decimal("19.98"), Decimal(5), EMAIL)
    package.refresh_from_db()
    assert package.sold == 2
    assert AuditEvent.objects.get(action="order.created").actor == f"user:{owner.pk}"


@pytest.mark.parametrize(
    ("line", "fields", "sentence"),
    [
        ({"quantity": 101}, {}, "Line 1, quantity: "),
        ({"quantity": 1, "custom_price": "10.001"}, {}, "must have at most 2 decimals in EUR"),
        ({"quantity": 1, "custom_price": "99"}, {}, "Line 1, custom price: is not allowed for this package"),
        ({"quantity": 6}, {}, "Line 1"),
        ({"quantity": 1}, {"player_username": "ab"}, "at least 3 characters"),
        ({"quantity": 1}, {"player_uuid": "x"}, "UUID"),
        ({"quantity": 1}, {"coupon_code": "NONE"}, "Does not exist"),
    ],
)
def test_what_the_services_refuse_is_said_in_the_form(client, owner, store, line, fields, sentence):
    package = make_package(store, global_limit=5)
    answer = client.post(f"{ROOT}add/", new_order({"package": package.pk} | line, **fields))
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Order.objects.exists()


def test_the_cells_of_lines_have_names_for_screen_readers(client, owner, store):
    page = client.get(f"{ROOT}add/").content.decode()
    for name in ("package", "quantity", "custom_price"):
        cell = re.search(rf"<[a-z]+ [^>]*name=\"items-1-{name}\"[^>]*>", page)
        assert cell is not None
        assert re.search(r'aria-label="[A-Z][a-z ]+, line 2"', cell[0]), cell[0]


def test_an_order_without_lines_is_refused(client, owner, store):
    answer = client.post(f"{ROOT}add/", new_order())
    assert answer.status_code == 200
    assert not Order.objects.exists()


def test_the_code_of_a_card_is_not_shown_again_after_an_error(client, owner, store):
    card = make_card(store)
    line = {"package": make_package(store).pk, "quantity": 1}
    answer = client.post(f"{ROOT}add/", new_order(line, gift_card_code=card.code, player_username="ab"))
    assert card.code not in answer.content.decode()


def test_a_form_that_is_sent_twice_makes_one_order(client, owner, store):
    shown = client.get(f"{ROOT}add/").content.decode()
    once = shown.split('name="_once" value="')[1].split('"')[0]
    line = {"package": make_package(store).pk, "quantity": 1}
    # A refused form may be sent again.
    assert client.post(f"{ROOT}add/", new_order(line, _once=once, player_username="ab")).status_code == 200
    for _ in range(2):
        assert client.post(f"{ROOT}add/", new_order(line, _once=once)).status_code == 302
    assert Order.objects.count() == 1


def test_a_form_of_another_store_makes_nothing_here(client, owner, store):
    line = {"package": make_package(store).pk, "quantity": 1}
    assert client.post(f"{ROOT}add/", new_order(line, _store="zzzzzzzz")).status_code == 302
    assert not Order.objects.exists()


def test_money_goes_back_in_parts_and_then_all_that_is_left(client, owner, store):
    order = make_order(store)
    client.post(f"{ROOT}{order.pk}/refund/", {"amount": "5", "reason": "late", "so_far": "0"})
    order.refresh_from_db()
    assert (order.status, order.refunded_amount) == ("Paid", Decimal(5))
    # Sent again, or by somebody who has not seen the first.
    again = client.post(f"{ROOT}{order.pk}/refund/", {"amount": "5", "reason": "late", "so_far": "0"})
    assert again.status_code == 400
    assert "went back in the meantime" in again.content.decode()
    client.post(f"{ROOT}{order.pk}/refund/", {"reason": "late", "so_far": "5"})
    order.refresh_from_db()
    assert (order.status, order.refunded_amount) == ("Refunded", Decimal("19.98"))
    assert Refund.objects.filter(order=order).count() == 2


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"amount": "20", "reason": "x"}, "Is more than the 19.98 that are left"),
        ({"amount": "1.001", "reason": "x"}, "at most 2 decimals"),
        ({"amount": "0", "reason": "x"}, "0.001"),
        ({"amount": "1"}, "required"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_beside_its_field(client, owner, store, body, sentence):
    order = make_order(store)
    answer = client.post(f"{ROOT}{order.pk}/refund/", body | {"so_far": "0"})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Refund.objects.exists()


def test_a_pending_order_is_cancelled_and_a_paid_one_charged_back(client, owner, store):
    pending, paid = make_bare_order(store), make_order(store)
    Order.objects.filter(pk=pending.pk).update(status="Pending")
    assert "Cancel" in page_of(client, pending).content.decode()
    client.post(f"{ROOT}{pending.pk}/cancel/")
    client.post(f"{ROOT}{paid.pk}/chargeback/")
    pending.refresh_from_db()
    paid.refresh_from_db()
    assert (pending.status, paid.status) == ("Cancelled", "Chargeback")
    for action in ("refund", "cancel", "chargeback"):
        assert client.post(f"{ROOT}{paid.pk}/{action}/").status_code == 403, action


@pytest.mark.parametrize(
    ("permission", "allowed"), [(None, set()), ("IssueRefunds", {"refund", "chargeback"}), ("Orders", {"add"})]
)
def test_each_permission_opens_its_own_doors(client, member, store, permission, allowed):
    give(member, *([permission] if permission else []))
    order = make_order(store)
    shown = page_of(client, order).content.decode()
    assert order.player_username in shown
    opened = {name for name in ("refund", "chargeback") if page_of(client, order, name).status_code == 200}
    opened |= {"add"} if client.get(f"{ROOT}add/").status_code == 200 else set()
    assert opened == allowed
    assert (f"/{order.pk}/refund/" in shown) is ("refund" in allowed)


def test_addresses_are_whole_only_for_who_may_see_them(client, member, store):
    order = make_order(store, email=EMAIL)
    export = {"action": "export_csv", "_selected_action": [str(order.pk)]}
    for permissions, is_whole in (([], False), (["Show Customer PII"], True)):
        give(member, *permissions)
        pages = page_of(client, order).content.decode() + client.get(ROOT).content.decode()
        pages += b"".join(client.post(ROOT, export).streaming_content).decode()
        assert (EMAIL in pages) is is_whole
        assert ("j***@example.com" in pages) is not is_whole


@pytest.mark.parametrize("term", ["steve", "STEV", "id", "uuid", "hex", "ch_1"])
def test_an_order_is_found_by_player_id_and_payment(client, owner, store, term):
    player = uuid.uuid4()
    order, other = make_order(store, player_uuid=str(player)), make_bare_order(store)
    Order.objects.filter(pk=order.pk).update(transaction_id="ch_1")
    term = {"id": str(order.pk), "uuid": str(player), "hex": player.hex}.get(term, term)
    listed = client.get(ROOT, {"q": term}).content.decode()
    assert str(order.pk) in listed
    assert str(other.pk) not in listed


@pytest.mark.parametrize(
    ("query", "is_listed"),
    [
        ({"status__exact": "Paid"}, True),
        ({"status__exact": "Refunded"}, False),
        ({"period": "today"}, True),
        ({"created_at_from": "2000-01-01", "created_at_to": "2000-01-02"}, False),
        ({"created_at_from": "2000-01-01"}, True),
        ({"created_at_from": "nonsense"}, True),
        ({"payment_provider__exact": "Stripe"}, False),
    ],
)
def test_filters_narrow_the_list(client, owner, store, query, is_listed):
    order = make_order(store)
    answer = client.get(ROOT, query)
    assert answer.status_code == 200
    assert (str(order.pk) in answer.content.decode()) is is_listed


def test_the_page_of_an_order_shows_what_it_did(client, owner, store):
    package = make_package(store, commands=[{"type": "initial", "command": "give {player} diamond"}])
    order = orders.create_order(store=store, player_username="Steve", items=[Wish(package.pk, 1)])
    shown = page_of(client, order).content.decode()
    for text in ("9.99 EUR", "give Steve diamond", package.name):
        assert text in shown
    assert "Order created" in page_of(client, order, "history").content.decode()


def test_packages_are_completed_where_a_list_of_all_would_be_long(client, owner, store, monkeypatch):
    make_package(store, name="Dragon")
    assert ">Dragon</option>" in client.get(f"{ROOT}add/").content.decode()
    monkeypatch.setattr(package_choices, "MOST", 0)
    shown = client.get(f"{ROOT}add/").content.decode()
    assert ">Dragon</option>" not in shown
    assert "/store-admin/autocomplete/" in shown
    asked = {"app_label": "store", "model_name": "orderitem", "field_name": "package", "term": "drag"}
    assert "Dragon" in client.get("/store-admin/autocomplete/", asked).content.decode()


def test_a_list_costs_the_same_number_of_queries_however_long(client, owner, store):
    counts: list[int] = []
    # The first request of a session also writes where it came from.
    client.get(ROOT)
    for rows in (2, 18):
        for _ in range(rows):
            make_bare_order(store)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(ROOT).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 18
