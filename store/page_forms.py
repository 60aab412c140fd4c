"""The forms of the store pages, and what they offer to choose."""

from functools import cache
from itertools import groupby
from typing import Any
from zoneinfo import available_timezones

import pycountry
from django import forms

from api.forms import CheckedForm
from store import money

_MAX_NAME = 120


@cache
def currencies() -> list[tuple[str, str]]:
    """Return the currencies that a store can have, by code."""
    known = [(currency.alpha_3, f"{currency.alpha_3} · {currency.name}") for currency in pycountry.currencies]
    return sorted((code, label) for code, label in known if money.exponent(code) <= money.MAX_EXPONENT)


@cache
def zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every time zone by its continent, those without one under Other; the first is UTC."""
    named = sorted(name for name in available_timezones() if name != "UTC")
    by_place = sorted((_continent(name), name) for name in named)
    groups = [
        (place, [(name, name.partition("/")[2].replace("_", " ") or name) for _, name in rows])
        for place, rows in groupby(by_place, key=lambda row: row[0])
    ]
    return [("Everywhere", [("UTC", "UTC")]), *groups]


def _continent(name: str) -> str:
    first, slash, _ = name.partition("/")
    return first if slash else "Other"


def name_field() -> forms.CharField:
    """Return the field of a store's name."""
    return forms.CharField(
        label="Name", max_length=_MAX_NAME, help_text="Players and your team see it. You can change it later."
    )


def zone_field() -> forms.ChoiceField:
    """Return the field of a store's time zone."""
    return forms.ChoiceField(
        label="Time zone",
        choices=zones,
        initial="UTC",
        help_text="Days of the dashboard and of statistics begin at midnight there. You can change it later.",
    )


class OpenStoreForm(CheckedForm):
    """What a new store is made of."""

    name = name_field()
    currency = forms.ChoiceField(
        label="Currency",
        choices=currencies,
        initial="EUR",
        help_text="All prices and orders are in it. It cannot be changed later.",
    )
    timezone = zone_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
