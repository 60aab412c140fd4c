"""Countries by English name or ISO 3166 code. Pure; knows no database.

Codes and names come from pycountry (Debian's iso-codes). Where ISO's name is not what people write
("Korea, Republic of"), the name of the Unicode CLDR stands in. Kosovo has the user-assigned code XK.
"""

import difflib
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import pycountry

_DISPLAY = {
    "BN": "Brunei",
    "CC": "Cocos Islands",
    "CD": "Democratic Republic of the Congo",
    "CG": "Republic of the Congo",
    "FK": "Falkland Islands",
    "FM": "Micronesia",
    "MF": "Saint Martin",
    "PN": "Pitcairn Islands",
    "PS": "Palestine",
    "RU": "Russia",
    "SX": "Sint Maarten",
    "VA": "Vatican City",
    "VG": "British Virgin Islands",
    "VI": "U.S. Virgin Islands",
    "XK": "Kosovo",
}
_ALIASES = {
    "AE": ("UAE", "Emirates"),
    "BA": ("Bosnia",),
    "CD": ("DR Congo", "DRC", "Congo-Kinshasa"),
    "CG": ("Congo", "Congo-Brazzaville"),
    "CI": ("Ivory Coast",),
    "CV": ("Cape Verde",),
    "CZ": ("Czech Republic",),
    "GB": ("UK", "U.K.", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland"),
    "KG": ("Kirghizia",),
    "MK": ("Macedonia",),
    "MM": ("Burma",),
    "MO": ("Macau",),
    "NL": ("Holland",),
    "RU": ("Russian Federation",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Turkey",),
    "US": ("USA", "U.S.A.", "U.S.", "America"),
    "VA": ("Vatican", "Holy See"),
    "XK": ("XKX", "Republic of Kosovo"),
}
MAX_LENGTH = 80


@lru_cache(maxsize=1)
def names() -> Mapping[str, str]:
    """Return the English name of every ISO 3166 alpha-2 code, and of XK."""
    listed = {c.alpha_2: getattr(c, "common_name", c.name) for c in pycountry.countries}
    return MappingProxyType(dict(sorted((listed | _DISPLAY).items())))


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    """Return the alpha-2 code of every spelling, in the form of `_plain`."""
    spellings: dict[str, str] = {}
    for country in pycountry.countries:
        known = (country.name, getattr(country, "official_name", ""), country.alpha_3, country.numeric)
        spellings |= {_plain(spelling): country.alpha_2 for spelling in known if spelling}
    for code, others in _ALIASES.items():
        spellings |= {_plain(spelling): code for spelling in others}
    for code, name in names().items():
        spellings |= {_plain(name): code, _plain(code): code}
    return MappingProxyType(spellings)


def code_of(text: str) -> str | None:
    """Return the alpha-2 code for an English name, an alias, or an ISO 3166 code in any form ("PL", "POL", "616").

    Case, accents, punctuation, "St." for "Saint" and a leading "the" do not matter. None for anything else.
    """
    return _codes().get(_plain(text)) if len(text) <= MAX_LENGTH else None


def nearest_name(text: str) -> str | None:
    """Return the English name of the country whose spelling is closest, None when none is close."""
    found = difflib.get_close_matches(_plain(text[:MAX_LENGTH]), list(_codes()), n=1)
    return names()[_codes()[found[0]]] if found else None


def _plain(text: str) -> str:
    letters = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = re.sub(r"[.,'’()]", "", letters.casefold().replace("&", " and "))
    words = re.sub(r"\bst\b", "saint", re.sub(r"[\s_-]+", " ", words))
    return words.strip().removeprefix("the ")
