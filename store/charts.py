"""Bars by day, as SVG. Pure; knows no database.

Colours are the stylesheet's (`static/store-admin.css`). What a chart shows is also said in words: `<title>` and
`<desc>` inside it, a `<title>` for each bar, and a table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from html import escape

from api.scales import ceiling_of

HEIGHT, SLOT, BAR = 100, 10, 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One day. value: not negative for a bar to be seen. words: the value as people read it."""

    day: date
    value: Decimal | int
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A row of bars. name: unique on the page. title: what is shown, e.g. "Revenue by day"."""

    name: str
    title: str
    bars: Sequence[Bar]

    @property
    def top(self) -> int:
        """Return where the axis ends: a round number that no bar exceeds, 2 at least."""
        most = max((bar.value for bar in self.bars), default=0)
        return ceiling_of(max(2, int(Decimal(most).to_integral_value(ROUND_CEILING))))

    @property
    def words(self) -> str:
        """Return the chart in a sentence."""
        if not any(bar.value for bar in self.bars):
            return f"{self.title}: nothing in these {len(self.bars)} days."
        best = max(self.bars, key=lambda bar: bar.value)
        return f"{self.title}, {len(self.bars)} days. Most on {best.day:%d %B %Y}: {best.words}."

    @property
    def svg(self) -> str:
        """Return the drawing, without axis labels: it is stretched to the width it gets."""
        width = SLOT * len(self.bars)
        drawn = "".join(self._drawn(place, bar) for place, bar in enumerate(self.bars))
        return (
            f'<svg class="bars bars-{self.name}" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" '
            f'role="img" aria-labelledby="{self.name}-title {self.name}-words"><title id="{self.name}-title">'
            f'{escape(self.title)}</title><desc id="{self.name}-words">{escape(self.words)}</desc>'
            f'<path class="bars-grid" d="M0 0H{width}M0 {HEIGHT // 2}H{width}M0 {HEIGHT}H{width}"/>{drawn}</svg>'
        )

    def _drawn(self, place: int, bar: Bar) -> str:
        height = round(max(Decimal(0), Decimal(bar.value)) * HEIGHT / self.top, 2)
        # A slot of its full height answers the pointer, however low the bar is.
        x = place * SLOT
        said = escape(f"{bar.day:%a %d %b}: {bar.words}")
        shape = (
            f'<path class="bar" d="M{x + (SLOT - BAR) // 2} {HEIGHT}v-{height}h{BAR}V{HEIGHT}z"/>'
            if height
            else ""
        )
        return f'<g><title>{said}</title><path class="bar-slot" d="M{x} 0h{SLOT}v{HEIGHT}h-{SLOT}z"/>{shape}</g>'
