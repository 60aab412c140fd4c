"""What the contract says of each field of a push, as values to try: its edges from inside, and from outside.

Written from the contract's table alone, so that it agrees with the code only if both agree with the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pycountry
from hypothesis import strategies as st

Values = st.SearchStrategy[Any]
# Without the fillers, letters that show nothing.
_LETTERS = st.characters(
    categories=["L", "N", "P", "S"], exclude_characters="\x85\u2028\u2029\u115f\u1160\u3164\uffa0"
)
_JSON_TYPES: dict[str, Values] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "number": st.sampled_from([0, 1, 7, Decimal("1.5"), -1, 10**12]),
    "string": st.sampled_from(["", "7", "yes", "true", "null", "managed", "1e2", " "]),
    "list": st.sampled_from([[], [1], ["en"], [[]]]),
    "object": st.sampled_from([{}, {"0": "en"}, {"tier": "nimbus", "price": 1}]),
}


def _other_than(*kinds: str) -> Values:
    """Return values of other JSON types; null is for `Rule.is_nullable` to say."""
    return st.one_of(*(values for kind, values in _JSON_TYPES.items() if kind not in {*kinds, "null"}))


def _itself(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Rule:
    """One row of the table. shown: what a listing shows of a value that was accepted."""

    good: Values
    bad: Values
    is_nullable: bool
    shown: Callable[[Any], Any] = _itself


def _line(low: int, high: int) -> Values:
    """Return single lines of a length, its edges among them; blanks around them are cut."""
    edges = st.sampled_from(["x" * low, "x" * high, "é" * high, "x" * (high - 1)])
    return st.one_of(edges, st.text(_LETTERS, min_size=max(low, 1), max_size=min(high, 40)))


def _bad_line(high: int) -> Values:
    controls = st.sampled_from(
        [
            "two\nlines",
            "a\tb",
            "a\r\nb",
            "nul\x00l",
            "bell\x07s",
            "a\u2028b",
            "a\x85b",
            "\x7fdel",
            "a\u202eb",
            "\u2067ab",
        ]
    )
    return st.one_of(_other_than("string"), controls, st.just("x" * (high + 1)), st.just(" " * high + "xx"))


def _text(high: int) -> Values:
    edges = st.sampled_from(["", "x", "two\nlines\tand a tab", "x" * high, "ü" * high, " kept "])
    return st.one_of(edges, st.text(_LETTERS | st.sampled_from("\n\t "), max_size=40))


def _bad_text(high: int) -> Values:
    return st.one_of(_other_than("string"), st.sampled_from(["x" * (high + 1), "nul\x00l", "a\x07b", "\x9f"]))


def _number(limit: int, decimals: int) -> Values:
    whole = limit * 10**decimals
    return st.one_of(
        st.sampled_from([0, limit, Decimal(limit) - Decimal(1).scaleb(-decimals), Decimal(1).scaleb(-decimals)]),
        st.integers(0, whole).map(lambda digits: Decimal(digits).scaleb(-decimals)),
    )


def _bad_number(limit: int, decimals: int) -> Values:
    step = Decimal(1).scaleb(-decimals)
    outside = [-step, limit + step, -1, limit + 1, 10**18, step / 10, limit - step / 10]
    return st.one_of(_other_than("number"), st.sampled_from(outside))


def _count(limit: int) -> Rule:
    good = st.one_of(st.sampled_from([0, 1, limit, Decimal("7.0"), Decimal("1E+2")]), st.integers(0, limit))
    bad = st.sampled_from([-1, limit + 1, Decimal("7.5"), Decimal("0.1"), 10**18])
    return Rule(good, st.one_of(_other_than("number"), bad), True, int)


def _share() -> Rule:
    return Rule(_number(100, 3), _bad_number(100, 3), True, Decimal)


_FLAG = Rule(st.booleans(), _other_than("boolean"), False)
_HOSTS = ["example.com", "a-b.example.co.uk", "EXAMPLE.org", "xn--bcher-kva.example", "example.com:8443"]
_PATHS = st.sampled_from(["", "/", "/a?b=c#d"])
_BAD_SITES = [
    "",
    "example.com",
    "ftp://example.com",
    "//example.com",
    "javascript:alert(1)",
    "http://localhost",
    "https://intranet",
    "https://127.0.0.1",
    "https://[::1]/",
    "https://2130706433",
    "https://user@example.com",
    "https://user:pass@example.com/",
    "https://printer.local",
    "https://exa mple.com",
    "https://example.com/\nx",
    "https:///path",
    "https://example.com/" + "x" * 2029,
]
_WEBSITE = Rule(
    st.one_of(
        st.builds("{}://{}{}".format, st.sampled_from(["http", "https"]), st.sampled_from(_HOSTS), _PATHS),
        st.just("https://example.com/" + "x" * 2028),
    ),
    st.one_of(_other_than("string"), st.sampled_from(_BAD_SITES)),
    True,
)
_CODE = st.text("abcXYZ019-", min_size=2, max_size=20)
_DISCORD = Rule(
    st.builds("{}{}".format, st.sampled_from(["https://discord.gg/", "https://discord.com/invite/"]), _CODE),
    st.one_of(
        _other_than("string"),
        st.sampled_from(
            [
                "",
                "discord.gg/abc",
                "http://discord.gg/abc",
                "https://discord.gg/",
                "https://discord.gg/a/b",
                "https://discord.gg.evil.com/abc",
                "https://discord.com/channels/1",
                "https://discord.com/invite/",
                "https://evil.com/https://discord.gg/abc",
            ]
        ),
    ),
    True,
)
_COUNTRIES = {"UK": "United Kingdom", "Russia": "Russia", "Turkey": "Türkiye", "Kosovo": "Kosovo"} | {
    "The Netherlands": "Netherlands",
    "Ivory Coast": "Côte d'Ivoire",
    "Poland": "Poland",
    "pl": "Poland",
    "POL": "Poland",
    "XK": "Kosovo",
    "united states": "United States",
}
_LANGUAGES = sorted(language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2"))
_CHANNELS = ["email", "discord", "phone", "telegram", "ticket", "livechat", "whatsapp", "x", "matrix", "forum"]
_SIZES = ["cumulus", "nimbus", "stratus"]
_TIER = st.fixed_dictionaries(
    {"tier": st.sampled_from(_SIZES), "price": _number(100_000, 2)}, optional={"planName": _line(1, 60)}
)
_BAD_TIERS: list[Any] = [
    [{}],
    ["nimbus"],
    [{"tier": "nimbus"}],
    [{"price": 1}],
    [{"tier": "Nimbus", "price": 1}],
    [{"tier": "mega", "price": 1}],
    [{"tier": "nimbus", "price": "1"}],
    [{"tier": "nimbus", "price": None}],
    [{"tier": "nimbus", "price": -1}],
    [{"tier": "nimbus", "price": Decimal("0.001")}],
    [{"tier": "nimbus", "price": Decimal("100000.01")}],
    [{"tier": "nimbus", "price": True}],
    [{"tier": "nimbus", "price": 1, "planName": ""}],
    [{"tier": "nimbus", "price": 1, "planName": "\u200b"}],
    [{"tier": "nimbus", "price": 1, "planName": "\u202egib"}],
    [{"tier": "nimbus", "price": 1, "planName": "x" * 61}],
    [{"tier": "nimbus", "price": 1, "planName": None}],
    [{"tier": "nimbus", "price": 1}, {"tier": "nimbus", "price": 2, "planName": "Nimbus"}],
    [{"tier": "nimbus", "price": 1, "planName": f"Plan {n}"} for n in range(13)],
]


def _plan(tier: dict[str, Any]) -> tuple[str, str]:
    return tier["tier"], tier.get("planName", tier["tier"].capitalize()).strip()


def _shown_tiers(tiers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"tier": t["tier"], "price": Decimal(t["price"]), "planName": _plan(t)[1]} for t in tiers]


def _lists(items: Values, most: int) -> Values:
    return st.lists(items, max_size=most, unique_by=str.lower)


RULES: dict[str, Rule] = {
    "name": Rule(
        _line(2, 80),
        st.one_of(_bad_line(80), st.sampled_from(["", "x", " x ", "   ", "\u200b\u200b", "x\u3164"])),
        False,
        str.strip,
    ),
    "description": Rule(st.one_of(_line(0, 200), st.just(" cut ")), _bad_line(200), False, str.strip),
    "longDescription": Rule(_text(10_000), _bad_text(10_000), True),
    "website": _WEBSITE,
    "discord": _DISCORD,
    "country": Rule(
        st.sampled_from(sorted(_COUNTRIES)),
        st.one_of(_other_than("string"), st.sampled_from(["", "Polnd", "Atlantis", "ZZ", "P", "x" * 81])),
        True,
        _COUNTRIES.__getitem__,
    ),
    "type": Rule(
        st.sampled_from(["managed", "selfSetup", "dedicated"]),
        st.one_of(_other_than("string"), st.sampled_from(["", "Managed", "selfsetup", "self_setup", "managed "])),
        False,
    ),
    "tiers": Rule(
        st.lists(_TIER, max_size=12, unique_by=_plan),
        st.one_of(_other_than("list"), st.sampled_from(_BAD_TIERS)),
        False,
        _shown_tiers,
    ),
    "comments": Rule(_text(500), _bad_text(500), True),
    "totalNodes": _count(1_000_000),
    "totalClients": _count(1_000_000),
    "dataCenters": _count(1_000),
    "uptimePercentage": _share(),
    "sla": _share(),
    "pnrEligiblePercent": _share(),
    "arcaneOsPercent": _share(),
    "responseTimeHours": Rule(_number(720, 2), _bad_number(720, 2), True, Decimal),
    "languages": Rule(
        _lists(st.sampled_from(_LANGUAGES + [code.upper() for code in _LANGUAGES]), 30),
        st.one_of(
            _other_than("list"),
            st.sampled_from([["xx"], ["eng"], [""], [1], [None], ["en", "EN"], ["en", ["pl"]], _LANGUAGES[:31]]),
        ),
        False,
        lambda codes: [code.lower() for code in codes],
    ),
    "supportChannels": Rule(
        st.lists(st.sampled_from(_CHANNELS), max_size=10, unique=True),
        st.one_of(_other_than("list"), st.sampled_from([["fax"], ["Email"], ["x", "x"], [None], [""], [1]])),
        False,
    ),
    "hasDiscount": _FLAG,
    "acceptsFlux": _FLAG,
    "acceptsStripe": _FLAG,
    "acceptsFiat": _FLAG,
    "whiteLabel": _FLAG,
    "autoRenew": _FLAG,
    "delegationAvailable": _FLAG,
}


def good_values(name: str) -> Values:
    """Return values that the field takes, null among them where it may be cleared."""
    rule = RULES[name]
    return st.one_of(rule.good, st.none()) if rule.is_nullable else rule.good


def bad_values(name: str) -> Values:
    """Return values that the field refuses, null among them where it may not be cleared."""
    rule = RULES[name]
    return rule.bad if rule.is_nullable else st.one_of(rule.bad, st.none())


def shown(name: str, value: Any) -> Any:
    """Return what a listing shows of an accepted value."""
    return None if value is None else RULES[name].shown(value)
