"""Charts of the directory as SVG: the price of each plan over time, and ninety days of uptime. Pure.

Colours and line patterns are the stylesheet's (`static/providers.css`). What a chart shows is also said in words:
`<title>` and `<desc>` inside it, and `PriceHistory.rows` and `UptimeDay.words` for a table beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from html import escape

from api.scales import ceiling_of

WIDTH, HEIGHT = 1000, 100
MAX_LINES = 12
# An uptime bar is as high as these per cent of the chart: seen without colours, a worse day is a lower bar.
FULL, DENTED, LOW, UNKNOWN = 100, 70, 40, 12
BAR_SLOT, BAR_WIDTH = 10, 7
# Less than this share of a day down is a dent; more is an outage.
DENT = Decimal("0.005")
_SIZES = {"cumulus": 0, "nimbus": 1, "stratus": 2}


@dataclass(frozen=True, slots=True)
class PricePoint:
    """From this moment a plan costs this much. price: per month, None when the plan was withdrawn."""

    at: datetime
    tier: str
    plan_name: str
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class UptimeDay:
    """One day of checks. measured_seconds: covered by checks, 0 to 86,400; down_seconds: of these."""

    day: date
    measured_seconds: int
    down_seconds: int

    @property
    def kind(self) -> str:
        """Return `up`, `dent`, `down`, or `none` for a day without checks."""
        if not self.measured_seconds:
            return "none"
        if not self.down_seconds:
            return "up"
        return "dent" if self.down_seconds < self.measured_seconds * DENT else "down"

    @property
    def words(self) -> str:
        """Return the day's result: `99.93 % up, down for 1 min`."""
        if not self.measured_seconds:
            return "not measured"
        share = uptime_of([self])
        return f"{share} % up" + (f", down for {duration(self.down_seconds)}" if self.down_seconds else "")


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One plan's prices. style: 0 to 11, which line pattern and colour. path: of the line, "" beyond MAX_LINES.

    steps: when the price became what; None where the plan was withdrawn.
    """

    tier: str
    plan_name: str
    style: int
    path: str
    steps: tuple[tuple[datetime, Decimal | None], ...]

    @property
    def label(self) -> str:
        """Return the plan's name, with the node size where the name does not say it."""
        named = self.tier in self.plan_name.casefold()
        return self.plan_name if named else f"{self.plan_name} ({self.tier.capitalize()})"

    @property
    def now(self) -> Decimal | None:
        """Return the present price."""
        return self.steps[-1][1]

    @property
    def words(self) -> str:
        """Return the line in words: `Cumulus: $7.99 now, between $6.99 and $8.99 before`."""
        prices = [price for _, price in self.steps if price is not None]
        now = "withdrawn" if self.now is None else f"{money(self.now)} now"
        low, high = min(prices), max(prices)
        return f"{self.label}: {now}, " + (
            "unchanged" if low == high else f"between {money(low)} and {money(high)} in this time"
        )


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """Step lines of prices. ticks: at the top, in the middle and at the bottom, whole dollars."""

    lines: tuple[PriceLine, ...]
    first: datetime
    until: datetime
    ticks: tuple[int, int, int]

    @property
    def svg(self) -> str:
        """Return the drawing, without axis labels: it is stretched to the width it gets."""
        title = "Price per month over time"
        words = "; ".join(line.words for line in self.lines)
        span = f"{day_text(self.first)} to {day_text(self.until)}. {words}. The table below has every change."
        grid = f'<path class="chart-grid" d="M0 0H{WIDTH}M0 50H{WIDTH}M0 {HEIGHT}H{WIDTH}"/>'
        drawn = "".join(
            f'<path class="line line-{line.style}" d="{line.path}"><title>{escape(line.words)}</title></path>'
            for line in self.lines
            if line.path
        )
        return _svg("prices", "chart-plot", WIDTH, title, span, grid + drawn)

    @property
    def rows(self) -> list[tuple[datetime, str, str]]:
        """Return every change for the table, the newest first: when, which plan, and its price from then on."""
        found = [
            (at, line.label, "withdrawn" if price is None else money(price))
            for line in self.lines
            for at, price in line.steps
        ]
        return sorted(found, key=lambda row: row[0], reverse=True)


def price_history(points: Iterable[PricePoint], *, until: datetime) -> PriceHistory | None:
    """Return the chart of the points up to a moment, or None when there are none."""
    steps: dict[tuple[str, str], list[tuple[datetime, Decimal | None]]] = {}
    for point in sorted(points, key=lambda point: point.at):
        known = steps.setdefault((point.tier, point.plan_name), [])
        if not known or known[-1][1] != point.price:
            known.append((point.at, point.price))
    priced = {plan: known for plan, known in steps.items() if any(price is not None for _, price in known)}
    if not priced:
        return None
    first = min(known[0][0] for known in priced.values())
    highest = max(price for known in priced.values() for _, price in known if price is not None)
    top = ceiling_of(int(highest.to_integral_value(rounding=ROUND_CEILING)))
    # Plans that are offered come before withdrawn ones, so that those are left out of a crowded drawing first.
    order = sorted(priced, key=lambda plan: (priced[plan][-1][1] is None, _SIZES.get(plan[0], 9), plan[1]))
    lines = tuple(
        PriceLine(
            *plan,
            n % MAX_LINES,
            _path(priced[plan], first, until, top) if n < MAX_LINES else "",
            tuple(priced[plan]),
        )
        for n, plan in enumerate(order)
    )
    return PriceHistory(lines, first, until, (top, top // 2, 0))


def price_history_svg(points: Iterable[PricePoint], *, until: datetime) -> str:
    """Return the drawing alone; "" without points."""
    history = price_history(points, until=until)
    return history.svg if history else ""


def uptime_bars_svg(days: Sequence[UptimeDay]) -> str:
    """Return one bar for each day, the oldest first; "" without days."""
    if not days:
        return ""
    bars = "".join(_bar(index, day) for index, day in enumerate(days))
    title = f"Uptime of the last {len(days)} days"
    return _svg("uptime", "uptime-plot", len(days) * BAR_SLOT, title, _uptime_words(days), bars)


def uptime_of(days: Iterable[UptimeDay]) -> str | None:
    """Return the share of the measured time that was up, in per cent with at most 3 decimals, never rounded up.

    None when nothing was measured.
    """
    known = list(days)
    measured = sum(day.measured_seconds for day in known)
    if not measured:
        return None
    up = Decimal(100) * (measured - sum(day.down_seconds for day in known)) / measured
    return f"{up.quantize(Decimal('0.001'), rounding=ROUND_FLOOR):f}".rstrip("0").rstrip(".")


def duration(seconds: int) -> str:
    """Return a length of time in its two largest units: `1 h 12 min`, `40 s`."""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (0 if hours else seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def money(price: Decimal) -> str:
    """Return a price as people write it: `$7.99`, `$1,200.00`."""
    return f"${price:,.2f}"


def day_text(moment: date) -> str:
    """Return a day as the pages write it: `27 Nov 2026`."""
    return f"{moment.day} {moment:%b %Y}"


def _svg(name: str, kind: str, width: int, title: str, words: str, drawn: str) -> str:
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-labelledby="{name}-title" aria-describedby="{name}-words">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-words">{escape(words)}</desc>'
        f"{drawn}</svg>"
    )


def _path(steps: Sequence[tuple[datetime, Decimal | None]], first: datetime, until: datetime, top: int) -> str:
    """Return the line: it holds a price until the next, and breaks while the plan is withdrawn."""
    span = max(until - first, timedelta(seconds=1))
    ends = [at for at, _ in steps[1:]] + [until]
    drawn, is_open = [], False
    for (at, price), end in zip(steps, ends, strict=True):
        if price is None:
            is_open = False
            continue
        x, y = f"{WIDTH * ((at - first) / span):.1f}", f"{HEIGHT * (1 - price / top):.2f}"
        drawn.append(f"V{y}" if is_open else f"M{x} {y}")
        drawn.append(f"H{WIDTH * ((end - first) / span):.1f}")
        is_open = True
    return "".join(drawn)


def _bar(index: int, day: UptimeDay) -> str:
    height = {"up": FULL, "dent": DENTED, "down": LOW, "none": UNKNOWN}[day.kind]
    left = index * BAR_SLOT + (BAR_SLOT - BAR_WIDTH) / 2
    label = f"{day_text(day.day)}: {day.words}"
    return (
        f'<rect class="{day.kind}" x="{left:g}" y="{HEIGHT - height}" width="{BAR_WIDTH}" height="{height}">'
        f"<title>{label}</title></rect>"
    )


def _uptime_words(days: Sequence[UptimeDay]) -> str:
    """Return what the bars show, in sentences."""
    span = f"{day_text(days[0].day)} to {day_text(days[-1].day)}: "
    share = uptime_of(days)
    if share is None:
        return span + "not measured."
    hurt = [day for day in days if day.down_seconds]
    if hurt:
        worst = max(hurt, key=lambda day: day.down_seconds)
        count = f"{len(hurt)} day{'' if len(hurt) == 1 else 's'} with downtime"
        told = f"{count}, the longest {duration(worst.down_seconds)} on {day_text(worst.day)}"
    else:
        told = "no downtime"
    blank = sum(not day.measured_seconds for day in days)
    return f"{span}{share} % up, {told}" + (f"; {blank} not measured." if blank else ".")
