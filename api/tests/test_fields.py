"""Fields refuse instead of coercing."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import InvalidFields
from api.fields import (
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateTimeField,
    StrictDecimalField,
    StrictIntegerField,
)
from api.parsers import loads
from api.serializers import StrictSerializer

pytestmark = pytest.mark.once


class Everything(StrictSerializer):
    text = StrictCharField(max_length=5, required=False)
    title = StrictCharField(one_line=True, required=False)
    raw = StrictCharField(trim_whitespace=False, allow_blank=True, required=False)
    count = StrictIntegerField(min_value=0, max_value=10**9, required=False)
    wide = StrictIntegerField(required=False)
    price = StrictDecimalField(max_digits=8, decimal_places=2, min_value=0, max_value=100_000, required=False)
    factor = StrictDecimalField(max_digits=5, decimal_places=3, required=False, allow_null=True)
    exact = StrictDecimalField(max_digits=None, decimal_places=None, required=False)
    flag = StrictBooleanField(required=False)
    choice = StrictChoiceField(choices=["one_time", "timed"], required=False)
    at = StrictDateTimeField(required=False)
    maybe = StrictBooleanField(allow_null=True, required=False)


def parse(body: str) -> dict:
    return Everything.parse_data(loads(body.encode()))


def fault_of(body: str) -> tuple[str, str]:
    with pytest.raises(InvalidFields) as caught:
        parse(body)
    (fault,) = caught.value.errors
    return fault.field, fault.code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"text": 7}', "not_text"),
        ('{"text": 7.5}', "not_text"),
        ('{"text": true}', "not_text"),
        ('{"text": ["a"]}', "not_text"),
        ('{"text": {}}', "not_text"),
        ('{"text": null}', "null"),
        ('{"text": ""}', "blank"),
        ('{"text": " \\t "}', "blank"),
        ('{"text": "123456"}', "max_length"),
        ('{"title": "a\\nb"}', "lines"),
        ('{"title": "a\\tb"}', "lines"),
        ('{"title": "a\\u2028b"}', "lines"),
        ('{"title": "ends with a line\\n"}', "lines"),
        ('{"count": "7"}', "not_integer"),
        ('{"count": true}', "not_integer"),
        ('{"count": 7.5}', "not_integer"),
        ('{"count": 7.0000000000000000000000000000000000001}', "not_integer"),
        ('{"count": []}', "not_integer"),
        ('{"count": {}}', "not_integer"),
        ('{"count": ""}', "not_integer"),
        ('{"count": null}', "null"),
        ('{"count": -1}', "min_value"),
        ('{"count": 1e400}', "max_value"),
        ('{"count": 1000000001}', "max_value"),
        ('{"price": "19.99"}', "not_number"),
        ('{"price": ""}', "not_number"),
        ('{"price": true}', "not_number"),
        ('{"price": [1]}', "not_number"),
        ('{"price": 10.001}', "max_decimal_places"),
        ('{"price": 10.000000000000000000000000000000001}', "max_digits"),
        ('{"price": 1e-400}', "max_digits"),
        ('{"price": -0.01}', "min_value"),
        ('{"price": 100000.01}', "max_value"),
        ('{"price": 1e400}', "max_value"),
        ('{"price": null}', "null"),
        ('{"factor": 100}', "max_whole_digits"),
        ('{"factor": 1e400}', "max_digits"),
        ('{"factor": ""}', "not_number"),
        ('{"flag": 1}', "not_boolean"),
        ('{"flag": 0}', "not_boolean"),
        ('{"flag": "true"}', "not_boolean"),
        ('{"flag": "yes"}', "not_boolean"),
        ('{"flag": ""}', "not_boolean"),
        ('{"flag": []}', "not_boolean"),
        ('{"flag": null}', "null"),
        ('{"maybe": "null"}', "not_boolean"),
        ('{"choice": "One_Time"}', "invalid_choice"),
        ('{"choice": " timed"}', "invalid_choice"),
        ('{"choice": ""}', "invalid_choice"),
        ('{"choice": 1}', "invalid_choice"),
        ('{"choice": true}', "invalid_choice"),
        ('{"choice": []}', "invalid_choice"),
        ('{"choice": {}}', "invalid_choice"),
        ('{"choice": null}', "null"),
        ('{"at": "2026-12-31T23:59:00"}', "no_offset"),
        ('{"at": "2026-12-31"}', "no_offset"),
        ('{"at": "2026-02-29T00:00:00Z"}', "no_offset"),
        ('{"at": "2026-12-31T24:61:00Z"}', "no_offset"),
        ('{"at": "2026-12-31T23:59:00+25:00"}', "no_offset"),
        ('{"at": "0000-01-01T00:00:00Z"}', "no_offset"),
        ('{"at": "0001-01-01T00:00:00+23:59"}', "no_offset"),
        ('{"at": "9999-12-31T23:59:59-00:01"}', "no_offset"),
        ('{"at": "0001-12-31T23:59:59Z"}', "year"),
        ('{"at": "9999-01-01T00:00:00Z"}', "year"),
        ('{"at": "9998-12-31T23:59:59-12:00"}', "year"),
        ('{"at": "٢٠٢٦-12-31T23:59:00Z"}', "no_offset"),
        ('{"at": "2026-12-31T23:59:00Z\\n"}', "no_offset"),
        ('{"at": 1767225540}', "no_offset"),
        ('{"at": true}', "no_offset"),
        ('{"at": null}', "null"),
    ],
)
def test_a_value_of_another_kind_is_refused(body, code):
    assert fault_of(body) == (body.split('"')[1], code)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('{"text": "  a b "}', "a b"),
        ('{"title": "a  b"}', "a  b"),
        ('{"raw": " a\\n"}', " a\n"),
        ('{"raw": ""}', ""),
        ('{"count": 7}', 7),
        ('{"count": 7.0}', 7),
        ('{"count": 7e2}', 700),
        ('{"count": -0.0}', 0),
        ('{"wide": 1e400}', 10**400),
        ('{"price": 19}', Decimal("19.00")),
        ('{"price": 19.9}', Decimal("19.90")),
        ('{"price": 1e3}', Decimal("1000.00")),
        ('{"price": 10.10000000000000000000000000000000000000}', Decimal("10.10")),
        ('{"factor": null}', None),
        ('{"factor": -1.5}', Decimal("-1.500")),
        ('{"flag": true}', True),
        ('{"flag": false}', False),
        ('{"maybe": null}', None),
        ('{"choice": "timed"}', "timed"),
        ('{"at": "2026-12-31T23:59:00Z"}', datetime(2026, 12, 31, 23, 59, tzinfo=UTC)),
        ('{"at": "9998-12-31T23:59:59Z"}', datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ('{"at": "2026-12-31 23:59+02:00"}', datetime(2026, 12, 31, 21, 59, tzinfo=UTC)),
        ('{"at": "2026-12-31T23:59:00.123456-01:30"}', datetime(2027, 1, 1, 1, 29, 0, 123456, tzinfo=UTC)),
    ],
)
def test_a_value_of_the_right_kind_is_read(body, value):
    (read,) = parse(body).values()
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("mark", ["\x00", "\x1b", "\x7f", "\x85", "\ud800"])
def test_a_control_character_is_refused_also_where_no_json_was_parsed(mark):
    with pytest.raises(InvalidFields) as caught:
        Everything.parse_data({"raw": f"a{mark}b"})
    assert [(fault.field, fault.code) for fault in caught.value.errors] == [("raw", "control")]


def test_a_time_comes_as_utc():
    assert parse('{"at": "2026-12-31T23:59:00+02:00"}')["at"].tzinfo is UTC


def test_a_price_has_the_decimals_of_its_field():
    assert str(parse('{"price": 1e1}')["price"]) == "10.00"


def test_a_negative_zero_is_zero():
    assert str(parse('{"price": -0.0}')["price"]) == "0.00"


def test_a_number_without_limits_keeps_every_digit():
    digits = "1" * 300 + "." + "1" * 90
    assert str(parse(f'{{"exact": {digits}}}')["exact"]) == digits


@given(st.integers(-(10**12), 10**12) | st.decimals(-(10**6), 10**6, places=3))
def test_a_price_is_read_exactly_or_refused(number):
    try:
        read = parse(f'{{"price": {number}}}')["price"]
    except InvalidFields:
        assert not 0 <= number <= 100_000 or number != round(number, 2)
    else:
        assert read == number
        assert read.as_tuple().exponent == -2
