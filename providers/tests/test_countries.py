"""Names and codes of countries and languages."""

import pytest

from providers import countries
from providers.languages import language_codes

pytestmark = pytest.mark.once


def test_every_country_is_found_by_its_name_and_its_code():
    for code, name in countries.names().items():
        assert countries.code_of(name) == countries.code_of(code) == countries.code_of(code.lower()) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("usa", "US"),
        ("U.S.A.", "US"),
        ("great britain", "GB"),
        ("South Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("Czech Republic", "CZ"),
        ("Cote d’Ivoire", "CI"),
        ("St. Lucia", "LC"),
        ("Trinidad & Tobago", "TT"),
        ("the gambia", "GM"),
        ("Viet Nam", "VN"),
        ("Holland", "NL"),
    ],
)
def test_common_spellings_are_understood(text, code):
    assert countries.code_of(text) == code


@pytest.mark.parametrize("text", ["", " ", "zz", "the", "Atlantis", "p", "Poland" * 20, "\0"])
def test_anything_else_is_not_a_country(text):
    assert countries.code_of(text) is None


def test_a_suggestion_is_a_display_name():
    assert countries.nearest_name("Gremany") == "Germany"
    assert countries.nearest_name("qqqqqqqq") is None


def test_languages_are_two_letters():
    assert {"en", "pl", "zh"} <= language_codes()
    assert all(len(code) == 2 and code.islower() for code in language_codes())
