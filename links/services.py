"""Every write to links.

A write that changes what visitors get announces the slug in its own transaction (`links.changes`).
"""

import hashlib
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Account, User
from api.errors import FieldError, InvalidFields, NotFound
from apikeys.models import ApiKey
from audit.services import record
from links import changes, slugs, targets
from links.errors import NoFreeSlug, SlugTaken
from links.models import Link, RedirectType
from links.passwords import hash_password
from links.querysets import digest_of
from plans import entitlements

PRODUCT = "fluxly"
COUNTER = "live_links"
# With 2^40 slugs a second draw is rare even among 10^9 links; eight in a row are a fault, not bad luck.
DRAWS = 8


class LinkSettings(TypedDict, total=False):
    """What can be set at any time. None takes a setting away; an absent name leaves it as it is."""

    title: str
    tags: list[str]
    password: str | None
    expires_at: datetime | None
    expired_url: str | None
    max_clicks: int | None
    redirect_type: int
    forward_query: bool
    is_active: bool


class LinkChanges(LinkSettings, total=False):
    """What can be changed afterwards."""

    target_url: str


def create_link(
    *,
    account: Account,
    target_url: str,
    custom_slug: str | None = None,
    user: User | None = None,
    key: ApiKey | None = None,
    **settings: Unpack[LinkSettings],
) -> Link:
    """Create a short link, drawing a random slug when none is given.

    Raises InvalidFields (400) for a target or a slug that is refused, PlanRequired (402) for a feature that
    the plan lacks, QuotaExhausted (402) when the plan's links are all in use, SlugTaken (409) for a custom slug,
    NoFreeSlug (503) when every random one that was drawn is in use.
    """
    if custom_slug is not None:
        entitlements.require(account, PRODUCT, "custom_slug")
        _check_slug(custom_slug)
    # Hashing happens before the transaction: SQLite lets nobody else write for as long as one is open.
    columns = _columns(account, {**settings, "target_url": target_url})
    with transaction.atomic():
        entitlements.claim(account, PRODUCT, COUNTER)
        link = _insert(account, custom_slug, columns)
        changes.announce(link.slug)
        data = {"link_id": link.link_id, "slug": link.slug, "settings": sorted(settings)}
        record("link.created", target=link, account_id=account.pk, user=user, key=key, data=data)
    return link


def find_or_create_link(
    *,
    account: Account,
    target_url: str,
    custom_slug: str | None = None,
    user: User | None = None,
    key: ApiKey | None = None,
    **settings: Unpack[LinkSettings],
) -> tuple[Link, bool]:
    """Return the account's newest working link that has every one of the given settings, and False.

    When there is none, create one and return it and True; of equal wishes at once exactly one creates. A wish with
    a password always creates: passwords cannot be compared. Raises what `create_link` raises.
    """
    if settings.get("password"):
        link = create_link(
            account=account, target_url=target_url, custom_slug=custom_slug, user=user, key=key, **settings
        )
        return link, True
    wanted = _columns(account, {**settings, "target_url": target_url})
    if custom_slug is not None:
        wanted["slug"] = custom_slug
    with transaction.atomic():
        _take_turns(account, wanted["target_digest"])
        found = Link.objects.of(account).counted().twin_of(wanted)
        if found is not None:
            return found, False
        link = create_link(
            account=account, target_url=target_url, custom_slug=custom_slug, user=user, key=key, **settings
        )
    return link, True


def update_link(
    *, link: Link, user: User | None = None, key: ApiKey | None = None, **wanted: Unpack[LinkChanges]
) -> Link:
    """Change settings of a link; its slug never changes. A new password closes the gates opened with the old.

    Raises InvalidFields (400), PlanRequired (402), NotFound (404) when it was deleted meanwhile.
    """
    columns = _columns(link.account, wanted)
    with transaction.atomic():
        row = Link.objects.select_for_update().filter(pk=link.pk, deleted_at__isnull=True).first()
        if row is None:
            raise NotFound
        if "password_hash" in columns:
            columns["password_version"] = row.password_version + 1
        if columns.get("max_clicks") and row.max_clicks is None:
            # Nothing was counted at the door until now; those who came before count too.
            columns["redirect_count"] = row.click_count
        for name, value in columns.items():
            setattr(row, name, value)
        if columns:
            row.save(update_fields=list(columns))
            changes.announce(row.slug)
            data = {"link_id": row.link_id, "settings": sorted(wanted)}
            record("link.updated", target=row, account_id=row.account_id, user=user, key=key, data=data)
    return row


@transaction.atomic
def delete_link(*, link: Link, user: User | None = None, key: ApiKey | None = None) -> None:
    """Delete a link: visitors get a 404 at once, and its slug stays reserved for 30 days.

    Raises NotFound (404) when it was deleted before.
    """
    # The counter before the link, as in a creation: the other way round, the two could wait for each other.
    entitlements.release(link.account, PRODUCT, COUNTER)
    if not Link.objects.filter(pk=link.pk, deleted_at__isnull=True).update(deleted_at=timezone.now()):
        raise NotFound
    changes.announce(link.slug)
    data = {"link_id": link.link_id, "slug": link.slug}
    record("link.deleted", target=link, account_id=link.account_id, user=user, key=key, data=data)


def _take_turns(account: Account, target_digest: str) -> None:
    """Let one transaction at a time look for, and make, links of the account to one target.

    On SQLite every transaction takes the database's one write lock as it begins, which is more than enough.
    """
    if connection.vendor == "postgresql":
        digest = hashlib.sha256(f"links:{account.pk}:{target_digest}".encode()).digest()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], signed=True)])


def _insert(account: Account, custom_slug: str | None, columns: dict[str, Any]) -> Link:
    """Insert the row; the unique indexes decide who has a slug, never a look beforehand."""
    if custom_slug is not None:
        link = _insert_at(custom_slug, account, columns)
        if link is None:
            raise SlugTaken
        return link
    for _ in range(DRAWS):
        slug = slugs.random_slug()
        link = None if slugs.is_reserved(slug) else _insert_at(slug, account, columns)
        if link is not None:
            return link
    raise NoFreeSlug


def _insert_at(slug: str, account: Account, columns: dict[str, Any]) -> Link | None:
    """Insert the row at a slug; return None when the slug, or one that looks the same, is in use."""
    try:
        with transaction.atomic():
            Link.objects.released(slug).delete()
            return Link.objects.create(account=account, slug=slug, skeleton=slugs.skeleton(slug), **columns)
    except IntegrityError:
        return None


def _columns(account: Account, settings: LinkChanges) -> dict[str, Any]:
    """Return what the settings mean for the row.

    Raises InvalidFields (400), PlanRequired (402) for a password that the plan lacks.
    """
    columns: dict[str, Any] = dict(settings)
    if "target_url" in settings:
        columns["target_url"] = _judged("target_url", settings["target_url"])
        columns["target_digest"] = digest_of(columns["target_url"])
    if "expired_url" in settings:
        wanted = settings["expired_url"]
        columns["expired_url"] = _judged("expired_url", wanted) if wanted else ""
    if "redirect_type" in settings:
        columns["redirect_type"] = RedirectType(settings["redirect_type"])
    if "password" in settings:
        password = columns.pop("password")
        if password:
            entitlements.require(account, PRODUCT, "password")
        columns["password_hash"] = hash_password(password) if password else ""
    return columns


def _judged(field: str, url: str) -> str:
    try:
        return targets.judge(url)
    except targets.TargetRefused as refused:
        raise InvalidFields(errors=(FieldError(field, refused.code, refused.message),)) from None


def _check_slug(slug: str) -> None:
    fault = slugs.fault_of(slug)
    if fault is not None:
        raise InvalidFields(errors=(FieldError("custom_slug", *fault),))
