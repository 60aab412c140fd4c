"""Every write to packages. Values arrive typed; what no single field can tell is checked here."""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from api.errors import NotFound
from apikeys.models import ApiKey
from audit.services import record
from store.models import Category, Package, PackageCommand, Server, Store
from store.rich_text import clean
from store.services import package_rules as rules
from store.services.ownership import require_same_store

# What a package has in other tables.
_ELSEWHERE = ("servers", "required_packages", "commands")


class CommandFields(TypedDict, total=False):
    """What a command is given; type and command are needed. server: None runs it on all of the package's."""

    type: str
    server: Server | None
    command: str
    require_online: bool


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
    required_packages: list[Package] | None
    commands: list[CommandFields] | None
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
    _apply(package, fields)
    package.save(force_insert=True)
    _put_sets(package, fields)
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
    """Change the given fields of a package and no other; its servers, requirements and commands are replaced.

    Raises NotFound (404) when it was deleted meanwhile, InvalidFields (400) as `create_package` does, for a limit
    below what was sold, and for another pricing shape (`rules.SHAPE`) of a package that was sold.
    """
    locked = _lock(package, store)
    if not fields:
        return locked
    _apply(locked, fields)
    locked.updated_at = timezone.now()
    locked.save(force_update=True)
    _put_sets(locked, fields)
    _record("package.updated", locked, store, key=key, user=user, data={"fields": sorted(fields)})
    return locked


@transaction.atomic
def hide_package(*, package: Package, store: Store, key: ApiKey | None = None, user: User | None = None) -> None:
    """Delete a package as far as anyone can see; orders keep pointing at its row.

    Packages that required it no longer do: nobody could buy them any more.

    Raises NotFound (404) when it was deleted already.
    """
    now = timezone.now()
    alive = Package.objects.of_store(store).visible().filter(pk=package.pk)
    if not alive.update(hidden_at=now, updated_at=now):
        raise NotFound
    package.required_by.update(updated_at=now)
    package.required_by.clear()
    _record("package.deleted", package, store, key=key, user=user)


def _lock(package: Package, store: Store) -> Package:
    rows = Package.objects.of_store(store).visible().select_for_update(no_key=True)
    locked = rows.filter(pk=package.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _apply(package: Package, fields: PackageFields) -> None:
    """Put the fields on the package; what lies in other tables waits until it is saved."""
    require_same_store(package, "categoryId", fields.get("category"))
    require_same_store(package, "serverIds", *(fields.get("servers") or []))
    require_same_store(package, "requiredPackageIds", *(fields.get("required_packages") or []))
    require_same_store(package, "commands", *(command.get("server") for command in fields.get("commands") or []))
    before = rules.pricing_shape(package)
    rules.apply_type(package, fields)
    for name, value in fields.items():
        if name not in {*_ELSEWHERE, "type", "is_subscription"}:
            setattr(package, name, clean(fields["description"]) if name == "description" else value)
    rules.check(package, before)


def _put_sets(package: Package, fields: PackageFields) -> None:
    """Give a saved package its servers, requirements and commands, as far as the fields name them."""
    if "servers" in fields:
        package.servers.set(fields["servers"] or [])
    if "required_packages" in fields:
        required = fields["required_packages"] or []
        rules.check_requirements(package, required)
        package.required_packages.set(required)
    if "commands" in fields:
        package.commands.all().delete()
        PackageCommand.objects.bulk_create(
            PackageCommand(package=package, position=place, **command)
            for place, command in enumerate(fields["commands"] or [])
        )


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
