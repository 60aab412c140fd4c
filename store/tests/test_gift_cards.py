"""Gift cards over HTTP: issue, read, change, adjust, void, delete, list."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEvent
from store import gift_codes
from store.models import CardStatus, GiftCard, GiftCardEntry
from store.pricing import Scope
from store.services.cards import find_card, redeem
from store.tests.factories import make_bare_order, make_card, make_category, make_package, make_store, store_client

pytestmark = pytest.mark.django_db
CARDS = "/api/v1/gift-cards"
FIELDS = [
    "id", "amount", "balance", "applicationScope", "categoryIds", "packageIds", "recipientName", "recipientEmail",
    "message", "expiresAt", "status", "createdAt", "updatedAt",
]  # fmt: skip


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def create(client, **body):
    return client.post(CARDS, {"amount": 20, "applicationScope": "store"} | body, format="json")


def change(client, card, **body):
    return client.patch(f"{CARDS}/{card.pk}", body, format="json")


def act(client, card, action, **body):
    return client.post(f"{CARDS}/{card.pk}/{action}", body, format="json")


def read(client, card):
    return client.get(f"{CARDS}/{card.pk}").json()["data"]


def ledger(client, card, **query):
    return client.get(f"{CARDS}/{card.pk}/transactions", query).json()["data"]["items"]


def refused(response, *errors):
    assert response.status_code == 400
    assert response.json()["errors"] == list(errors)
    return True


def test_a_new_card_has_every_field_and_its_code_this_once(client, store):
    response = create(client)
    data = response.json()["data"]
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert b'"amount":20.00,"balance":20.00,' in response.content
    assert list(data) == [*FIELDS, "code"]
    assert gift_codes.written(gift_codes.meant(data["code"]) or "") == data["code"]
    assert data | {"id": 0, "code": 0, "createdAt": 0, "updatedAt": 0} == {
        "id": 0, "amount": 20, "balance": 20, "applicationScope": "store", "categoryIds": [], "packageIds": [],
        "recipientName": None, "recipientEmail": None, "message": None, "expiresAt": None, "status": "active",
        "createdAt": 0, "updatedAt": 0, "code": 0,
    }  # fmt: skip
    card = GiftCard.objects.get()
    assert list(read(client, card)) == FIELDS
    assert find_card(store, data["code"].lower().replace("-", " ")) == card


def test_everything_that_was_written_is_read_again_with_the_address_masked(client, store):
    package = str(make_package(store).pk)
    wanted = {
        "applicationScope": "package", "packageIds": [package], "recipientName": "Jane", "message": "Hi\nthere",
        "recipientEmail": "jane.doe@example.com", "expiresAt": "2099-01-01T00:00:00Z",
    }  # fmt: skip
    data = create(client, **wanted).json()["data"]
    assert {name: data[name] for name in wanted} == wanted | {"recipientEmail": "j***@example.com"}
    assert GiftCard.objects.get().recipient_email == "jane.doe@example.com"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"amount": 0}, "amount: must be greater than 0"),
        ({"amount": -5}, "amount: must be greater than 0"),
        ({"amount": 10.001}, "amount: must have at most 2 decimals in EUR"),
        ({"amount": "20"}, "amount: must be a number"),
        ({"amount": 1_000_000_000}, "amount: "),
        ({"applicationScope": "packages"}, "applicationScope: "),
        ({"recipientEmail": "jane"}, "recipientEmail: must be an e-mail address"),
        ({"recipientEmail": "j***@example.com"}, "recipientEmail: is masked; leave the field out"),
        ({"recipientEmail": "a@b.example\nBcc: c@d.example"}, "recipientEmail: "),
        ({"message": "x" * 1001}, "message: "),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt: must be in the future"),
        ({"code": "MINE"}, "code: unknown field"),
        ({"balance": 5}, "balance: unknown field"),
    ],
)
def test_a_field_that_is_wrong_is_refused(client, body, error):
    response = create(client, **body)
    assert response.status_code == 400
    assert response.json()["errors"][0].startswith(error)
    assert not GiftCard.objects.exists()


def test_a_repeated_post_issues_one_card_and_does_not_tell_its_code_again(client):
    body = {"amount": 20, "applicationScope": "store"}
    first, second = [client.post(CARDS, body, format="json", headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert GiftCard.objects.count() == 1
    assert first.json()["data"]["code"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.json()["data"] == first.json()["data"] | {"code": None}


def test_a_patch_takes_what_it_names_and_refuses_the_rest_in_words(client, store):
    card = make_card(store, message="old")
    before = read(client, card)
    wanted = {"recipientName": "Jane", "recipientEmail": "jane@example.com", "expiresAt": "2099-01-01T00:00:00Z"}
    after = change(client, card, **wanted, message=None).json()["data"]
    assert after["updatedAt"] > before["updatedAt"]
    assert after == before | wanted | {
        "message": None, "recipientEmail": "j***@example.com", "updatedAt": after["updatedAt"],
    }  # fmt: skip
    assert change(client, card).json()["data"] == after
    assert refused(change(client, card, amount=5), "amount: cannot be changed after creation")
    assert refused(change(client, card, expiresAt="2020-01-01T00:00:00Z"), "expiresAt: must be in the future")
    assert refused(
        change(client, card, recipientEmail=after["recipientEmail"]),
        "recipientEmail: is masked; leave the field out to keep the address",
    )
    assert change(client, card, recipientEmail=None, expiresAt=None).json()["data"]["recipientEmail"] is None


def test_an_adjustment_moves_the_balance_and_stands_in_the_ledger(client, store):
    card = make_card(store)
    response = act(client, card, "adjust", amount=5.5, note="Goodwill")
    assert response.status_code == 200
    assert (response.json()["data"]["balance"], response.json()["data"]["amount"]) == (25.5, 20)
    assert act(client, card, "adjust", amount=-25.5, note="Slip of the pen").json()["data"]["status"] == "redeemed"
    lines = ledger(client, card)
    assert [(line["type"], line["amount"], line["balanceAfter"], line["note"]) for line in lines] == [
        ("adjust", -25.5, 0, "Slip of the pen"), ("adjust", 5.5, 25.5, "Goodwill"), ("issue", 20, 20, None),
    ]  # fmt: skip
    assert list(lines[0]) == ["id", "type", "amount", "balanceAfter", "orderId", "note", "createdAt"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"amount": 0}, "amount: must not be 0"),
        ({"amount": -20.01}, "amount: takes more than the balance of 20.00"),
        ({"amount": 999_999_980}, "amount: makes the balance more than 999999999"),
        ({"amount": 0.001}, "amount: must have at most 2 decimals in EUR"),
        ({"amount": None}, "amount: This field may not be null."),
        ({"note": " "}, "note: This field may not be blank."),
        ({"reason": "x"}, "reason: unknown field"),
    ],
)
def test_an_adjustment_that_is_wrong_is_refused(client, store, body, error):
    card = make_card(store)
    assert refused(act(client, card, "adjust", **({"amount": 1, "note": "Why"} | body)), error)
    assert read(client, card)["balance"] == 20
    assert len(ledger(client, card)) == 1


def test_a_voided_card_is_worth_nothing_for_good(client, store):
    card = make_card(store)
    data = act(client, card, "void", note="Lost").json()["data"]
    assert (data["status"], data["balance"]) == ("voided", 0)
    assert [(line["type"], line["amount"], line["note"]) for line in ledger(client, card, type="void")] == [
        ("void", -20, "Lost")
    ]
    for answer in (act(client, card, "void", note="Again"), act(client, card, "adjust", amount=1, note="No")):
        assert answer.status_code == 400
        assert answer.json()["message"] == "This gift card is voided."
    assert act(client, card, "void").status_code == 400


def test_a_card_that_paid_for_nothing_is_deleted_with_its_ledger(client, store):
    card = make_card(store)
    assert act(client, card, "adjust", amount=-1, note="Fee").status_code == 200
    assert client.delete(f"{CARDS}/{card.pk}").json()["data"] is None
    assert client.delete(f"{CARDS}/{card.pk}").status_code == 404
    assert not GiftCardEntry.objects.exists()


def test_a_card_that_paid_for_something_is_kept(client, store):
    card = make_card(store)
    redeem(card, Decimal(5), make_bare_order(store))
    response = client.delete(f"{CARDS}/{card.pk}")
    assert response.status_code == 400
    assert response.json()["message"] == (
        "This gift card has been redeemed, so it cannot be deleted. Void it instead."
    )
    assert read(client, card)["balance"] == 15


@pytest.mark.parametrize("action", ["", "/transactions", "/adjust", "/void"])
def test_another_stores_card_is_answered_like_a_missing_one(client, action):
    foreign = make_card(make_store())
    body = {"note": "x"} | ({"amount": 1} if action == "/adjust" else {})
    answers = [
        client.post(f"{CARDS}/{pk}{action}", body, format="json")
        if action in {"/adjust", "/void"}
        else client.get(f"{CARDS}/{pk}{action}")
        for pk in (foreign.pk, uuid.uuid4())
    ]
    assert answers[0].status_code == 404
    assert answers[0].content == answers[1].content
    foreign.refresh_from_db()
    assert foreign.status == CardStatus.ACTIVE
    assert foreign.balance == Decimal(20)


def test_the_rule_for_the_status_is_the_same_for_a_row_and_for_a_query(client, store):
    now = timezone.now()
    past = now - timedelta(days=1)
    cases: dict[str, dict] = {
        "active": {"expires_at": now + timedelta(days=1)},
        "redeemed": {"balance": 0},
        "expired": {"balance": 0, "expires_at": past},
        "frozen": {"frozen_at": past, "balance": 0, "expires_at": past},
        "voided": {"voided_at": past, "frozen_at": past, "balance": 0, "expires_at": past},
    }
    assert set(cases) == set(CardStatus.values)
    for status, columns in cases.items():
        card = make_card(store)
        GiftCard.objects.filter(pk=card.pk).update(**columns)
        card.refresh_from_db()
        assert card.status_at(now) == status
        assert list(GiftCard.objects.of_store(store).in_status(status, now)) == [card]
        found = client.get(CARDS, {"status": status}).json()["data"]["items"]
        assert [(item["id"], item["status"]) for item in found] == [(str(card.pk), status)]
    assert client.get(CARDS, {"status": "lost"}).status_code == 400


def test_lists_search_names_and_never_addresses(client, store):
    make_card(store, recipient_name="Jane", recipient_email="hidden@example.com", amount=Decimal(5))
    make_card(store, message="For Jane's birthday", amount=Decimal(50))
    make_card(make_store(), recipient_name="Jane")

    def amounts(**query):
        return [item["amount"] for item in client.get(CARDS, query).json()["data"]["items"]]

    assert amounts() == [50, 5]
    assert amounts(search="jane") == [50, 5]
    assert amounts(search="hidden") == []
    assert amounts(sortBy="balance", sortDesc="false") == [5, 50]


def test_a_page_of_20_takes_as_many_queries_as_a_page_of_2(client, store):
    category = make_category(store)
    order = make_bare_order(store)

    def queries(rows):
        for _ in range(rows - GiftCard.objects.count()):
            make_card(store, reach_scope=Scope.CATEGORIES, categories=[category])
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get(CARDS).json()["data"]["items"]) == rows
        return len(captured)

    def queries_of_ledger(card, rows):
        for _ in range(rows - card.entries.count()):
            redeem(card, Decimal("0.01"), order)
        with CaptureQueriesContext(connection) as captured:
            assert len(ledger(client, card)) == rows
        return len(captured)

    client.get(CARDS)
    assert [queries(2), queries(20)] == [6, 6]
    card = make_card(store)
    # The key with its plan, the store, the card, the lines, their number.
    assert [queries_of_ledger(card, 2), queries_of_ledger(card, 20)] == [5, 5]


def test_every_write_leaves_an_audit_row_with_the_key_and_without_the_person(client, store):
    pk = create(client, recipientEmail="jane@example.com", recipientName="Jane").json()["data"]["id"]
    card = GiftCard.objects.get(pk=pk)
    change(client, card, recipientEmail="joan@example.com")
    act(client, card, "adjust", amount=1, note="Goodwill")
    act(client, card, "void", note="Lost")
    client.delete(f"{CARDS}/{pk}")
    rows = AuditEvent.objects.filter(target=f"store.giftcard:{pk}").order_by("pk")
    assert [row.action.removeprefix("gift_card.") for row in rows] == [
        "issued", "updated", "adjusted", "voided", "deleted",
    ]  # fmt: skip
    assert all(row.actor.startswith("key:") and row.account_id == store.account_id for row in rows)
    assert "example.com" not in str([row.data for row in rows])
