"""What no single field of a package can tell, and what its past forbids."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from api.errors import FieldError, InvalidFields
from store.errors import field_fault
from store.models import Interval, Package, PackageType
from store.services.periods import check_order

# How a package is paid for: fixed once it was sold, because subscriptions, renewals and expiries count with it.
SHAPE = {
    "type": "type",
    "interval": "interval",
    "interval_count": "intervalCount",
    "duration_days": "durationDays",
    "duration_hours": "durationHours",
    "allow_custom_price": "allowCustomPrice",
}


def pricing_shape(package: Package) -> dict[str, Any]:
    """Return how a package is paid for now."""
    return {name: getattr(package, name) for name in SHAPE}


def apply_type(package: Package, fields: Mapping[str, Any]) -> None:
    """Settle `type` and `isSubscription`, two words for one thing, and the period that a new subscription gets."""
    wanted = fields.get("type", package.type)
    renews = fields.get("is_subscription")
    if renews is not None and renews != (wanted == PackageType.SUBSCRIPTION):
        if "type" in fields:
            raise field_fault("isSubscription", "contradiction", "contradicts type")
        wanted = PackageType.SUBSCRIPTION if renews else PackageType.ONE_TIME
    package.type = wanted
    if wanted == PackageType.SUBSCRIPTION:
        package.interval = package.interval or Interval.MONTH
        package.interval_count = package.interval_count or 1


def check(package: Package, before: Mapping[str, Any]) -> None:
    """Refuse fields that contradict one another or what was sold. before: its `pricing_shape` until now.

    Raises InvalidFields (400).
    """
    _check_period(package)
    check_order("availableUntil", package.available_from, package.available_until, "availableFrom")
    if package.global_limit is not None and package.global_limit < package.sold:
        raise field_fault("globalLimit", "below_sold", f"must be at least {package.sold}, as many were sold")
    changed = [SHAPE[name] for name, value in before.items() if getattr(package, name) != value]
    # The package is locked, so an order that could be its first waits for this or came before.
    if changed and not package._state.adding and package.order_items.exists():
        sentence = "cannot change once the package was sold"
        raise InvalidFields(errors=tuple(FieldError(name, "sold", sentence) for name in changed))


def _check_period(package: Package) -> None:
    if package.type == PackageType.SUBSCRIPTION:
        missing = [
            FieldError(name, "required", "a subscription needs it")
            for name, value in (("interval", package.interval), ("intervalCount", package.interval_count))
            if value is None
        ]
        if missing:
            raise InvalidFields(errors=tuple(missing))
    if package.type == PackageType.TIMED and not (package.duration_days or package.duration_hours):
        raise field_fault("durationDays", "required", "a timed package needs durationDays or durationHours")


def check_requirements(package: Package, required: list[Package]) -> None:
    """Refuse requirements that lead back to the package: nobody could ever buy it.

    Raises InvalidFields (400).
    """
    links = Package.required_packages.through.objects
    seen: set[UUID] = set()
    step = {row.pk for row in required}
    while step:
        if package.pk in step:
            sentence = "must not lead back to the package itself"
            raise field_fault("requiredPackageIds", "cycle", sentence)
        seen |= step
        above = links.filter(from_package__in=step).values_list("to_package_id", flat=True)
        step = set(above) - seen
