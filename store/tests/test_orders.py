"""Orders over HTTP: what they cost, what they take, what they refuse."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from store.models import Coupon, Customer, GiftCard, Order, OrderItem, Package, PackageUse
from store.pricing import Scope
from store.tests.factories import (
    make_ban,
    make_card,
    make_category,
    make_coupon,
    make_package,
    make_sale,
    make_server,
    make_store,
    store_client,
)
from store.tests.orders import ORDERS, line, place

pytestmark = pytest.mark.django_db
FIELDS = [
    "id", "playerUsername", "playerUuid", "email", "status", "subtotalAmount", "totalAmount", "paymentProvider",
    "paymentCurrency", "transactionId", "couponId", "couponDiscountAmount", "giftCardId", "giftCardAmount",
    "refundedAmount", "items", "createdAt", "updatedAt",
]  # fmt: skip


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def refusal(response):
    body = response.json()
    assert (response.status_code, body["success"], body["data"]) == (400, False, None)
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    return body["errors"] or [body["message"]]


def test_a_manual_order_is_paid_at_once_with_every_field(client, store):
    package = make_package(store, name="VIP", price=Decimal("9.99"))
    answer = place(
        client, line(package, quantity=2), playerUuid="069A79F444E94726A5BEFCA90E38AAF5", email="ann@example.com"
    )
    body = answer.json()["data"]
    assert list(body) == FIELDS
    assert body | {"id": 0, "items": 0, "createdAt": 0, "updatedAt": 0} == {
        "id": 0, "playerUsername": "Steve", "playerUuid": "069a79f4-44e9-4726-a5be-fca90e38aaf5",
        "email": "a***@example.com", "status": "Paid", "subtotalAmount": 19.98, "totalAmount": 19.98,
        "paymentProvider": "Manual", "paymentCurrency": "EUR", "transactionId": None, "couponId": None,
        "couponDiscountAmount": 0.0, "giftCardId": None, "giftCardAmount": 0.0, "refundedAmount": 0.0,
        "items": 0, "createdAt": 0, "updatedAt": 0,
    }  # fmt: skip
    assert b'"totalAmount":19.98,' in answer.content
    assert body["items"] == [
        {
            "id": body["items"][0]["id"], "packageId": str(package.pk), "packageName": "VIP", "quantity": 2,
            "priceAtPurchase": 9.99, "discountAmount": 0.0, "totalAmount": 19.98, "serverId": None,
        }
    ]  # fmt: skip
    assert client.get(f"{ORDERS}/{body['id']}").json()["data"] == body
    package.refresh_from_db()
    assert package.sold == 2
    assert PackageUse.objects.get().quantity == 2
    customer = Customer.objects.get()
    assert (customer.total_spent, customer.orders_count) == (Decimal("19.98"), 1)


@pytest.mark.parametrize(("override", "total", "left"), [(True, "35.99", "15.99"), (False, "38.99", "18.99")])
def test_the_worked_example_of_the_contract(client, store, override, total, left):
    shelf = make_category(store)
    first = make_package(store, price=Decimal("9.99"))
    second = make_package(store, price=Decimal("20.00"), category=make_category(store, parent=shelf))
    make_sale(store, reach_scope=Scope.CATEGORIES, categories=[shelf])
    coupon = make_coupon(store, code="TEN", override_sales=override)
    card = make_card(store, amount=Decimal(20))
    body = place(client, line(first), line(second, quantity=2), couponCode="ten", giftCardCode=card.code).json()[
        "data"
    ]
    assert (body["subtotalAmount"], body["totalAmount"]) == (39.99, float(total))
    assert body["giftCardAmount"] == 20.0
    assert round(body["totalAmount"] - body["giftCardAmount"], 2) == float(left)
    assert [item["priceAtPurchase"] for item in body["items"]] == [9.99, 15.0]
    assert (body["couponId"], body["giftCardId"]) == (str(coupon.pk), str(card.pk))
    coupon.refresh_from_db()
    card.refresh_from_db()
    assert [coupon.uses, card.balance] == [1, Decimal(0)]


def test_a_simulation_prices_everything_and_writes_nothing(client, store):
    package = make_package(store, global_limit=5)
    coupon, card = make_coupon(store), make_card(store, amount=Decimal(3))
    rows = AuditEvent.objects.count()
    wanted = {"couponCode": coupon.code, "giftCardCode": card.code}
    shown = place(client, line(package, quantity=2), simulate=True, **wanted).json()["data"]
    assert list(shown) == FIELDS
    assert (shown["id"], shown["createdAt"], shown["items"][0]["id"]) == (None, None, None)
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    assert AuditEvent.objects.count() == rows
    made = place(client, line(package, quantity=2), **wanted).json()["data"]
    ids = {"id": None, "createdAt": None, "updatedAt": None}
    assert made | ids | {"items": [item | {"id": None} for item in made["items"]]} == shown


@pytest.mark.parametrize("simulate", [False, True])
@pytest.mark.parametrize(
    ("limits", "quantity", "sentence"),
    [
        ({"global_limit": 2}, 3, "items[0].packageId: is out of stock: 2 left"),
        ({"per_user_limit": 2}, 3, "items[0].quantity: is more than this player may buy: 2 in all"),
        ({"is_active": False}, 1, "items[0].packageId: is not on sale now"),
        ({"available_from": timezone.now() + timedelta(days=1)}, 1, "items[0].packageId: is not on sale now"),
        ({"available_until": timezone.now() - timedelta(days=1)}, 1, "items[0].packageId: is not on sale now"),
    ],
)
def test_what_is_not_to_be_had_is_refused_unless_limits_are_ignored(
    client, store, limits, quantity, sentence, simulate
):
    package = make_package(store, **limits)
    assert refusal(place(client, line(package, quantity=quantity), simulate=simulate)) == [sentence]
    answer = place(client, line(package, quantity=quantity), ignoreLimits=True, simulate=simulate)
    assert answer.status_code == 200
    package.refresh_from_db()
    assert (package.sold, PackageUse.objects.count()) == (0, 0)


@pytest.mark.parametrize("simulate", [False, True])
def test_an_order_costs_no_more_than_an_amount_can_be(client, store, simulate):
    package, penny = make_package(store, price=Decimal("9999999.99")), make_package(store, price=Decimal("0.01"))
    errors = refusal(place(client, line(package, quantity=100), line(penny), simulate=simulate))
    assert errors == ["An order cannot cost more than 999999999."]
    assert place(client, line(package, quantity=99), line(penny), simulate=simulate).status_code == 200


def test_lines_of_one_package_count_together(client, store):
    package = make_package(store, global_limit=2)
    errors = refusal(place(client, line(package, quantity=2), line(package)))
    assert errors == [f"items[{index}].packageId: is out of stock: 2 left" for index in (0, 1)]


def test_a_player_cannot_pass_a_limit_by_another_spelling(client, store):
    package = make_package(store, per_user_limit=1)
    assert place(client, line(package), playerUsername="Steve").status_code == 200
    assert place(client, line(package), playerUsername="sTEVE").status_code == 400
    assert place(client, line(package), playerUsername="Alex").status_code == 200
    assert Customer.objects.count() == 2


def test_a_required_package_must_be_owned_or_in_the_same_order(client, store):
    base, top = make_package(store, name="Base"), make_package(store, name="Top")
    top.required_packages.add(base)
    needs = "items[0].packageId: needs Base, which this player does not have"
    assert refusal(place(client, line(top))) == [needs]
    assert place(client, line(top), line(base), playerUsername="Alex").status_code == 200
    bought = place(client, line(base)).json()["data"]["id"]
    assert place(client, line(top)).status_code == 200
    client.post(f"{ORDERS}/{bought}/refund", {"reason": "no"}, format="json")
    assert place(client, line(top)).json()["errors"] == [needs]


def test_a_banned_player_is_refused_unless_bans_are_ignored(client, store):
    package = make_package(store)
    make_ban(store, player_username="STEVE")
    make_ban(make_store(), player_username="Alex")
    assert refusal(place(client, line(package))) == ["Player is banned."]
    assert refusal(place(client, line(package), simulate=True)) == ["Player is banned."]
    assert place(client, line(package), ignoreBan=True).status_code == 200
    assert place(client, line(package), playerUsername="Alex").status_code == 200


def test_a_ban_by_uuid_holds_under_another_name(client, store):
    package = make_package(store)
    make_ban(store, player_username=None, player_uuid="069a79f4-44e9-4726-a5be-fca90e38aaf5")
    answer = place(client, line(package), playerUuid="069a79f444e94726a5befca90e38aaf5")
    assert refusal(answer) == ["Player is banned."]


@pytest.mark.parametrize("simulate", [False, True])
@pytest.mark.parametrize(
    ("coupon", "sentence"),
    [
        ({"is_active": False}, "This coupon is not active."),
        ({"valid_until": timezone.now() - timedelta(days=1)}, "This coupon has expired."),
        ({"minimum_purchase_amount": Decimal(10)}, "This order is below the minimum purchase of the coupon."),
    ],
)
def test_a_coupon_that_does_not_count_is_refused(client, store, coupon, sentence, simulate):
    made = make_coupon(store, **coupon)
    assert refusal(place(client, line(make_package(store)), couponCode=made.code, simulate=simulate)) == [sentence]


@pytest.mark.parametrize("simulate", [False, True])
def test_a_coupon_is_taken_as_often_as_it_allows(client, store, simulate):
    package, coupon = make_package(store), make_coupon(store, max_uses=3, max_uses_per_user=1)
    assert place(client, line(package), couponCode=coupon.code).status_code == 200
    again = place(client, line(package), couponCode=coupon.code, playerUsername="STEVE", simulate=simulate)
    assert again.status_code == 400
    assert again.json()["message"] == "This player has used this coupon as often as it allows."
    assert Order.objects.count() == Customer.objects.count() == 1
    coupon.refresh_from_db()
    assert coupon.uses == 1


def test_codes_of_another_store_do_not_exist(client, store):
    package, other = make_package(store), make_store()
    make_coupon(other, code="THEIRS")
    assert refusal(place(client, line(package), couponCode="THEIRS")) == ["couponCode: does not exist"]
    card = make_card(other)
    assert refusal(place(client, line(package), giftCardCode=card.code)) == ["giftCardCode: does not exist"]
    package = make_package(other)
    assert refusal(place(client, line(package))) == ["items[0].packageId: does not exist"]


@pytest.mark.parametrize("simulate", [False, True])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"voided_at": timezone.now()}, "This gift card is voided."),
        ({"frozen_at": timezone.now()}, "This gift card is frozen, because its purchase was charged back."),
        ({"expires_at": timezone.now()}, "This gift card has expired."),
        ({"balance": 0}, "This gift card has not enough left."),
        ({"reach_scope": "packages"}, "This gift card covers nothing in this order."),
    ],
)
def test_a_gift_card_that_cannot_pay_is_refused(client, store, changes, sentence, simulate):
    card = make_card(store)
    GiftCard.objects.filter(pk=card.pk).update(**changes)
    answer = place(client, line(make_package(store)), giftCardCode=card.code, simulate=simulate)
    assert refusal(answer) == [sentence]


def test_a_gift_card_is_left_alone_when_there_is_nothing_to_pay(client, store):
    card = make_card(store)
    body = place(client, line(make_package(store, price=Decimal(0))), giftCardCode=card.code).json()["data"]
    assert (body["giftCardId"], body["totalAmount"]) == (None, 0.0)


def test_a_line_may_choose_a_server_of_its_package(client, store):
    first, second, other = (make_server(store) for _ in range(3))
    package = make_package(store, servers=[first, second], user_server_selection_enabled=True)
    assert refusal(place(client, line(package))) == ["items[0].serverId: must be one of the package's servers"]
    wrong = refusal(place(client, line(package, serverId=str(other.pk))))
    assert wrong == ["items[0].serverId: does not exist, or the package is not for it"]
    body = place(client, line(package, serverId=str(second.pk))).json()["data"]
    assert body["items"][0]["serverId"] == str(second.pk)


def test_a_custom_price_is_at_least_the_list_price_and_only_where_it_is_allowed(client, store):
    fixed, tips = make_package(store), make_package(store, price=Decimal(1), allow_custom_price=True)
    errors = refusal(place(client, line(fixed, customPrice=20), line(tips, customPrice=0.5)))
    assert errors == [
        "items[0].customPrice: is not allowed for this package",
        "items[1].customPrice: must be at least 1.00",
    ]
    body = place(client, line(tips, customPrice=7.5)).json()["data"]
    assert (body["items"][0]["priceAtPurchase"], body["totalAmount"]) == (7.5, 7.5)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"playerUsername": "ab"}, "playerUsername"),
        ({"playerUsername": "a" * 33}, "playerUsername"),
        ({"playerUsername": "a\nb c"}, "playerUsername"),
        ({"playerUuid": "7"}, "playerUuid"),
        ({"email": "j***@example.com"}, "email"),
        ({"email": "nobody"}, "email"),
        ({"items": []}, "items"),
        ({"items": {}}, "items"),
        ({"items": [{"packageId": "7", "quantity": 1}]}, "items[0].packageId"),
        ({"simulate": "yes"}, "simulate"),
        ({"status": "Paid"}, "status"),
        ({"totalAmount": 0}, "totalAmount"),
    ],
)
def test_a_body_with_a_fault_names_the_field(client, store, body, field):
    errors = refusal(
        client.post(
            ORDERS, {"playerUsername": "Steve", "items": [line(make_package(store))]} | body, format="json"
        )
    )
    assert [error.partition(":")[0] for error in errors] == [field]


@pytest.mark.parametrize(
    "change", [{"quantity": 0}, {"quantity": 101}, {"quantity": "1"}, {"serverId": 7}, {"price": 1}]
)
def test_a_line_with_a_fault_names_its_place(client, store, change):
    package = make_package(store)
    errors = refusal(place(client, line(package), line(package, **change)))
    assert [error.partition(":")[0] for error in errors] == [f"items[1].{next(iter(change))}"]


def test_an_order_has_fifty_lines_at_most(client, store):
    package = make_package(store)
    assert place(client, *[line(package)] * 50).status_code == 200
    assert place(client, *[line(package)] * 51).status_code == 400


def test_later_changes_of_a_package_do_not_reach_an_order(client, store):
    package = make_package(store, name="Old", price=Decimal(5))
    made = place(client, line(package)).json()["data"]
    client.patch(f"/api/v1/packages/{package.pk}", {"name": "New", "price": 7}, format="json")
    client.delete(f"/api/v1/packages/{package.pk}")
    assert client.get(f"{ORDERS}/{made['id']}").json()["data"] == made


def test_an_order_leaves_an_audit_row_without_the_player(client, store):
    made = place(client, line(make_package(store)), email="ann@example.com").json()["data"]
    row = AuditEvent.objects.get(target=f"store.order:{made['id']}")
    assert (row.action, row.account_id) == ("order.created", store.account_id)
    assert row.actor.startswith("key:")
    assert "Steve" not in json.dumps(row.data) + row.target
    assert "example.com" not in json.dumps(row.data)


def test_a_repeated_post_with_one_idempotency_key_makes_one_order(client, store):
    package = make_package(store)
    answers = [place(client, line(package), headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert Order.objects.count() == 1


def test_an_order_of_many_lines_takes_no_more_queries(client, store, django_assert_max_num_queries):
    coupon, card = make_coupon(store), make_card(store, amount=Decimal(500))
    packages = [make_package(store, global_limit=100, per_user_limit=50) for _ in range(20)]
    wanted = {"couponCode": coupon.code, "giftCardCode": card.code, "playerUsername": "Alex"}
    place(client, line(packages[0]))
    counts = []
    for chosen in (packages[:2], packages):
        with django_assert_max_num_queries(30) as queries:
            assert place(client, *map(line, chosen), **wanted).status_code == 200
        counts.append(len(queries))
    assert counts[0] >= counts[1]
    assert OrderItem.objects.count() == 23
    assert Package.objects.filter(sold__gt=0).count() == 20
    assert Coupon.objects.get().uses == 2
