"""The rules of each field, over HTTP: strict types, exact edges."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.errors import InvalidFields
from api.parsers import loads
from api.renderers import dumps
from providers.models import Source
from providers.serializers import ProviderOutput, read_push
from providers.services import Proposal, apply_update
from providers.tests.factories import make_provider, owner_of, push

LIMITS = {
    "uptimePercentage": (100, 3),
    "sla": (100, 3),
    "pnrEligiblePercent": (100, 3),
    "arcaneOsPercent": (100, 3),
    "responseTimeHours": (720, 2),
}
WHOLE = {"totalNodes": 1_000_000, "totalClients": 1_000_000, "dataCenters": 1_000}
FLAGS = ["hasDiscount", "acceptsFlux", "acceptsStripe", "acceptsFiat", "whiteLabel", "autoRenew"]
FLAGS += ["delegationAvailable"]


@pytest.fixture
def provider():
    return make_provider()


def accepts(body):
    """Return whether the parser and the serializer take the JSON text or object."""
    text = body if isinstance(body, bytes) else dumps(body)
    try:
        read_push(loads(text))
    except InvalidFields:
        return False
    return True


@given(st.sampled_from(sorted(LIMITS)), st.integers(-200_000, 1_000_000), st.integers(0, 6))
def test_a_number_is_taken_exactly_when_it_is_in_range_and_has_few_enough_decimals(name, digits, scale):
    limit, decimals = LIMITS[name]
    number = Decimal(digits).scaleb(-scale)
    has_few = number == round(number, decimals)
    assert accepts(dumps({name: number})) == (0 <= number <= limit and has_few)


@given(st.integers(-10_000, 20_000_000), st.integers(0, 5))
def test_a_price_is_taken_exactly_when_it_is_in_range_and_has_at_most_two_decimals(digits, scale):
    price = Decimal(digits).scaleb(-scale)
    body = dumps({"tiers": [{"tier": "nimbus", "price": price}]})
    assert accepts(body) == (0 <= price <= 100_000 and price == round(price, 2))


@given(st.sampled_from(sorted(WHOLE)), st.integers(-10, 1_000_010))
def test_a_count_is_taken_exactly_when_it_is_in_range(name, number):
    assert accepts({name: number}) == (0 <= number <= WHOLE[name])


@pytest.mark.django_db
@given(st.sampled_from(sorted(LIMITS)), st.integers(0, 720_000))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_number_comes_back_as_it_went_in(provider, name, digits):
    limit, decimals = LIMITS[name]
    number = min(Decimal(digits).scaleb(-decimals), Decimal(limit))
    fields, _ = read_push(loads(dumps({name: number})))
    after = apply_update(Proposal(provider=provider, fields=fields, source=Source.PUSH)).provider
    assert loads(dumps(ProviderOutput(after).data))[name] == number


@pytest.mark.parametrize(
    "text",
    [
        b"1e2",
        b"1E+2",
        b"100.000",
        b"100.0000000000000000000000000000000000000",
        b"0",
        b"-0.0",
        b"0e400",
        b"99.990",
    ],
)
def test_spellings_of_a_number_in_range_are_taken(text):
    assert accepts(b'{"sla": %s}' % text)


@pytest.mark.parametrize(
    "text",
    [
        b"100.001",
        b"-0.001",
        b"1e400",
        b"-1e400",
        b"1e-400",
        b"99.9990000000000000000000000000000001",
        b"100.0000000000000000000000000000000001",
        b'"99"',
        b'""',
        b"true",
        b"[]",
        b"{}",
    ],
)
def test_other_numbers_and_other_types_are_refused(text):
    assert not accepts(b'{"sla": %s}' % text)


def test_minus_zero_is_zero():
    assert str(read_push(loads(b'{"sla": -0.0}'))[0]["sla"]) == "0.000"


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_count_is_a_whole_json_number(name):
    assert accepts({name: 7})
    assert accepts(b'{"%s": 7.0}' % name.encode())
    for value in (7.5, "7", True, [7], ""):
        assert not accepts({name: value})


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_is_true_or_false(name):
    assert accepts({name: True})
    assert accepts({name: False})
    refused: list[Any] = ["true", 1, 0, "", None, []]
    for value in refused:
        assert not accepts({name: value})


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("name", ["Ab", "x" * 80, "Ünï Çode", " ab "], ["a", " a ", "", "   ", "x" * 81, "a\nb", 5]),
        ("description", ["", "x" * 200], ["x" * 201, "two\nlines", "a\tb", 5]),
        ("longDescription", ["", "x" * 10_000, "two\nlines\t", None], ["x" * 10_001, 5]),
        ("comments", ["", "x" * 500, "two\nlines", None], ["x" * 501, 5]),
        ("type", ["managed", "selfSetup", "dedicated"], ["Managed", "self_setup", "", 1]),
        ("languages", [[], ["en"], ["EN", "pl"]], [["en", "EN"], ["zz"], ["eng"], ["en", 1], "en", {"0": "en"}]),
        ("supportChannels", [[], ["email", "x"]], [["email", "email"], ["fax"], ["Email"], "email", [None]]),
        ("discord", ["https://discord.gg/XXXXX", "https://discord.com/invite/a-b"], ["https://discord.gg/", "x"]),
        ("tiers", [[], [{"tier": "cumulus", "price": 0}]], [{}, "x", [1], [{"tier": "cumulus"}], [{"price": 1}]]),
    ],
)
def test_a_field_takes_and_refuses(name, good, bad):
    assert [value for value in good if not accepts({name: value})] == []
    assert [value for value in bad if accepts({name: value})] == []


def test_lists_have_limits():
    codes = ["en", "pl", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "fi", "nb", "cs", "sk", "hu", "ro"]
    codes += ["bg", "el", "tr", "ru", "uk", "ja", "ko", "zh", "ar", "he", "hi", "th", "vi", "id", "ms"]
    assert accepts({"languages": codes[:30]})
    assert not accepts({"languages": codes[:31]})
    tiers = [{"tier": "nimbus", "price": 1, "planName": f"Plan {n}"} for n in range(13)]
    assert accepts({"tiers": tiers[:12]})
    assert not accepts({"tiers": tiers})


def test_languages_are_lower_cased():
    assert read_push({"languages": ["EN", "pl"]})[0] == {"languages": ["en", "pl"]}


def test_a_tier_and_its_plan_name_come_once():
    twice = [{"tier": "nimbus", "price": 1}, {"tier": "nimbus", "price": 2, "planName": "Nimbus"}]
    with pytest.raises(InvalidFields) as refusal:
        read_push({"tiers": twice})
    assert [(e.field, e.code) for e in refusal.value.errors] == [("tiers[1]", "repeated")]
    assert accepts({"tiers": [twice[0], twice[1] | {"planName": "Big"}]})


def test_a_plan_name_has_1_to_60_characters():
    for plan_name, fits in (
        ("x", True),
        ("x" * 60, True),
        ("x" * 61, False),
        ("", False),
        (" ", False),
        (None, False),
    ):
        body = {"tiers": [{"tier": "nimbus", "price": 1, "planName": plan_name}]}
        assert accepts(body) == fits, plan_name


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given_country", "name", "code"),
    [
        ("Poland", "Poland", "PL"),
        ("pl", "Poland", "PL"),
        ("POL", "Poland", "PL"),
        ("616", "Poland", "PL"),
        ("UK", "United Kingdom", "GB"),
        ("Russia", "Russia", "RU"),
        ("Turkey", "Türkiye", "TR"),
        ("Kosovo", "Kosovo", "XK"),
        ("The Netherlands", "Netherlands", "NL"),
        ("Ivory Coast", "Côte d'Ivoire", "CI"),
    ],
)
def test_a_country_is_shown_by_its_english_name(provider, given_country, name, code):
    data = push(owner_of(provider), provider.slug, {"country": given_country}).json()["data"]
    assert (data["country"], data["countryCode"]) == (name, code)


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        (
            {"country": "Europe"},
            "country",
            "is not a country we know; send an English name (Poland) or an ISO code (PL)",
        ),
        ({"type": "Managed"}, "type", "must be one of: managed, selfSetup, dedicated"),
        ({"tiers": {}}, "tiers", "must be a list"),
        ({"tiers": [1]}, "tiers[0]", "must be a JSON object"),
        ({"languages": ["xx"]}, "languages[0]", '"xx" is not an ISO 639-1 language code'),
    ],
)
def test_a_refusal_says_what_would_be_right(body, field, sentence):
    with pytest.raises(InvalidFields) as caught:
        read_push(body)
    assert [(fault.field, fault.message) for fault in caught.value.errors] == [(field, sentence)]


@pytest.mark.django_db
def test_an_unknown_country_is_answered_with_a_suggestion(provider):
    answer = push(owner_of(provider), provider.slug, {"country": "Polnd"})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {
            "field": "country",
            "code": "unknown_country",
            "message": "is not a country we know; did you mean Poland?",
        }
    ]
