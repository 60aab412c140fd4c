"""Every write to packages. Values arrive typed; what no single field can tell is checked here."""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from api.errors import FieldError, InvalidFields, NotFound
from apikeys.models import ApiKey
from audit.services import record
from store.errors import field_fault
from store.models import Category, Interval, Package, PackageType, Server, Store
from store.services.ownership import require_same_store


class PackageFields(TypedDict, total=False):
    """What a package may be given. is_subscription: another way to say the type."""

    name: str
    price: Decimal
    description: str | None
    image_url: str | None
    is_active: bool
    sort_order: int
    category: Category | None
    servers: list[Server] | None
    allow_custom_price: bool
    global_limit: int | None
    per_user_limit: int | None
    is_cumulative: bool
    is_subscription: bool
    user_server_selection_enabled: bool
    type: str
    duration_days: int | None
    duration_hours: int | None
    interval: str | None
    interval_count: int | None
    trial_days: int | None
    available_from: datetime | None
    available_until: datetime | None


@transaction.atomic
def create_package(
    *, store: Store, key: ApiKey | None = None, user: User | None = None, **fields: Unpack[PackageFields]
) -> Package:
    """Create a package; name and price are needed.

    A subscription without a period renews every month.
    Raises InvalidFields (400) for a type that the other fields contradict and for rows of another store.
    """
    package = Package(store=store)
    servers = _apply(package, fields)
    package.save(force_insert=True)
    if servers:
        package.servers.set(servers)
    _record("package.created", package, store, key=key, user=user, data={"fields": sorted(fields)})
    return package


@transaction.atomic
def update_package(
    *,
    package: Package,
    store: Store,
    key: ApiKey | None = None,
    user: User | None = None,
    **fields: Unpack[PackageFields],
) -> Package:
    """Change the given fields of a package and no other; `servers` replaces the set.

    Raises NotFound (404) when it was deleted meanwhile, InvalidFields (400) as `create_package` does.
    """
    locked = _lock(package, store)
    if not fields:
        return locked
    servers = _apply(locked, fields)
    locked.updated_at = timezone.now()
    locked.save(force_update=True)
    if "servers" in fields:
        locked.servers.set(servers)
    _record("package.updated", locked, store, key=key, user=user, data={"fields": sorted(fields)})
    return locked


@transaction.atomic
def hide_package(*, package: Package, store: Store, key: ApiKey | None = None, user: User | None = None) -> None:
    """Delete a package as far as anyone can see; orders keep pointing at its row.

    Raises NotFound (404) when it was deleted already.
    """
    now = timezone.now()
    alive = Package.objects.of_store(store).visible().filter(pk=package.pk)
    if not alive.update(hidden_at=now, updated_at=now):
        raise NotFound
    _record("package.deleted", package, store, key=key, user=user)


def _lock(package: Package, store: Store) -> Package:
    rows = Package.objects.of_store(store).visible().select_for_update(no_key=True)
    locked = rows.filter(pk=package.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _apply(package: Package, fields: PackageFields) -> list[Server]:
    """Put the fields on the package and return the servers that it shall have."""
    servers = fields.get("servers") or []
    require_same_store(package, "categoryId", fields.get("category"))
    require_same_store(package, "serverIds", *servers)
    _apply_type(package, fields)
    for name, value in fields.items():
        if name not in {"servers", "type", "is_subscription"}:
            setattr(package, name, value)
    _check_period(package)
    _check_availability(package)
    return servers


def _apply_type(package: Package, fields: PackageFields) -> None:
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


def _check_availability(package: Package) -> None:
    start, end = package.available_from, package.available_until
    if start is not None and end is not None and end <= start:
        raise field_fault("availableUntil", "before_start", "must be after availableFrom")


def _record(
    action: str,
    package: Package,
    store: Store,
    *,
    key: ApiKey | None,
    user: User | None,
    data: dict[str, Any] | None = None,
) -> None:
    record(action, target=package, account_id=store.account_id, user=user, key=key, data=data)
