"""Strict JSON: what a lenient parser would guess at is a 400, and nothing else is."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import MalformedBody
from api.parsers import DEFAULT_MAX_BODY_BYTES, MAX_DEPTH, loads

pytestmark = pytest.mark.urls("api.tests.urls")
URL = "/api/links/echo"

REFUSED = {
    "nothing after the colon": (b'{"a":', "The body is not valid JSON (line 1, column 6): Expecting value."),
    "a comma too many": (b'{"a": 1,}', "The body is not valid JSON (line 1, column 9)"),
    "two documents": (b"{} {}", "The body is not valid JSON (line 1, column 4): Extra data."),
    "only white space": (b"  ", "The body is not valid JSON (line 1, column 3)"),
    "single quotes": (b"{'a': 1}", "The body is not valid JSON (line 1, column 2)"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "The body is not valid JSON (line 1, column 1)"),
    "duplicate key": (b'{"a": 1, "b": 2, "a": 3}', "The key 'a' appears twice in one object."),
    "duplicate key inside": (b'{"x": [{"a": 1, "\\u0061": 1}]}', "The key 'a' appears twice in one object."),
    "NaN": (b'{"a": NaN}', "NaN is not a JSON number."),
    "Infinity": (b'{"a": Infinity}', "Infinity is not a JSON number."),
    "-Infinity": (b'{"a": -Infinity}', "-Infinity is not a JSON number."),
    "NUL escaped": (b'{"a": "b\\u0000c"}', "A text contains a control character."),
    "NUL in a name": (b'{"b\\u0000c": 1}', "A text contains a control character."),
    "escape character": (b'["\\u001b[31m"]', "A text contains a control character."),
    "delete": (b'["\x7f"]', "A text contains a control character."),
    "control sequence introducer": (b'["\\u009b31m"]', "A text contains a control character."),
    "raw NUL": (b'{"a": "b\x00c"}', "Invalid control character"),
    "raw line end in a text": (b'["a\nb"]', "Invalid control character"),
    "high surrogate alone": (b'["\\ud800"]', "A text contains a control character."),
    "low surrogate alone": (b'["\\udc00 x"]', "A text contains a control character."),
    "surrogates the wrong way round": (b'["\\udc00\\ud800"]', "A text contains a control character."),
    "not UTF-8": (b'{"a": "\xff\xfe"}', "The body is not UTF-8."),
    "UTF-8 surrogate": (b'["\xed\xa0\x80"]', "The body is not UTF-8."),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "The body is not UTF-8."),
    "5,000 lists": (b"[" * 5000 + b"]" * 5000, "The body is nested deeper than 64 levels."),
    "5,000 objects": (b'{"a":' * 5000 + b"1" + b"}" * 5000, "The body is nested deeper than 64 levels."),
    "100,000 opening brackets": (b"[" * 100_000, "The body is nested deeper than 64 levels."),
    "an integer of 401 digits": (b"[" + b"9" * 401 + b"]", "A number is too long."),
    "an integer of 10,000 digits": (b"[" + b"9" * 10_000 + b"]", "A number is too long."),
    "a fraction of 500 digits": (b"[0." + b"1" * 500 + b"]", "A number is too long."),
    "an exponent of 401": (b"[1e401]", "A number is too long."),
    "a huge exponent": (b"[1e999999999]", "A number is too long."),
    "an exponent past Decimal's": (b"[1e99999999999999999999]", "A number is too long."),
    "a zero with a huge exponent": (b"[0e999999]", "A number is too long."),
    "a tiny number": (b"[1e-999999999]", "A number is too long."),
    "a leading zero": (b"[007]", "The body is not valid JSON"),
    "a leading plus": (b"[+7]", "The body is not valid JSON"),
    "hexadecimal": (b"[0x10]", "The body is not valid JSON"),
}

READ = {
    "tab and line ends": (b'["a\\tb\\r\\n"]', ["a\tb\r\n"]),
    "a pair of surrogates": (b'["\\ud83d\\ude00"]', ["\U0001f600"]),
    "the same name in two objects": (b'[{"a": 1}, {"a": 1}]', [{"a": 1}, {"a": 1}]),
    "white space around": (b" \r\n\t[1]\n", [1]),
    "64 levels": (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    "400 digits": (b"[" + b"9" * 400 + b"]", [int("9" * 400)]),
    "an exponent of 400": (b"[1e400]", [Decimal("1e400")]),
    "a whole number": (b"[7]", [7]),
    "a fraction": (b"[19.90]", [Decimal("19.90")]),
}


@pytest.mark.parametrize(("body", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_a_lenient_parser_would_guess_at_is_a_400_that_says_why(client, body, sentence):
    response = client.post(URL, body, content_type="application/json")
    assert response.status_code == 400
    answer = response.json()
    assert answer.keys() == {"detail", "code"}
    assert answer["code"] == "malformed_body"
    assert sentence in answer["detail"]


@pytest.mark.parametrize(("body", "value"), READ.values(), ids=READ)
def test_what_the_rules_allow_is_read(body, value):
    assert value is None or loads(body) == value
    loads(body)


def test_65_levels_are_one_too_many():
    with pytest.raises(MalformedBody, match="64 levels"):
        loads(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_a_number_with_a_fraction_keeps_every_digit():
    number = loads(b"[0.1000000000000000055511151231257827]")[0]
    assert str(number) == "0.1000000000000000055511151231257827"


def test_a_body_of_ten_megabytes_is_a_413(client):
    response = client.post(URL, b'"' + b"a" * 10 * 1024 * 1024 + b'"', content_type="application/json")
    assert response.status_code == 413
    assert response.json() == {"detail": "The body is larger than 1048576 bytes.", "code": "body_too_large"}


def test_the_largest_body_is_one_mebibyte(client):
    largest = b'"' + b"a" * (DEFAULT_MAX_BODY_BYTES - 2) + b'"'
    assert client.post(URL, largest, content_type="application/json").status_code == 200
    assert client.post(URL, largest + b" ", content_type="application/json").status_code == 413


def test_a_view_can_read_less(client):
    assert client.post("/api/v1/small", b'"12345678"', content_type="application/json").status_code == 200
    assert client.post("/api/v1/small", b'"123456789"', content_type="application/json").status_code == 413


def test_an_empty_body_is_an_object_without_fields(client):
    assert client.post(URL, b"", content_type="application/json").json() == {"body": {}}


CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**398), 10**398)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(CHARACTERS)
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(CHARACTERS), inner), max_leaves=20
)


@given(DOCUMENTS, st.booleans())
def test_whatever_json_writes_is_read_back_the_same(document, ensure_ascii):
    written = json.dumps(document, ensure_ascii=ensure_ascii)
    assert loads(written.encode()) == json.loads(written, parse_float=Decimal)


@given(st.binary() | st.text('[]{}:,"\\ud80 \n\t01e.-+NaInfty').map(str.encode))
def test_any_bytes_are_read_as_json_reads_them_or_refused(body):
    try:
        read = loads(body)
    except MalformedBody:
        return
    assert read == json.loads(body, parse_float=Decimal)
