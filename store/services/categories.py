"""Every write to categories. The store's row is the lock: two moves at once could otherwise close a circle."""

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from api.errors import NotFound
from apikeys.models import ApiKey
from audit.services import record
from store.errors import field_fault
from store.models import Category, Package, Store
from store.rich_text import clean
from store.services.ownership import require_same_store

MAX_DEPTH = 3
# Room for the number that tells categories of one name apart.
_SLUG_BASE = 128


class CategoryFields(TypedDict, total=False):
    """What a category may be given. slug: None draws one from the name."""

    name: str
    slug: str | None
    description: str | None
    image_url: str | None
    parent: Category | None
    sort_order: int
    is_active: bool


@transaction.atomic
def add_category(
    *, store: Store, key: ApiKey | None = None, actor: User | None = None, **fields: Unpack[CategoryFields]
) -> Category:
    """Add a category to a store; the name is needed.

    Raises InvalidFields (400) for a parent of another store or on the third level, and for a slug in use.
    """
    _lock_store(store)
    category = Category(store=store)
    _apply(category, store, fields)
    category.save(force_insert=True)
    _record("store_category.added", category, store, key=key, user=actor, data={"fields": sorted(fields)})
    return category


@transaction.atomic
def update_category(
    *,
    category: Category,
    store: Store,
    key: ApiKey | None = None,
    actor: User | None = None,
    **fields: Unpack[CategoryFields],
) -> Category:
    """Change the given fields of a category and no other. A new name leaves the slug, which addresses hold.

    Raises NotFound (404) when it was deleted meanwhile, InvalidFields (400) as `add_category` does and for a
    parent that is the category itself or below it.
    """
    _lock_store(store)
    locked = _fresh(category, store)
    if not fields:
        return locked
    _apply(locked, store, fields)
    locked.updated_at = timezone.now()
    locked.save(force_update=True)
    _record("store_category.updated", locked, store, key=key, user=actor, data={"fields": sorted(fields)})
    return locked


@transaction.atomic
def remove_category(
    *, category: Category, store: Store, key: ApiKey | None = None, actor: User | None = None
) -> None:
    """Delete a category: its packages are in none, its children move up to its parent.

    What was scoped to it (coupons, sales, gift cards) keeps its scope and covers one category less,
    if need be none.
    Raises NotFound (404) when it was deleted already.
    """
    _lock_store(store)
    locked = _fresh(category, store)
    now = timezone.now()
    moved = Category.objects.of_store(store).filter(parent=locked).update(parent=locked.parent_id, updated_at=now)
    freed = Package.objects.of_store(store).filter(category=locked).update(category=None, updated_at=now)
    data = {"name": locked.name, "packages": freed, "children": moved}
    _record("store_category.removed", locked, store, key=key, user=actor, data=data)
    locked.delete()


def _lock_store(store: Store) -> None:
    if Store.objects.select_for_update(no_key=True).filter(pk=store.pk).first() is None:
        raise NotFound


def _fresh(category: Category, store: Store) -> Category:
    row = Category.objects.of_store(store).filter(pk=category.pk).first()
    if row is None:
        raise NotFound
    return row


def _apply(category: Category, store: Store, fields: CategoryFields) -> None:
    if "parent" in fields:
        require_same_store(store, "parentId", fields["parent"])
        _check_place(category, store, fields["parent"])
    for name, value in fields.items():
        setattr(category, name, clean(fields["description"]) if name == "description" else value)
    if not category.slug:
        category.slug = _free_slug(category, store)
    elif "slug" in fields and _others(category, store).filter(slug=category.slug).exists():
        raise field_fault("slug", "taken", "is used by another category")


def _check_place(category: Category, store: Store, parent: Category | None) -> None:
    """Refuse a place that closes a circle or is too deep, for the category or for what hangs below it."""
    if parent is None:
        return
    above = dict(Category.objects.of_store(store).values_list("pk", "parent_id"))
    if parent.pk not in above:
        raise field_fault("parentId", "unknown", "does not exist")
    path = _path(parent.pk, above)
    if category.pk in path:
        raise field_fault("parentId", "cycle", "must not be the category itself or one below it")
    if len(path) + _height(category.pk, above) > MAX_DEPTH:
        raise field_fault("parentId", "too_deep", f"categories are at most {MAX_DEPTH} levels deep")


def _path(pk: UUID, above: Mapping[UUID, UUID | None]) -> list[UUID]:
    """Return the category and all above it, the lowest first; a circle in the table ends where it closes."""
    path, step = [pk], above.get(pk)
    while step is not None and step not in path:
        path.append(step)
        step = above.get(step)
    return path


def _height(pk: UUID, above: Mapping[UUID, UUID | None]) -> int:
    """Return how many levels a category has with all below it: 1 for one without children."""
    paths = (_path(other, above) for other in above)
    return max((path.index(pk) + 1 for path in paths if pk in path), default=1)


def _others(category: Category, store: Store) -> Any:
    return Category.objects.of_store(store).exclude(pk=category.pk)


def _free_slug(category: Category, store: Store) -> str:
    """Return the name as a slug, with a number behind it where another category has it."""
    base = slugify(category.name, allow_unicode=True)[:_SLUG_BASE].strip("-_") or "category"
    taken = set(_others(category, store).filter(slug__startswith=base).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _record(
    action: str,
    category: Category,
    store: Store,
    *,
    key: ApiKey | None,
    user: User | None,
    data: dict[str, Any],
) -> None:
    record(action, target=category, account_id=store.account_id, user=user, key=key, data=data)
