"""Coupons over HTTP: create, read, change, delete, list."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEvent
from store.models import Coupon
from store.pricing import Scope
from store.services.coupons import find_coupon, take
from store.tests.factories import make_category, make_coupon, make_package, make_store, store_client

pytestmark = pytest.mark.django_db
COUPONS = "/api/v1/coupons"
FIELDS = [
    "id", "code", "discountType", "discountValue", "applicationScope", "packageScope", "packageIds", "maxUses",
    "maxUsesPerUser", "uses", "validFrom", "validUntil", "isActive", "createdAt", "updatedAt", "categoryIds",
    "overrideSales", "minimumPurchaseAmount", "maximumDiscountAmount", "isRedeemable",
]  # fmt: skip


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def create(client, **body):
    whole = {"code": "SAVE10", "discountType": "percentage", "discountValue": 10, "applicationScope": "store"}
    return client.post(COUPONS, whole | body, format="json")


def change(client, coupon, **body):
    return client.patch(f"{COUPONS}/{coupon.pk}", body, format="json")


def refused(response, *errors):
    assert response.status_code == 400
    assert response.json()["errors"] == list(errors)
    return True


def test_a_coupon_with_what_it_needs_has_every_field(client):
    response = create(client)
    data = response.json()["data"]
    assert response.status_code == 200
    assert list(data) == FIELDS
    assert data | {"id": 0, "createdAt": 0, "updatedAt": 0} == {
        "id": 0, "code": "SAVE10", "discountType": "percentage", "discountValue": 10, "applicationScope": "store",
        "packageScope": None, "packageIds": [], "maxUses": None, "maxUsesPerUser": None, "uses": 0,
        "validFrom": None, "validUntil": None, "isActive": True, "createdAt": 0, "updatedAt": 0, "categoryIds": [],
        "overrideSales": False, "minimumPurchaseAmount": None, "maximumDiscountAmount": None, "isRedeemable": True,
    }  # fmt: skip


def test_everything_that_was_written_is_read_again(client, store):
    package = make_package(store)
    wanted = {
        "discountType": "fixed", "discountValue": 2.5, "applicationScope": "packages", "packageScope": "specific",
        "packageIds": [str(package.pk)], "maxUses": 5, "maxUsesPerUser": 1, "isActive": False,
        "validFrom": "2026-01-01T00:00:00Z", "validUntil": "2099-01-01T00:00:00Z", "overrideSales": True,
        "minimumPurchaseAmount": 10, "maximumDiscountAmount": 4.99,
    }  # fmt: skip
    made = create(client, **wanted)
    read = client.get(f"{COUPONS}/{made.json()['data']['id']}")
    assert read.json()["data"] == made.json()["data"]
    assert {name: read.json()["data"][name] for name in wanted} == wanted
    assert b'"discountValue":2.50,' in read.content
    assert b'"minimumPurchaseAmount":10.00,' in read.content


def test_a_coupon_of_packages_says_whether_of_all_or_of_some(client, store):
    package, of_packages = str(make_package(store).pk), {"applicationScope": "packages"}
    assert create(client, **of_packages, packageScope="all").json()["data"]["packageScope"] == "all"
    assert refused(create(client, **of_packages), "packageScope: must be all or specific for this scope")
    stray = "does not go with this scope"
    assert refused(create(client, **of_packages, packageScope="all", packageIds=[package]), f"packageIds: {stray}")
    assert refused(create(client, packageScope="all"), f"packageScope: {stray}")
    assert Coupon.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"code": ""}, "code: "),
        ({"code": "WITH SPACE"}, "code: must be visible ASCII characters without spaces"),
        ({"code": "É"}, "code: must be visible ASCII"),
        ({"code": "x" * 65}, "code: "),
        ({"discountType": "half"}, "discountType: "),
        ({"discountValue": 0}, "discountValue: must be greater than 0"),
        ({"discountValue": -1}, "discountValue: must be greater than 0"),
        ({"discountValue": 100.5}, "discountValue: must be at most 100"),
        ({"discountValue": 1.2345}, "discountValue: "),
        ({"discountValue": "10"}, "discountValue: must be a number"),
        ({"discountType": "fixed", "discountValue": 1.001}, "discountValue: must have at most 2 decimals in EUR"),
        ({"applicationScope": "category"}, "applicationScope: "),
        ({"applicationScope": None}, "applicationScope: "),
        ({"maxUse": 1}, "maxUse: unknown field; did you mean maxUses?"),
        ({"maxUses": 0}, "maxUses: "),
        ({"maxUsesPerUser": 0}, "maxUsesPerUser: "),
        ({"uses": 0}, "uses: unknown field"),
        ({"maximumDiscountAmount": 0}, "maximumDiscountAmount: must be greater than 0"),
        ({"minimumPurchaseAmount": -1}, "minimumPurchaseAmount: "),
        (
            {"validFrom": "2026-02-01T00:00:00Z", "validUntil": "2026-02-01T00:00:00Z"},
            "validUntil: must be after validFrom",
        ),
    ],
)
def test_a_field_that_is_wrong_is_refused(client, body, error):
    response = create(client, **body)
    assert response.status_code == 400
    assert response.json()["errors"][0].startswith(error)
    assert not Coupon.objects.exists()


def test_a_code_is_unique_in_its_store_in_any_case(client):
    create(client, code="Summer")
    assert refused(create(client, code="SUMMER"), "code: another coupon of this store has it")
    assert create(store_client(make_store()), code="summer").status_code == 200


def test_a_patch_takes_what_it_names_and_refuses_the_rest_in_words(client, store):
    coupon = make_coupon(store, max_uses=5)
    before = client.get(f"{COUPONS}/{coupon.pk}").json()["data"]
    wanted = {"discountValue": 15.5, "maxUses": None, "maxUsesPerUser": 2, "isActive": False}
    after = change(client, coupon, **wanted).json()["data"]
    assert after["updatedAt"] > before["updatedAt"]
    assert after | {"updatedAt": 0} == before | wanted | {"updatedAt": 0, "isRedeemable": False}
    assert refused(change(client, coupon, code="NEW"), "code: cannot be changed after creation")
    assert refused(change(client, coupon, maxUse=1), "maxUse: unknown field; did you mean maxUses?")
    assert change(client, coupon).json()["data"] == after


def test_a_patch_is_checked_against_what_the_coupon_has(client, store):
    coupon = make_coupon(store, valid_from=timezone.now())
    assert refused(change(client, coupon, discountValue=101), "discountValue: must be at most 100")
    assert refused(
        change(client, coupon, validUntil="2020-01-01T00:00:00Z"), "validUntil: must be after validFrom"
    )
    fixed = make_coupon(store, discount_type="fixed", discount_value=Decimal(5))
    assert change(client, fixed, discountValue=101).status_code == 200


def test_max_uses_do_not_go_below_the_uses(client, store):
    coupon = make_coupon(store)
    for player in ("a", "b", "c"):
        take(coupon, player)
    assert refused(
        change(client, coupon, maxUses=2), "maxUses: must be at least 3, which is how often it was used"
    )
    after = change(client, coupon, maxUses=3).json()["data"]
    assert (after["uses"], after["maxUses"], after["isRedeemable"]) == (3, 3, False)


def test_an_unused_coupon_is_deleted(client, store):
    coupon = make_coupon(store)
    response = client.delete(f"{COUPONS}/{coupon.pk}")
    assert (response.status_code, response.json()["data"]) == (200, None)
    assert client.delete(f"{COUPONS}/{coupon.pk}").status_code == 404
    assert not Coupon.objects.exists()


def test_a_used_coupon_is_switched_off_instead_and_the_answer_says_so(client, store):
    coupon = make_coupon(store)
    take(coupon, "steve")
    response = client.delete(f"{COUPONS}/{coupon.pk}")
    assert response.status_code == 400
    assert response.json()["message"] == (
        "Orders have used this coupon, so it cannot be deleted. It is switched off now."
    )
    assert client.get(f"{COUPONS}/{coupon.pk}").json()["data"]["isActive"] is False
    assert AuditEvent.objects.filter(action="coupon.switched_off", account_id=store.account_id).count() == 1


def test_the_rule_for_redeemable_is_the_same_for_a_row_and_for_a_query(client, store):
    now = timezone.now()
    past, future = now - timedelta(days=1), now + timedelta(days=1)
    cases: list[tuple[dict, bool]] = [
        ({}, True),
        ({"is_active": False}, False),
        ({"valid_from": future}, False),
        ({"valid_from": past, "valid_until": future}, True),
        ({"valid_from": past - timedelta(days=1), "valid_until": past}, False),
        ({"max_uses": 1}, True),
    ]
    for fields, expected in cases:
        coupon = make_coupon(store, **fields)
        assert coupon.is_redeemable_at(now) is expected, fields
        assert Coupon.objects.redeemable(now).filter(pk=coupon.pk).exists() is expected, fields
        assert client.get(f"{COUPONS}/{coupon.pk}").json()["data"]["isRedeemable"] is expected, fields


def test_a_code_is_found_in_any_case_and_in_its_store_only(store):
    coupon = make_coupon(store, code="Save-10")
    make_coupon(make_store(), code="OTHER")
    assert find_coupon(store, " sAVE-10 ") == coupon
    assert find_coupon(store, "OTHER") is None
    assert find_coupon(store, "") is None


def test_lists_search_sort_and_filter(client, store):
    make_coupon(store, code="Spring10", discount_value=Decimal(10))
    make_coupon(store, code="spring20", discount_value=Decimal(20), is_active=False)
    make_coupon(store, code="Autumn", discount_type="fixed", discount_value=Decimal(15))
    make_coupon(make_store(), code="Spring99")

    def codes(**query):
        return [item["code"] for item in client.get(COUPONS, query).json()["data"]["items"]]

    assert codes() == ["Autumn", "spring20", "Spring10"]
    assert codes(search="SPRING") == ["spring20", "Spring10"]
    assert codes(isActive="true") == ["Autumn", "Spring10"]
    assert codes(discountType="fixed") == ["Autumn"]
    assert codes(sortBy="code", sortDesc="false") == ["Autumn", "Spring10", "spring20"]
    assert codes(sortBy="discountValue") == ["spring20", "Autumn", "Spring10"]
    assert client.get(COUPONS, {"isActive": "yes"}).status_code == 400


def test_a_page_of_20_takes_as_many_queries_as_a_page_of_2(client, store):
    categories = [make_category(store), make_category(store)]

    def queries(rows):
        for _ in range(rows - Coupon.objects.count()):
            make_coupon(store, reach_scope=Scope.CATEGORIES, categories=categories)
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get(COUPONS).json()["data"]["items"]) == rows
        return len(captured)

    client.get(COUPONS)
    # The key with its plan, the store, the rows, their categories, their packages, their number.
    assert [queries(2), queries(20)] == [6, 6]


def test_every_write_leaves_an_audit_row_with_the_key(client, store):
    pk = create(client).json()["data"]["id"]
    client.patch(f"{COUPONS}/{pk}", {"maxUses": 3}, format="json")
    client.delete(f"{COUPONS}/{pk}")
    rows = AuditEvent.objects.filter(target=f"store.coupon:{pk}").order_by("pk")
    assert [row.action for row in rows] == ["coupon.created", "coupon.updated", "coupon.deleted"]
    assert all(row.actor.startswith("key:") and row.account_id == store.account_id for row in rows)


def test_a_repeated_post_creates_one_coupon(client):
    body = {"code": "A", "discountType": "percentage", "discountValue": 1.5, "applicationScope": "store"}
    answers = [
        client.post(COUPONS, body, format="json", headers={"Idempotency-Key": "a"}).content for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert Coupon.objects.count() == 1
