"""JSON out: money keeps its decimals, and whatever is written is JSON."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from api.renderers import OrjsonRenderer, dumps

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("19.90"), b"19.90"),
        (Decimal("10.00"), b"10.00"),
        (Decimal("1E+3"), b"1000"),
        (Decimal("0.00000001"), b"0.00000001"),
        (Decimal("-0.10"), b"-0.10"),
        (Decimal("NaN"), b"null"),
        (Decimal("Infinity"), b"null"),
        (float("nan"), b"null"),
        (2**64 - 1, b"18446744073709551615"),
        ({"a": [(2**64, -(2**64)), 1, True]}, b'{"a":[[18446744073709551616,-18446744073709551616],1,true]}'),
        ({"a": [Decimal("0.10")]}, b'{"a":[0.10]}'),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), b'"2026-12-31T23:59:00+00:00"'),
        (UUID(int=7), b'"00000000-0000-0000-0000-000000000007"'),
        (gettext_lazy("Not found."), b'"Not found."'),
        ("é😀", '"é😀"'.encode()),
    ],
)
def test_a_value_is_written_as_json(value, written):
    assert dumps(value) == written


def test_what_is_not_json_is_an_error_rather_than_a_guess():
    with pytest.raises(TypeError, match="not JSON"):
        dumps({"a": object()})


def test_nothing_is_no_body():
    assert OrjsonRenderer().render(None) == b""
    assert OrjsonRenderer().render({}) == b"{}"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_a_decimal_is_read_back_digit_by_digit(number):
    assert json.loads(dumps(number), parse_float=Decimal, parse_int=Decimal) == number
