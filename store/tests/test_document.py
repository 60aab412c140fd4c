"""docs/store.md says what the product does: its routes, its fields and the prices of its example."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from store import pricing
from store.ban_serializers import BanChangesInput, BanInput, BanOutput
from store.card_serializers import (
    GiftCardChangesInput,
    GiftCardInput,
    GiftCardTransactionOutput,
    IssuedGiftCardOutput,
)
from store.category_serializers import CategoryInput, CategoryOutput
from store.coupon_serializers import CouponChangesInput, CouponInput, CouponOutput
from store.customer_serializers import CustomerOutput
from store.order_serializers import OrderInput, OrderItemInput, OrderItemOutput, OrderOutput
from store.package_serializers import PackageInput, PackageOutput
from store.sale_serializers import SaleInput, SaleOutput
from store.server_serializers import ServerOutput
from store.stats_serializers import StatsDayOutput, StatsOutput, TopPackageOutput
from store.subscription_serializers import SubscriptionOutput
from store.tests.doors import DOORS

pytestmark = pytest.mark.once
DOCUMENT = (settings.BASE_DIR / "docs" / "store.md").read_text()
SHAPES: dict[str, list[Any]] = {
    "Packages": [PackageInput, PackageOutput, ServerOutput],
    "Categories": [CategoryInput, CategoryOutput],
    "Coupons": [CouponInput, CouponOutput],
    "Sales": [SaleInput, SaleOutput],
    "Gift cards": [GiftCardInput, IssuedGiftCardOutput, GiftCardTransactionOutput],
    "Bans": [BanInput, BanOutput],
    "Orders": [OrderInput, OrderItemInput, OrderOutput, OrderItemOutput],
    "Customers": [CustomerOutput],
    "Subscriptions": [SubscriptionOutput],
    "Stats": [StatsOutput, TopPackageOutput, StatsDayOutput],
}
# What a POST takes, and what of it a PATCH takes.
WRITES: dict[str, tuple[Any, Any]] = {
    "Packages": (PackageInput, PackageInput),
    "Categories": (CategoryInput, CategoryInput),
    "Coupons": (CouponInput, CouponChangesInput),
    "Sales": (SaleInput, SaleInput),
    "Gift cards": (GiftCardInput, GiftCardChangesInput),
    "Bans": (BanInput, BanChangesInput),
    "Orders": (OrderInput, OrderInput),
}


def section(title):
    return re.split(r"^## ", DOCUMENT.split(f"\n## {title}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", text, re.M)]


def words(title):
    """Return each field of a section's table with the word that says who may write it."""
    found: dict[str, str] = {}
    for names, write, *_ in rows(section(title))[2:]:
        fields = re.findall(r"`(\w+)`", names)
        said = write.split(", ") if len(fields) == 2 and write == "yes, –" else [write] * len(fields)
        found |= dict(zip(fields, said, strict=True))
    return found


def test_the_table_of_routes_is_what_the_doors_need():
    said = {
        (method.lower(), route.strip("`"), *need.split(":"))
        for route, cell in rows(DOCUMENT.split("## Answers")[0])[2:]
        for method, need in (part.split(" ") for part in cell.split(", "))
    }
    assert said == {(door.method, door.path("{id}"), *door.needs) for door in DOORS}


@pytest.mark.parametrize("title", SHAPES)
def test_every_field_is_in_the_document(title):
    named = set(re.findall(r"`(\w+)`", section(title)))
    assert {name for shape in SHAPES[title] for name in shape().fields} - named == set()


@pytest.mark.parametrize("title", WRITES)
def test_the_document_says_who_may_write_a_field(title):
    new, changes = (shape().fields for shape in WRITES[title])
    for name, word in words(title).items():
        assert (word != "–") == (name in new), name
        assert ("required" in word) == (name in new and new[name].required), name
        assert ("once" in word) == (name in new and name not in changes), name


def example(overrides):
    """Price the example of the document."""
    shelf = frozenset({"shelf"})
    return pricing.price(
        [pricing.Line("A", Decimal("9.99")), pricing.Line("B", Decimal("20.00"), 2, shelf)],
        decimals=2,
        sales=[pricing.Sale("sale", Decimal(25), pricing.Reach(pricing.Scope.CATEGORIES, category_ids=shelf))],
        coupon=pricing.Coupon(pricing.DiscountType.PERCENTAGE, Decimal(10), overrides_sales=overrides),
        card=pricing.Card(Decimal("20.00")),
    )


def test_the_example_of_the_document_is_priced_as_it_says():
    header, _, *lines = [row for row in rows(section("Orders")) if len(row) == 9]
    assert header == ["overrideSales", "unit A", "unit B", "subtotal", "off A", "off B", "total", "card", "due"]
    assert [row[0] for row in lines] == ["true", "false"]
    for word, *amounts in lines:
        priced = example(word == "true")
        first, second = priced.lines
        computed = (
            first.unit_price, second.unit_price, priced.subtotal, first.discount, second.discount,
            priced.total, priced.card_amount, priced.due,
        )  # fmt: skip
        assert [str(amount) for amount in computed] == amounts
