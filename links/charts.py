"""Bars of a chart, measured for SVG. Plain Python: how it looks is the stylesheet's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api.scales import ceiling_of

SLOT = 10
HEIGHT = 100
# No screen shows more bars than these; longer ranges put several days into each.
MAX_BARS = 366
# Up to this many bars stand apart; the gaps between more of them would be too fine to see.
SPACED_BARS = 100
GAP = 2


@dataclass(frozen=True, slots=True)
class Span:
    """One or more days with their clicks."""

    first: date
    last: date
    clicks: int

    @property
    def label(self) -> str:
        """Return the days: `Mon 23 Nov 2026`, or `1 Mar to 7 Mar 2026`."""
        first, last = self.first, self.last
        if first == last:
            return f"{first:%a} {first.day} {first:%b %Y}"
        year = "" if first.year == last.year else f" {first.year}"
        return f"{first.day} {first:%b}{year} to {last.day} {last:%b %Y}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One span. x, y, width, height: SVG units, as text. label: what hovering says."""

    x: str
    y: str
    width: str
    height: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Clicks as bars in a box of `width` by 100 units.

    days_a_bar: how many days each span has; the last may have fewer. ticks: the numbers at the top, in the middle
    and at the bottom. days: the first day of the first span, of the middle one where there are at least three, and
    the last day of all. busiest: None without clicks.
    """

    days_a_bar: int
    spans: list[Span]
    width: int
    bars: list[Bar]
    ticks: tuple[int, int, int]
    days: list[date]
    busiest: Span | None


def chart_of(counts: Sequence[tuple[date, int]]) -> Chart:
    """Return the chart of at least one day with its clicks, the first day first and none left out."""
    step = -(-len(counts) // MAX_BARS)
    spans = [_span(counts[start : start + step]) for start in range(0, len(counts), step)]
    busiest = max(spans, key=lambda span: span.clicks)
    top = ceiling_of(busiest.clicks)
    width = SLOT - (GAP if len(spans) <= SPACED_BARS else 0)
    bars = [_bar(index, span, top, width) for index, span in enumerate(spans) if span.clicks]
    middle = [spans[len(spans) // 2].first] if len(spans) > 2 else []
    last = [spans[-1].last] if len(spans) > 1 else []
    return Chart(
        days_a_bar=step,
        spans=spans,
        width=len(spans) * SLOT,
        bars=bars,
        ticks=(top, top // 2, 0),
        days=[spans[0].first, *middle, *last],
        busiest=busiest if bars else None,
    )


def share_of(clicks: int, total: int) -> str:
    """Return a share in per cent with at most one decimal: `66.7`."""
    return f"{100 * clicks / total:.1f}".removesuffix(".0") if total else "0"


def _span(days: Sequence[tuple[date, int]]) -> Span:
    return Span(days[0][0], days[-1][0], sum(clicks for _, clicks in days))


def _bar(index: int, span: Span, top: int, width: int) -> Bar:
    height = HEIGHT * span.clicks / top
    left = index * SLOT + (SLOT - width) / 2
    label = f"{span.label}: {span.clicks:,} click{'' if span.clicks == 1 else 's'}"
    return Bar(f"{left:g}", f"{HEIGHT - height:.2f}", f"{width}", f"{height:.2f}", label)
