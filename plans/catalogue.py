"""Products and their plans: what each allows, how much, and how fast.

Plain data without Django. Sources: the products' documents, which name the plans; the numbers that they
leave open are decided here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

DEFAULT_RATE_PER_MINUTE = 30
UNLIMITED: None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of one thing a plan gives.

    amount: None is unlimited. per: `period` starts anew with each billing period, `lifetime` counts what
    exists now (claimed when made, released when deleted).
    """

    amount: int | None
    per: Literal["period", "lifetime"] = "lifetime"


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan of one product. features: names that code asks for. rate_per_minute: for each API key."""

    name: str
    title: str
    features: frozenset[str] = frozenset()
    limits: Mapping[str, Limit] = field(default_factory=lambda: MappingProxyType({}))
    rate_per_minute: int = DEFAULT_RATE_PER_MINUTE


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its plans, the lowest first: an account without a live subscription has that one.

    refusal_status: the status of "your plan does not allow this" in the product's documents.
    quota_status: the status of "this period's amount is used up".
    """

    name: str
    title: str
    plans: tuple[Plan, ...]
    refusal_status: int
    quota_status: int

    @property
    def base(self) -> Plan:
        """Return the plan of those who have no live subscription."""
        return self.plans[0]

    def plan(self, name: str) -> Plan:
        """Return the plan of that name; raises KeyError."""
        for plan in self.plans:
            if plan.name == name:
                return plan
        raise KeyError(name)

    def lowest_with(self, feature: str) -> Plan | None:
        """Return the lowest plan that has the feature."""
        return next((plan for plan in self.plans if feature in plan.features), None)


def _limits(**limits: Limit) -> Mapping[str, Limit]:
    return MappingProxyType(limits)


FLUXME = Product(
    "fluxme",
    "Fluxme",
    (Plan("listing", "Listing", frozenset({"api", "keys"})),),
    refusal_status=403,
    quota_status=403,
)
FLUXSTORE = Product(
    "fluxstore",
    "FluxStore",
    (
        Plan("free", "Free", limits=_limits(stores=Limit(1))),
        Plan("pro", "Pro", frozenset({"api", "keys"}), _limits(stores=Limit(10))),
    ),
    refusal_status=403,
    quota_status=403,
)
FLUXLY = Product(
    "fluxly",
    "Fluxly",
    (
        Plan("free", "Free", limits=_limits(live_links=Limit(50))),
        Plan(
            "full_stack",
            "Full Stack",
            frozenset({"api", "keys", "password", "custom_slug"}),
            _limits(live_links=Limit(100_000)),
        ),
    ),
    refusal_status=402,
    quota_status=402,
)
_PRO_COMPRESSIONS = _limits(compressions=Limit(50_000, "period"))
FLUXIMAGE = Product(
    "fluximage",
    "Fluximage",
    (
        Plan("free", "Free", limits=_limits(compressions=Limit(20, "period"))),
        Plan(
            "starter",
            "Starter",
            frozenset({"api", "keys", "watermark"}),
            _limits(compressions=Limit(200, "period")),
        ),
        Plan("pro", "Pro", frozenset({"api", "keys", "watermark"}), _PRO_COMPRESSIONS),
        Plan(
            "agency",
            "Agency",
            frozenset({"api", "keys", "watermark", "batch"}),
            _PRO_COMPRESSIONS,
            rate_per_minute=120,
        ),
    ),
    refusal_status=403,
    quota_status=402,
)
PRODUCTS: Mapping[str, Product] = MappingProxyType({p.name: p for p in (FLUXME, FLUXSTORE, FLUXLY, FLUXIMAGE)})
