"""What a listing says about itself, as labelled lines: for its profile and for the comparison of several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter

from providers.charts import money
from providers.models import MEASURED_DAYS, Provider, SupportChannel, TierName
from providers.wording import LABELS, hours, language_names, percent

Show = Callable[[Provider], str | None]
Measure = Callable[[Provider], Decimal | int | None]


@dataclass(frozen=True, slots=True)
class Fact:
    """One line. show: the text for a listing, None where it says nothing.

    measure: the number behind the text, where less or more of it is plainly better. best: the best one's word.
    """

    label: str
    show: Show
    measure: Measure | None = None
    best: str = ""


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Lines under one heading."""

    title: str
    facts: tuple[Fact, ...]

    def of(self, provider: Provider) -> list[tuple[str, str]]:
        """Return label and text of each line on which the listing says something."""
        return [(fact.label, text) for fact in self.facts if (text := fact.show(provider)) is not None]


def _number(name: str, attribute: str) -> Fact:
    def show(provider: Provider) -> str | None:
        number: int | None = getattr(provider, attribute)
        return None if number is None else f"{number:,}"

    return Fact(LABELS[name], show, attrgetter(attribute), "most")


def _counted_nodes(provider: Provider) -> str | None:
    """Return `3: 2 Cumulus, 1 Stratus`; None while nobody counts."""
    if provider.measured_nodes is None:
        return None
    sizes = [f"{n:,} {size.label}" for size in TierName if (n := provider.measured_nodes.get(size.value))]
    return f"{_node_sum(provider) or 0:,}" + (f": {', '.join(sizes)}" if sizes else "")


def _node_sum(provider: Provider) -> int | None:
    return None if provider.measured_nodes is None else sum(provider.measured_nodes.values())


def _share(label: str, attribute: str) -> Fact:
    return Fact(label, lambda provider: percent(getattr(provider, attribute)), attrgetter(attribute), "highest")


def _flag(name: str, attribute: str) -> Fact:
    return Fact(LABELS[name], lambda provider: "Yes" if getattr(provider, attribute) else "No")


def cheapest_of(provider: Provider, tier: str | None = None) -> Decimal | None:
    """Return the lowest price of a listing, or of one node size of it."""
    cheapest: Decimal | None = getattr(provider, f"cheapest_{tier}" if tier else "cheapest")
    return cheapest


def _price(size: TierName) -> Fact:
    def show(provider: Provider) -> str | None:
        price = cheapest_of(provider, size)
        return None if price is None else money(price)

    return Fact(size.label, show, lambda provider: cheapest_of(provider, size), "lowest")


def _channels(provider: Provider) -> str | None:
    return ", ".join(SupportChannel(name).label for name in provider.support_channels) or None


def rating_text(provider: Provider) -> str | None:
    """Return `4.6 of 5 (12 reviews)`; None without reviews."""
    if provider.rating is None or not provider.review_count:
        return None
    count = f"{provider.review_count:,} review{'' if provider.review_count == 1 else 's'}"
    return f"{provider.rating:.1f} of 5 ({count})"


PRICES = FactGroup("Cheapest price a month", tuple(_price(size) for size in TierName))
INFRASTRUCTURE = FactGroup(
    "Infrastructure",
    (
        _number("totalNodes", "total_nodes"),
        Fact("Nodes (measured)", _counted_nodes, _node_sum, "most"),
        _number("dataCenters", "data_centers"),
        _number("totalClients", "total_clients"),
        _share(LABELS["arcaneOsPercent"], "arcane_os_percent"),
        _share(LABELS["pnrEligiblePercent"], "pnr_eligible_percent"),
        _flag("whiteLabel", "white_label"),
        _flag("delegationAvailable", "delegation_available"),
    ),
)
CLAIMED = FactGroup(
    "Reliability",
    (
        _share("Uptime (self-reported)", "uptime_percentage"),
        _share(LABELS["sla"], "sla"),
    ),
)
RELIABILITY = FactGroup(
    "Reliability",
    (_share(f"Uptime (measured, {MEASURED_DAYS} days)", "measured_uptime_percent"), *CLAIMED.facts),
)
PAYMENT = FactGroup(
    "Payment",
    (
        _flag("acceptsFlux", "accepts_flux"),
        _flag("acceptsStripe", "accepts_stripe"),
        _flag("acceptsFiat", "accepts_fiat"),
        _flag("autoRenew", "auto_renew"),
        _flag("hasDiscount", "has_discount"),
    ),
)
SUPPORT = FactGroup(
    "Support",
    (
        Fact("Channels", _channels),
        Fact(
            LABELS["responseTimeHours"],
            lambda provider: hours(provider.response_time_hours),
            attrgetter("response_time_hours"),
            "shortest",
        ),
        Fact(LABELS["languages"], lambda provider: language_names(provider.languages)),
    ),
)
SERVICE = FactGroup(
    "Service",
    (
        Fact(LABELS["type"], lambda provider: provider.get_type_display()),
        Fact(LABELS["country"], lambda provider: provider.country_name),
        Fact("Rating", rating_text, attrgetter("rating"), "highest"),
    ),
)
_LESS_IS_BETTER = frozenset({"lowest", "shortest"})
GROUPS = (SERVICE, PRICES, RELIABILITY, INFRASTRUCTURE, PAYMENT, SUPPORT)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one listing says on a line. best: the word for it when it is the best of several."""

    name: str
    text: str | None
    best: str


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One line of a comparison, a cell for each listing in their order."""

    label: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Return whether the listings differ here; the order of what one names does not count."""
        return len({cell.text and tuple(sorted(cell.text.split(", "))) for cell in self.cells}) > 1


def compared(providers: Sequence[Provider]) -> list[tuple[str, list[ComparedLine]]]:
    """Return the lines of several listings side by side, by group, without those on which none says anything."""
    groups = []
    for group in GROUPS:
        lines = [_line(fact, providers) for fact in group.facts]
        if said := [line for line in lines if any(cell.text is not None for cell in line.cells)]:
            groups.append((group.title, said))
    return groups


def _line(fact: Fact, providers: Sequence[Provider]) -> ComparedLine:
    measures = [fact.measure(row) if fact.measure else None for row in providers]
    known = {measure for measure in measures if measure is not None}
    best = None
    if len(known) > 1:
        best = min(known) if fact.best in _LESS_IS_BETTER else max(known)
    return ComparedLine(
        fact.label,
        tuple(
            Cell(row.name, fact.show(row), fact.best if best is not None and measure == best else "")
            for row, measure in zip(providers, measures, strict=True)
        ),
    )
