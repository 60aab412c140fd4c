"""What an update changes in a listing, and how the API and the log say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from api.errors import FieldError
from providers import countries
from providers.models import Provider
from providers.names import WRITABLE, api_name


@dataclass(frozen=True, slots=True)
class Difference:
    """One field with its value before and after, as the attribute holds it; tiers as `tiers_of` shows them."""

    attribute: str
    old: Any
    new: Any

    @property
    def field(self) -> str:
        """Return the API's name of the field."""
        return api_name(self.attribute)

    def shown(self) -> dict[str, Any]:
        """Return field, old and new in the API's words."""
        return {"field": self.field, "old": self._shown(self.old), "new": self._shown(self.new)}

    def _shown(self, value: Any) -> Any:
        if self.attribute == "country" and value is not None:
            return countries.names()[value]
        if self.attribute == "tiers":
            return [{api_name(name): item for name, item in tier.items()} for tier in value]
        return value


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did: the listing after it with its tiers read, what changed, and what looks odd.

    skipped: the API's names of the fields that a pull left alone because they are pinned. held: what it did
    not apply because a person must see it first.
    """

    provider: Provider
    differences: tuple[Difference, ...]
    warnings: tuple[FieldError, ...]
    skipped: tuple[str, ...] = ()
    held: tuple[Difference, ...] = ()


def tiers_of(provider: Provider) -> list[dict[str, Any]]:
    """Return the prices in their order."""
    return [{"tier": t.tier, "price": t.price, "plan_name": t.plan_name} for t in provider.tiers.all()]


def differences_of(row: Provider, fields: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return what of the fields differs from the listing, in the document's order."""
    found = []
    for attribute in WRITABLE:
        if attribute in fields:
            old = tiers_of(row) if attribute == "tiers" else getattr(row, attribute)
            if old != fields[attribute]:
                found.append(Difference(attribute, old, fields[attribute]))
    return tuple(found)


def shown_values(row: Provider) -> dict[str, Any]:
    """Return what a provider may write, by the API's names, as the log of changes would keep it."""
    values = {a: tiers_of(row) if a == "tiers" else getattr(row, a) for a in WRITABLE}
    return {api_name(a): plain(Difference(a, value, value).shown()["new"]) for a, value in values.items()}


def plain(value: Any) -> Any:
    """Return a value as the log keeps it: decimals as texts without idle zeros."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value
