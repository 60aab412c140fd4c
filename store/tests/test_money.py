from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import money

pytestmark = pytest.mark.once


@pytest.mark.parametrize(("currency", "decimals"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("TND", 3)])
def test_a_currency_has_the_decimals_of_iso_4217(currency, decimals):
    assert money.exponent(currency) == decimals


@pytest.mark.parametrize(
    ("amount", "currency", "fits"),
    [
        ("19.99", "EUR", True),
        ("10.001", "EUR", False),
        ("10", "EUR", True),
        ("10.5", "JPY", False),
        ("1.234", "KWD", True),
        ("1.2345", "KWD", False),
    ],
)
def test_an_amount_fits_when_it_needs_no_more_decimals_than_its_currency_has(amount, currency, fits):
    assert money.fits(Decimal(amount), currency) is fits


@given(st.integers(0, money.MAX_AMOUNT * 1000), st.sampled_from(["JPY", "EUR", "KWD"]))
def test_writing_an_amount_that_fits_changes_nothing_but_its_zeros(thousandths, currency):
    amount = Decimal(thousandths).scaleb(-3)
    if money.fits(amount, currency):
        shown = money.written(amount, money.quantum(currency))
        assert shown == amount
        assert -int(shown.as_tuple().exponent) == money.exponent(currency)
