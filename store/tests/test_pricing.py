"""What an order costs: the worked example of the contract, each rule, and what always holds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.pricing import (
    Card,
    Coupon,
    CouponRefused,
    DiscountType,
    Line,
    Reach,
    Sale,
    Scope,
    price,
    sale_price,
)

pytestmark = pytest.mark.once
D = Decimal
A = Line("A", D("9.99"))
B = Line("B", D("20.00"), quantity=2, category_ids=frozenset({"ranks"}))
RANKS = Reach(Scope.CATEGORIES, category_ids=frozenset({"ranks"}))
QUARTER_OFF = Sale("summer", D(25), RANKS)


def percent(value, **given):
    return Coupon(DiscountType.PERCENTAGE, D(value), **given)


def fixed(value, **given):
    return Coupon(DiscountType.FIXED, D(value), **given)


def cost(*lines, decimals=2, **given):
    return price(lines, decimals=decimals, **given)


def test_the_worked_example_with_a_coupon_that_counts_on_sales():
    order = cost(A, B, sales=[QUARTER_OFF], coupon=percent(10, overrides_sales=True), card=Card(D("20.00")))
    assert [(line.unit_price, line.discount, line.total) for line in order.lines] == [
        (D("9.99"), D("1.00"), D("8.99")),
        (D("15.00"), D("3.00"), D("27.00")),
    ]
    assert (order.subtotal, order.discount, order.total) == (D("39.99"), D("4.00"), D("35.99"))
    assert (order.card_amount, order.due) == (D("20.00"), D("15.99"))


def test_the_worked_example_with_a_coupon_that_leaves_sales_alone():
    order = cost(A, B, sales=[QUARTER_OFF], coupon=percent(10))
    assert [line.discount for line in order.lines] == [D("1.00"), D("0.00")]
    assert (order.discount, order.total) == (D("1.00"), D("38.99"))


def test_the_best_single_sale_counts():
    sales = [Sale("one", D(10)), Sale("two", D(25), RANKS), Sale("three", D(25))]
    assert [line.sale_id for line in cost(A, B, sales=sales).lines] == ["three", "two"]


@pytest.mark.parametrize(
    ("listed", "percentage", "decimals", "shown"),
    [("0.10", 25, 2, "0.08"), ("9.99", "33.33", 2, "6.66"), ("101", 50, 0, "51"), ("1.001", 50, 3, "0.501")],
)
def test_a_sale_price_is_rounded_half_up_in_the_currency(listed, percentage, decimals, shown):
    assert str(sale_price(D(listed), D(percentage), decimals=decimals)) == shown


def test_a_custom_price_takes_the_place_of_the_list_price_and_is_never_lower():
    assert cost(Line("A", D(5), custom_price=D(8))).total == D(8)
    with pytest.raises(ValueError, match="at least the list price"):
        cost(Line("A", D(5), custom_price=D("4.99")))


@pytest.mark.parametrize("decimals", [0, 2])
def test_an_amount_with_more_decimals_than_the_currency_is_refused(decimals):
    with pytest.raises(ValueError, match="more than"):
        cost(Line("A", D("1.001")), decimals=decimals)


def test_a_minimum_purchase_is_compared_after_sales():
    half = [Sale("half", D(50))]
    assert cost(A, coupon=percent(10, minimum_purchase=D("9.99"))).discount == D("1.00")
    with pytest.raises(CouponRefused) as refusal:
        cost(A, sales=half, coupon=percent(10, minimum_purchase=D("5.01"), overrides_sales=True))
    assert refusal.value.code == "minimum_purchase"


@pytest.mark.parametrize(
    ("coupon", "sales"),
    [(percent(10), [Sale("all", D(1))]), (percent(10, reach=Reach(Scope.PACKAGES, frozenset({"C"}))), [])],
)
def test_a_coupon_that_covers_nothing_is_refused(coupon, sales):
    with pytest.raises(CouponRefused) as refusal:
        cost(A, B, coupon=coupon, sales=sales)
    assert refusal.value.code == "not_applicable"


def test_a_fixed_amount_is_taken_once_from_the_order_and_from_each_unit_of_other_scopes():
    assert cost(A, B, coupon=fixed(5)).discount == D(5)
    assert cost(A, B, coupon=fixed(5, reach=RANKS)).discount == D(10)
    assert cost(A, B, coupon=fixed(5, reach=Reach(Scope.PACKAGES))).discount == D(15)


def test_a_fixed_amount_takes_no_more_than_there_is():
    assert cost(A, B, coupon=fixed(1000)).total == 0
    each = cost(A, B, coupon=fixed(15, reach=Reach(Scope.PACKAGES)))
    assert [line.discount for line in each.lines] == [D("9.99"), D(30)]


def test_a_cap_holds_and_is_split_by_what_each_line_would_get():
    order = cost(A, B, coupon=fixed(5, reach=Reach(Scope.PACKAGES), maximum_discount=D("7.00")))
    assert [line.discount for line in order.lines] == [D("2.33"), D("4.67")]
    assert cost(A, B, coupon=percent(50, maximum_discount=D(3))).discount == D(3)


def test_a_gift_card_pays_only_what_it_covers():
    assert cost(A, B, card=Card(D(100), RANKS)).due == D("9.99")
    assert cost(A, B, card=Card(D(100))).due == 0
    assert cost(A, B, card=Card(D(0))).card_amount == 0


IDS = st.sampled_from(["p1", "p2", "p3"])
CATEGORIES = st.frozensets(st.sampled_from(["c1", "c2"]), max_size=2)
REACHES = st.one_of(
    st.just(Reach()),
    st.builds(Reach, st.just(Scope.CATEGORIES), category_ids=CATEGORIES),
    st.builds(Reach, st.just(Scope.PACKAGES), st.none() | st.frozensets(IDS, max_size=2)),
)
PERCENTAGES = st.decimals(D("0.001"), 100, places=3)


@st.composite
def orders(draw):
    decimals = draw(st.sampled_from([0, 2, 3]))

    def amounts(least=0, most=10**6):
        return st.integers(least, most).map(lambda units: D(units).scaleb(-decimals))

    def line():
        listed = draw(amounts())
        custom = draw(st.none() | amounts().map(lambda more: listed + more))
        return Line(draw(IDS), listed, draw(st.integers(1, 100)), draw(CATEGORIES), custom)

    coupon = None
    if draw(st.booleans()):
        kind = draw(st.sampled_from(DiscountType))
        value = draw(PERCENTAGES if kind == DiscountType.PERCENTAGE else amounts(1))
        coupon = Coupon(
            kind,
            value,
            draw(REACHES),
            draw(st.booleans()),
            draw(st.none() | amounts()),
            draw(st.none() | amounts()),
        )
    sales = draw(st.lists(st.builds(Sale, st.integers(), PERCENTAGES, REACHES), max_size=3))
    card = draw(st.none() | st.builds(Card, amounts(), REACHES))
    lines = [line() for _ in range(draw(st.integers(1, 6)))]
    return lines, {"decimals": decimals, "sales": sales, "coupon": coupon, "card": card}


@given(orders())
def test_what_always_holds(order):
    lines, given_ = order
    try:
        priced = price(lines, **given_)
    except CouponRefused:
        return
    assert 0 <= priced.due <= priced.total <= priced.subtotal
    assert priced.due == priced.total - priced.card_amount
    for name in ("subtotal", "discount", "total"):
        assert sum(getattr(line, name) for line in priced.lines) == getattr(priced, name)
    for line in priced.lines:
        assert line.subtotal == line.unit_price * line.line.quantity
        assert 0 <= line.discount <= line.subtotal
        assert line.unit_price <= (line.line.custom_price or line.line.list_price)
    coupon, card = given_["coupon"], given_["card"]
    if coupon and coupon.maximum_discount is not None:
        assert priced.discount <= coupon.maximum_discount
    if card:
        assert priced.card_amount <= card.balance
    shown = (priced.subtotal, priced.discount, priced.total, priced.card_amount, priced.due)
    assert {-int(amount.as_tuple().exponent) for amount in shown} == {given_["decimals"]}


@given(orders())
def test_a_discount_is_exact_to_half_the_smallest_unit(order):
    lines, given_ = order
    coupon = given_["coupon"]
    if coupon is None or coupon.discount_type == DiscountType.FIXED or coupon.maximum_discount is not None:
        return
    try:
        priced = price(lines, **given_)
    except CouponRefused:
        return
    eligible = [
        line.subtotal
        for line in priced.lines
        if coupon.reach.covers(line.line) and (line.sale_id is None or coupon.overrides_sales)
    ]
    exact = sum(eligible) * coupon.value / 100
    assert abs(priced.discount - exact) * 2 <= D(1).scaleb(-given_["decimals"])
