"""The directory's filters as a form, and as chips that take one away. What a value must be is not judged here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from api.errors import FieldError
from api.forms import sentence_of
from providers import countries, languages
from providers.compare_pages import CHOICE
from providers.models import ProviderType, SupportChannel, TierName
from providers.wording import LABELS

SORT_WORDS: Mapping[str, str] = {
    "name": "Name, A to Z",
    "price": "Price, lowest first",
    "-uptime": "Uptime, highest first",
    "-rating": "Rating, best first",
    "-nodes": "Nodes, most first",
    "-updated": "Changed last",
    "-name": "Name, Z to A",
    "-price": "Price, highest first",
    "uptime": "Uptime, lowest first",
    "rating": "Rating, worst first",
    "nodes": "Nodes, fewest first",
    "updated": "Changed longest ago",
}
PAYMENT_WORDS: Mapping[str, str] = {
    word: LABELS[f"accepts{word.capitalize()}"] for word in ("flux", "stripe", "fiat")
}
SORTS_OFFERED = 6
UPTIMES = ("99", "99.5", "99.9", "99.99")
_LABELS: Mapping[str, str] = {
    "q": "Search",
    "country": "Country",
    "tier": "Node",
    "maxPrice": "Price up to",
    "sort": "Order",
    "type": "Type",
    "minUptime": "Uptime",
    "minNodes": "Nodes at least",
    "language": "Support speaks",
    "support": "Support by",
    "accepts": "Pay with",
    "verified": "Verified only",
    "partner": "Flux Labs partners only",
    "demo": "Show demo listings",
    "after": "The place in the list",
}
# What an address may hold beside the filters: where the page begins, how long it is, what is to be compared.
PLACES = frozenset({"after", "limit", "sort", CHOICE})


@lru_cache(maxsize=64)
def _options(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    """Return the lines of a select; kept, for a template takes longer over all languages than over the list."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, mark_safe(" selected") if value == chosen else "", label) for value, label in choices),
    )


@dataclass(frozen=True, slots=True)
class FilterField:
    """One control. kind: search, number, select or check. more: of a number, its step and limits."""

    name: str
    label: str
    kind: str
    value: str = ""
    options: str = ""
    step: str = "1"
    most: str = ""
    error: str = ""

    @property
    def id(self) -> str:
        """Return the control's id."""
        return f"filter-{self.name}"


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter. query: the address's query without it."""

    text: str
    query: str


@dataclass(frozen=True, slots=True)
class FilterForm:
    """The filters as controls. kept: names and values that the form hands on unseen."""

    first: Sequence[FilterField]
    more: Sequence[FilterField]
    kept: Sequence[tuple[str, str]]

    @property
    def is_open(self) -> bool:
        """Return whether the further filters are in use, and so must be seen."""
        return any(field.value or field.error for field in self.more)


class _Reader:
    """Makes the controls of one address."""

    def __init__(self, params: QueryDict, faults: Iterable[FieldError]) -> None:
        self.params = params
        self.errors = {fault.field: told(fault) for fault in faults}

    def select(self, name: str, words: Mapping[str, str], *, blank: str = "Any") -> FilterField:
        """Return a choice among words by their values; blank: what no choice is called, "" where there is none."""
        return self.chosen(name, words, self.params.get(name, ""), blank)

    def chosen(self, name: str, words: Mapping[str, str], value: str, blank: str = "Any") -> FilterField:
        """Return a choice of which one is made."""
        choices = ((("", blank),) if blank else ()) + tuple(words.items())
        options = _options(choices, value if value in words else "")
        return FilterField(name, _LABELS[name], "select", value, options, error=self.errors.get(name, ""))

    def number(self, name: str, step: str, most: str) -> FilterField:
        """Return a number from 0."""
        return FilterField(
            name,
            _LABELS[name],
            "number",
            self.params.get(name, ""),
            SafeString(""),
            step,
            most,
            self.errors.get(name, ""),
        )

    def check(self, name: str) -> FilterField:
        """Return a tick."""
        value = "true" if self.params.get(name) == "true" else ""
        return FilterField(name, _LABELS[name], "check", value, error=self.errors.get(name, ""))

    def sort(self) -> FilterField:
        """Return the orders, and the address's own where it is none that is offered."""
        sort = self.params.get("sort", "name")
        offered = dict(list(SORT_WORDS.items())[:SORTS_OFFERED]) | {sort: SORT_WORDS.get(sort, sort)}
        return self.chosen("sort", offered, sort, "")

    def uptime(self) -> FilterField:
        """Return the usual promises, and the address's own."""
        values = dict.fromkeys([*UPTIMES, *filter(None, [self.params.get("minUptime")])])
        return self.select("minUptime", {value: f"{value} % or more" for value in values})

    def country(self, counts: Iterable[tuple[str, int]]) -> FilterField:
        """Return the countries that have listings, and the address's own."""
        places = {code: f"{countries.names()[code]} ({count:,})" for code, count in counts}
        if chosen := countries.code_of(self.params.get("country", "")):
            places.setdefault(chosen, countries.names()[chosen])
        by_name = dict(sorted(places.items(), key=lambda item: item[1]))
        return self.chosen("country", by_name, chosen or "")


def form_of(
    params: QueryDict, country_counts: Iterable[tuple[str, int]], faults: Iterable[FieldError] = ()
) -> FilterForm:
    """Return the form as an address fills it. country_counts: the countries to offer, with their listings."""
    read = _Reader(params, faults)
    return FilterForm(
        first=(
            FilterField("q", _LABELS["q"], "search", params.get("q", ""), error=read.errors.get("q", "")),
            read.country(country_counts),
            read.select("tier", dict(TierName.choices)),
            read.number("maxPrice", "0.01", "100000"),
            read.sort(),
        ),
        more=(
            read.select("type", dict(ProviderType.choices)),
            read.uptime(),
            read.number("minNodes", "1", "1000000"),
            read.select("language", languages.names()),
            read.select("support", dict(SupportChannel.choices)),
            read.select("accepts", PAYMENT_WORDS),
            read.check("verified"),
            read.check("partner"),
            read.check("demo"),
        ),
        kept=[("limit", value) for value in params.getlist("limit")],
    )


def chips_of(params: QueryDict) -> list[Chip]:
    """Return the active filters of a valid address, in its order."""
    return [
        Chip(_chip_text(name, params.get(name, "")), query_without(params, {name}))
        for name in params
        if name not in PLACES
    ]


def label_of(name: str) -> str:
    """Return what the form calls a parameter; an unknown one is called as it is."""
    return _LABELS.get(name, name)


def told(fault: FieldError) -> str:
    """Return what is wrong as a sentence; what JSON calls a field is a filter here."""
    return sentence_of(fault).replace("Unknown field", "Unknown filter")


def query_without(params: QueryDict, names: Iterable[str]) -> str:
    """Return the query of the first page without some filters."""
    kept = params.copy()
    for name in {*names, "after"}:
        kept.pop(name, None)
    return kept.urlencode()


def _chip_text(name: str, value: str) -> str:
    labels: Mapping[str, Mapping[str, str]] = {
        "type": dict(ProviderType.choices),
        "tier": dict(TierName.choices),
        "support": dict(SupportChannel.choices),
        "accepts": PAYMENT_WORDS,
        "language": languages.names(),
        "verified": {"true": "Verified", "false": "Not verified"},
        "partner": {"true": "Flux Labs partner", "false": "Not a Flux Labs partner"},
        "demo": {"true": "With demo listings", "false": "Without demo listings"},
    }
    match name:
        case "q":
            return f"“{value}”"
        case "country":
            return countries.names()[countries.code_of(value) or ""]
        case "maxPrice":
            return f"up to ${Decimal(value):,.2f}"
        case "minUptime":
            return f"uptime from {value} %"
        case "minNodes":
            return f"from {int(value):,} nodes"
        case "accepts":
            return f"pay with {PAYMENT_WORDS[value]}"
        case "support":
            return f"support by {labels[name][value]}"
        case "language":
            return f"speaks {labels[name].get(value.lower(), value)}"
    return labels[name].get(value, value)
