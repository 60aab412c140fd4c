"""Batches of coupons, gift cards and bans, and what they keep to themselves."""

import pytest

from apikeys.models import IdempotentAnswer
from store.models import Ban, Coupon, GiftCard
from store.tests.factories import make_store, store_client

pytestmark = pytest.mark.django_db
COUPON = {"discountType": "percentage", "discountValue": 10, "applicationScope": "store"}
CARD = {"amount": 25, "applicationScope": "store"}


@pytest.fixture
def client():
    return store_client(make_store())


def batch(client, resource, *items, **headers):
    return client.post(f"/api/v1/{resource}/batch", {"items": list(items)}, format="json", headers=headers)


def test_a_hundred_coupons_are_one_request_and_a_code_in_use_is_one_refusal(client):
    coupons = [COUPON | {"code": f"SPRING-{number}"} for number in range(99)]
    data = batch(client, "coupons", *coupons, COUPON | {"code": "spring-7"}).json()["data"]
    assert (data["succeeded"], data["failed"], Coupon.objects.count()) == (99, 1, 99)
    assert data["results"][99]["status"] == 400
    assert [result["data"]["code"] for result in data["results"][:2]] == ["SPRING-0", "SPRING-1"]


def test_an_item_with_an_id_takes_what_a_patch_takes(client):
    made = batch(client, "coupons", COUPON | {"code": "A"}).json()["data"]["results"][0]["data"]
    items = [{"id": made["id"], "maxUses": 5}]
    assert batch(client, "coupons", *items).json()["data"]["results"][0]["data"]["maxUses"] == 5
    fixed = batch(client, "coupons", {"id": made["id"], "code": "B"}).json()["data"]["results"][0]
    assert fixed["errors"] == ["code: cannot be changed after creation"]


def test_codes_of_gift_cards_are_in_the_first_answer_and_in_no_repeat(client):
    first = batch(client, "gift-cards", CARD, CARD, **{"Idempotency-Key": "a"})
    cards = [result["data"] for result in first.json()["data"]["results"]]
    codes = [card["code"] for card in cards]
    assert len(set(codes)) == 2
    assert first.headers["Cache-Control"] == "no-store"
    again = batch(client, "gift-cards", CARD, CARD, **{"Idempotency-Key": "a"})
    assert [result["data"]["code"] for result in again.json()["data"]["results"]] == [None, None]
    assert GiftCard.objects.count() == 2
    kept = bytes(IdempotentAnswer.objects.get().body or b"").decode()
    assert not any(code in kept for code in codes)
    changed = batch(client, "gift-cards", {"id": cards[0]["id"], "message": "Hi"}).json()["data"]["results"][0]
    assert (changed["data"]["message"], "code" in changed["data"]) == ("Hi", False)


def test_bans_are_made_and_lifted_in_a_batch(client):
    made = batch(client, "bans", {"playerUsername": "Alex", "reason": "x"}, {"reason": "nobody"}).json()["data"]
    assert [result["status"] for result in made["results"]] == [200, 400]
    lifted = {"id": made["results"][0]["data"]["id"], "isActive": False}
    assert batch(client, "bans", lifted).json()["data"]["succeeded"] == 1
    assert not Ban.objects.get().is_active


@pytest.mark.parametrize("resource", ["sales", "servers", "customers"])
def test_other_resources_have_no_batch(client, resource):
    assert batch(client, resource, {}).status_code in {404, 405}
