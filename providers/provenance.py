"""Who set which field of a listing, and whether a pull may set it again. Pure.

`Provider.provenance` maps the API's name of a field to its mark:
`{"source": "push", "at": "2026-11-27T17:00:00+00:00", "pinned": true}`. A field that was never set has none.
What its provider sends or types in is pinned: a pull leaves it alone until the pin is released. Staff and
imports set a field without pinning it, and leave a pin that is there. Source: "Push updates always take
priority" of the provider API's document.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypedDict


class Mark(TypedDict):
    """Who set a field, when (ISO 8601, UTC), and whether pulls are kept from it."""

    source: str
    at: str
    pinned: bool


PINNING = frozenset({"push", "owner"})
HELD_BY_PINS = "pull"


def pinned_fields(marks: Mapping[str, Mark]) -> frozenset[str]:
    """Return the API's names of the fields that pulls are kept from."""
    return frozenset(field for field, mark in marks.items() if mark["pinned"])


def marked(
    marks: Mapping[str, Mark], *, source: str, at: datetime, sent: Iterable[str], changed: Iterable[str]
) -> dict[str, Any]:
    """Return the marks after an update.

    sent: the fields that it named; changed: those among them that got another value. Whoever pins is noted
    for every field he names, others for what they changed.
    """
    pins = source in PINNING
    after: dict[str, Any] = dict(marks)
    for field in sent if pins else changed:
        pinned = pins or (field in marks and marks[field]["pinned"])
        after[field] = Mark(source=source, at=at.isoformat(), pinned=pinned)
    return after


def released(marks: Mapping[str, Mark], field: str) -> dict[str, Any]:
    """Return the marks without the field's pin."""
    after: dict[str, Any] = dict(marks)
    if field in marks:
        after[field] = marks[field] | {"pinned": False}
    return after
