"""The form that chooses which clicks an analysis is of."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from api.forms import CheckedForm
from links.analytics import Range
from links.serializers import AnalyticsQuery

PRESETS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "365 days"}


class RangeForm(CheckedForm):
    """Which clicks an analysis is of. `from` is a word of Python, so it comes in from the side."""

    to = forms.CharField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    tz = forms.CharField(
        label="Time zone", required=False, widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"})
    )
    bots = forms.ChoiceField(
        label="Clicks of",
        required=False,
        choices=[("exclude", "People"), ("include", "People and bots"), ("only", "Bots")],
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        first = forms.CharField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
        self.fields = {"from": first} | self.fields

    @classmethod
    def showing(cls, span: Range) -> Self:
        """Return the form filled with a range."""
        first, last = span.first.isoformat(), span.last.isoformat()
        return cls(initial={"from": first, "to": last, "tz": span.zone.key, "bots": span.bots})


def range_of(params: Mapping[str, str]) -> Range:
    """Return the range that a page's address names; empty parameters count as left out.

    days: one of `PRESETS`, the range's length where it has no `from`. Raises InvalidFields (400).
    """
    given = {name: value for name, value in params.items() if value}
    query = AnalyticsQuery.parse_data(given)
    if given.get("days") in PRESETS and "from" not in query:
        last = query.get("to") or timezone.now().astimezone(ZoneInfo(query["tz"])).date()
        # No day of the calendar's first year has a whole year before it.
        query["from"] = max(last, date(2, 1, 1)) - timedelta(days=int(given["days"]) - 1)
    return Range.of(query)
