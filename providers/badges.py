"""The badge that a provider puts on its own site: an SVG with its cheapest price and its uptime. Pure.

It has two grounds of its own, so that its words stand out on light and dark pages alike; the reader's scheme only
softens them. `textLength` makes each word as wide as it was counted, whatever font the reader has.
"""

from dataclasses import dataclass
from html import escape

HEIGHT = 20
LABEL = "Flux provider"
_PAD = 8
# Widths of 11-pixel Verdana and its kin, in tenths of a pixel; what is not listed is as wide as a digit.
_WIDTHS = {
    " ": 39,
    ".": 40,
    ",": 40,
    "·": 40,
    "$": 70,
    "%": 118,
    "F": 63,
    "l": 30,
    "u": 70,
    "x": 65,
    "p": 69,
    "r": 47,
}
_WIDTHS |= {"o": 67, "v": 65, "i": 30, "d": 69, "e": 66, "f": 39, "m": 107, "t": 43, "n": 70, "s": 57, "h": 70}
_DIGIT = 70
_STYLE = (
    ".l{fill:#15202e}.v{fill:#1c57c4}text{fill:#fff;font:11px Verdana,'DejaVu Sans',Geneva,sans-serif}"
    "@media (prefers-color-scheme:dark){.l{fill:#29374a}.v{fill:#15459e}}"
)


@dataclass(frozen=True, slots=True)
class Badge:
    """What the badge says. price: the cheapest per month, as `$7.99`. uptime: per cent, as `99.9`.

    is_measured: the uptime is ours, not the provider's word.
    """

    name: str
    price: str | None
    uptime: str | None
    is_measured: bool = False

    @property
    def value(self) -> str:
        """Return the right half: `from $7.99 · 99.9 %`."""
        parts = [f"from {self.price}" if self.price else "", f"{self.uptime} %" if self.uptime else ""]
        return " · ".join(part for part in parts if part) or "listed"

    @property
    def words(self) -> str:
        """Return everything as one line, for those who do not see it."""
        price = f", from {self.price} a month" if self.price else ""
        kind = "measured" if self.is_measured else "claimed"
        uptime = f", {self.uptime} % {kind} uptime" if self.uptime else ""
        return f"{self.name}: {LABEL}{price}{uptime}"

    @property
    def width(self) -> int:
        """Return the whole width in pixels."""
        return _box(LABEL) + _box(self.value)

    def svg(self) -> str:
        """Return the drawing."""
        left, right, words = _box(LABEL), _box(self.value), escape(self.words)
        whole = f'width="{self.width}" height="{HEIGHT}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {whole} '
            f'viewBox="0 0 {self.width} {HEIGHT}" role="img" aria-label="{words}"><title>{words}</title>'
            f'<style>{_STYLE}</style><clipPath id="r"><rect {whole} rx="4"/></clipPath>'
            f'<g clip-path="url(#r)"><rect class="l" width="{left}" height="{HEIGHT}"/>'
            f'<rect class="v" x="{left}" width="{right}" height="{HEIGHT}"/></g>'
            f"{_text(LABEL, 0)}{_text(self.value, left)}</svg>"
        )


def _length(text: str) -> int:
    return round(sum(_WIDTHS.get(letter, _DIGIT) for letter in text) / 10)


def _box(text: str) -> int:
    return _length(text) + 2 * _PAD


def _text(text: str, left: int) -> str:
    place = f'x="{left + _PAD}" y="14" textLength="{_length(text)}" lengthAdjust="spacingAndGlyphs"'
    return f"<text {place}>{escape(text)}</text>"
