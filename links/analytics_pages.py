"""The pages of a link's analytics: charts and tables for people, CSV for spreadsheets."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from api.csv_lines import csv_lines
from api.errors import InvalidFields
from links.analytics import Range, analyse
from links.analytics_forms import PRESETS, RangeForm, range_of
from links.charts import chart_of, share_of
from links.fields import TIME_ZONES
from links.models import Link
from links.pages import LinkPage, state_of

# Key in the analysis, name of the value in each row, heading.
BREAKDOWNS = (
    ("referrers", "referrer", "Referrers"),
    ("devices", "device", "Devices"),
    ("browsers", "browser", "Browsers"),
    ("os", "os", "Operating systems"),
)


class AnalyticsPage(LinkPage):
    """What the clicks of a link add up to."""

    def get(self, request: HttpRequest, link_id: str) -> HttpResponse:
        """Show the analysis of the chosen days, or what is wrong with the choice (400)."""
        link = self.link()
        try:
            span = range_of(request.GET.dict())
        except InvalidFields as error:
            form = RangeForm(request.GET)
            form.add_faults(error.errors)
            form.focus()
            return self._show(link, {"form": form}, status=400)
        ends_today = span.last == timezone.now().astimezone(span.zone).date()
        context = {
            "form": RangeForm.showing(span),
            "preset": str(len(span.days())) if ends_today else "",
            "query": urlencode({"from": span.first, "to": span.last, "tz": span.zone.key, "bots": span.bots}),
        }
        return self._show(link, context | _drawn(link, span))

    def _show(self, link: Link, context: dict[str, Any], status: int = 200) -> HttpResponse:
        shared = {"link": link, "state": state_of(link), "presets": PRESETS, "zones": TIME_ZONES}
        return render(self.request, "links/analytics.html", shared | context, status=status)


class TimelinePage(LinkPage):
    """The clicks by day as CSV."""

    def get(self, request: HttpRequest, link_id: str) -> HttpResponse:
        """Send it; raises InvalidFields (400)."""
        link = self.link()
        span = range_of(request.GET.dict())
        rows = [("date", "clicks"), *((day["date"], day["clicks"]) for day in analyse(link, span)["timeline"])]
        name = f"{link.slug}_{span.first}_{span.last}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8", headers=headers)


def _drawn(link: Link, span: Range) -> dict[str, Any]:
    """Return what the page shows of an analysis."""
    analysis = analyse(link, span)
    total = analysis["total_clicks"]
    counts = [(date.fromisoformat(day["date"]), int(day["clicks"])) for day in analysis["timeline"]]
    return {
        "span": span,
        "total": total,
        "bots": analysis["bots"],
        "chart": chart_of(counts),
        "breakdowns": [
            (title, [(row[name], row["clicks"], share_of(row["clicks"], total)) for row in analysis[key]])
            for key, name, title in BREAKDOWNS
        ],
        "recent": [
            click | {"clicked_at": datetime.fromisoformat(click["clicked_at"])}
            for click in analysis["recent_clicks"]
        ],
    }
