"""The `zelidauth` header in its two forms, and what is no such header."""

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud import phrases
from cloud.zelidauth import Claim, header_of, parse

pytestmark = pytest.mark.once

CLAIM = Claim("1abc", "H+/=", "1790000000000abc")
FIELDS = {"zelid": "1abc", "signature": "H+/=", "loginPhrase": "1790000000000abc"}


@pytest.mark.parametrize(
    "header",
    [
        urlencode(FIELDS),
        urlencode(dict(reversed(FIELDS.items()))),
        json.dumps(FIELDS),
        "  " + json.dumps(FIELDS, indent=1),
        "zelid=1abc&signature=H+/=&loginPhrase=1790000000000abc",
        f"zelid=1abc&signature={quote('H+/=')}&loginPhrase=1790000000000abc&more=1",
        json.dumps(FIELDS | {"more": [1]}),
    ],
)
def test_both_forms_say_the_same(header):
    assert parse(header) == CLAIM


def test_a_header_that_is_made_is_read():
    assert parse(header_of(CLAIM)) == CLAIM


@pytest.mark.parametrize(
    "header",
    [
        "",
        "zelid",
        "zelid=1abc",
        "zelid=&signature=x&loginPhrase=y",
        "zelid[]=1abc&signature=x&loginPhrase=y",
        "zelid[$ne]=1abc&signature=x&loginPhrase=y",
        "zelid=1abc&zelid=1abd&signature=x&loginPhrase=y",
        "zelid=%ff&signature=x&loginPhrase=y",
        "&".join(f"a{n}=1" for n in range(100)),
        "[]",
        "{",
        "null",
        '{"zelid": "1abc"}',
        json.dumps(FIELDS | {"zelid": ["1abc"]}),
        json.dumps(FIELDS | {"zelid": {"$ne": ""}}),
        json.dumps(FIELDS | {"signature": 7}),
        json.dumps(FIELDS)[:-1] + ', "zelid": "1abd"}',
        '{"a":' + "[" * 2000 + "]" * 2000 + "}",
        json.dumps(FIELDS | {"signature": "x" * 1_000_000}),
        urlencode(FIELDS | {"signature": "x" * 1_000_000}),
    ],
)
def test_what_is_no_header(header):
    assert parse(header) is None


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text):
    parse(text)
    parse("{" + text)


def test_a_phrase_is_13_digits_and_42_signs_that_nobody_can_guess():
    made = {phrases.make(1_790_000_000_000) for _ in range(50)}
    assert len(made) == 50
    for phrase in made:
        assert len(phrase) == 55
        assert phrases.is_phrase(phrase)
        assert phrase[13:].isalnum()
        assert phrase == phrase.lower()
        assert phrases.moment_of(phrase) == 1_790_000_000_000


@pytest.mark.parametrize(
    ("text", "is_within"),
    [
        ("1790000000000" + "a" * 27, True),
        ("1790000000000" + "a" * 26, False),
        ("1789999100000" + "a" * 27, True),
        ("1789999099999" + "a" * 27, False),
        ("1790000000001" + "a" * 27, False),
        ("I agree to the terms of service of example.com", False),
        ("179000000000x" + "a" * 40, False),
        ("\u0661790000000000" + "a" * 40, False),
        (" 179000000000" + "a" * 40, False),
        ("", False),
    ],
)
def test_a_phrase_begins_with_a_time_within_the_window(text, is_within):
    assert phrases.is_within(text, now_ms=1_790_000_000_000, window_ms=phrases.VALID_MS) is is_within


@pytest.mark.parametrize(
    "text", ["1790000000000" + "a" * 58, "1790000000000" + "\0" * 40, "1790000000000 " + "a" * 40]
)
def test_what_can_be_no_phrase(text):
    assert not phrases.is_phrase(text)
