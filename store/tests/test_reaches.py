"""What a coupon, a sale and a gift card are good for: one rule in the words of each."""

import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from store.pricing import Scope
from store.services import hide_package, remove_category
from store.tests.factories import (
    make_card,
    make_category,
    make_coupon,
    make_package,
    make_sale,
    make_store,
    store_client,
)

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Noun:
    """A resource that reaches. categories, packages: what a body says for the scope; make: its factory."""

    path: str
    body: dict[str, Any]
    categories: dict[str, str]
    packages: dict[str, str]
    make: Any

    def create(self, client, **body):
        return client.post(f"/api/v1/{self.path}", {"applicationScope": "store"} | self.body | body, format="json")


_OF_ONE: tuple[dict[str, str], dict[str, str]] = (
    {"applicationScope": "category"},
    {"applicationScope": "package"},
)
NOUNS = [
    Noun("coupons", {"code": "TEN", "discountType": "percentage", "discountValue": 10},
         {"applicationScope": "categories"}, {"applicationScope": "packages", "packageScope": "specific"},
         make_coupon),
    Noun("sales", {"name": "Summer", "discountPercentage": 25}, *_OF_ONE, make_sale),
    Noun("gift-cards", {"amount": 20}, *_OF_ONE, make_card),
]  # fmt: skip
NEEDS, STRAY, MISSING = "must have at least one id for this scope", "does not go with this scope", "does not exist"


@pytest.fixture(params=NOUNS, ids=lambda noun: noun.path)
def noun(request):
    return request.param


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def test_each_scope_goes_with_its_ids_and_no_others(noun, client, store):
    package, category = str(make_package(store).pk), str(make_category(store).pk)
    for body, error in (
        (noun.packages, f"packageIds: {NEEDS}"),
        (noun.packages | {"packageIds": []}, f"packageIds: {NEEDS}"),
        (noun.packages | {"packageIds": None}, f"packageIds: {NEEDS}"),
        (noun.packages | {"packageIds": [package], "categoryIds": [category]}, f"categoryIds: {STRAY}"),
        (noun.categories, f"categoryIds: {NEEDS}"),
        (noun.categories | {"categoryIds": [category], "packageIds": [package]}, f"packageIds: {STRAY}"),
        ({"packageIds": [package]}, f"packageIds: {STRAY}"),
        ({"categoryIds": [category]}, f"categoryIds: {STRAY}"),
    ):
        response = noun.create(client, **body)
        assert (response.status_code, response.json()["errors"]) == (400, [error]), body
    made = noun.create(client, **noun.categories, categoryIds=[category]).json()["data"]
    assert (made["categoryIds"], made["packageIds"]) == ([category], [])


def test_another_stores_rows_are_answered_like_missing_ones(noun, client):
    other = make_store()
    for field, scope, row in (
        ("packageIds", noun.packages, make_package(other)),
        ("categoryIds", noun.categories, make_category(other)),
    ):
        for pk in (row.pk, uuid.uuid4()):
            response = noun.create(client, **scope, **{field: [str(pk)]})
            assert (response.status_code, response.json()["errors"]) == (400, [f"{field}[0]: {MISSING}"])


def test_what_loses_its_last_category_or_package_never_becomes_store_wide(noun, client, store):
    package, category = make_package(store), make_category(store)
    specific = {"package_scope": "specific"} if "packageScope" in noun.packages else {}
    of_packages = noun.make(store, reach_scope=Scope.PACKAGES, packages=[package], **specific)
    of_categories = noun.make(store, reach_scope=Scope.CATEGORIES, categories=[category])
    hide_package(package=package, store=store)
    remove_category(category=category, store=store)
    for row, said in ((of_packages, noun.packages), (of_categories, noun.categories)):
        read = client.get(f"/api/v1/{noun.path}/{row.pk}").json()["data"]
        assert read | said | {"categoryIds": [], "packageIds": []} == read
