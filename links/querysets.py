"""Reads of links and clicks; each begins with the account, the slug or the link."""

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import Account
    from links.models import Click, Link  # noqa: F401

RESERVED_FOR = timedelta(days=30)


def digest_of(target_url: str) -> str:
    """Return SHA-256 of a target: targets are longer than what PostgreSQL can index."""
    return hashlib.sha256(target_url.encode()).hexdigest()


class HasTag(Func):
    """Whether a JSON list of strings holds one; the two databases say it differently."""

    function = "jsonb_exists"
    arity = 2
    output_field = models.BooleanField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        """Return `EXISTS (SELECT … FROM json_each(…) WHERE …)`."""
        template = "EXISTS (SELECT 1 FROM json_each(%(expressions)s)"
        joiner = ") WHERE json_each.value = "
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **extra)


class LinkQuerySet(models.QuerySet["Link"]):
    """Chainable reads of links. Deleted rows stay for 30 days; `of` and `at` never return them."""

    def of(self, account: "Account") -> Self:
        """Return the account's links, newest first."""
        return self.filter(account=account, deleted_at__isnull=True).order_by("-created_at", "-link_id")

    def counted(self) -> Self:
        """Return the same links with their clicks of people, all time, in the same query."""
        totals = (
            apps.get_model("links", "LinkTotal")
            ._default_manager.filter(link=OuterRef("pk"))
            .order_by()
            .values("link")
        )
        people = totals.annotate(number=Sum("people")).values("number")
        return self.annotate(counted_clicks=Coalesce(Subquery(people), 0))

    def at(self, slug: str) -> Self:
        """Return the link that visitors reach at a slug: neither deleted nor switched off."""
        return self.filter(slug=slug, deleted_at__isnull=True, is_active=True)

    def released(self, slug: str) -> Self:
        """Return the deleted link whose hold on the slug has ended."""
        return self.filter(slug=slug, deleted_at__lte=timezone.now() - RESERVED_FOR)

    def before(self, created_at: datetime, link_id: str) -> Self:
        """Return those that follow the given place in a list of the newest first."""
        older = Q(created_at__lt=created_at) | Q(created_at=created_at, link_id__lt=link_id)
        # The plain bound lets the database start its index scan there; the condition above is exact.
        return self.filter(older, created_at__lte=created_at)

    def tagged(self, tag: str) -> Self:
        """Return those with the tag."""
        return self.filter(HasTag(F("tags"), Value(tag, output_field=models.TextField())))

    def matching(self, text: str) -> Self:
        """Return those whose slug, title or target contains the text, ignoring case."""
        return self.filter(Q(slug__icontains=text) | Q(title__icontains=text) | Q(target_url__icontains=text))

    def chosen(self, query: dict[str, Any]) -> Self:
        """Return those that a validated `FilterQuery` leaves."""
        links = self
        if "tag" in query:
            links = links.tagged(query["tag"])
        if "search" in query:
            links = links.matching(query["search"])
        if "is_active" in query:
            links = links.filter(is_active=query["is_active"] == "true")
        return links

    def with_room(self) -> Self:
        """Return those that may be visited once more."""
        return self.filter(Q(max_clicks__isnull=True) | Q(redirect_count__lt=F("max_clicks")))

    def unexpired(self) -> Self:
        """Return those that have not expired."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()))

    def twin_of(self, wanted: dict[str, Any]) -> "Link | None":
        """Return the newest working link without a password that has the given values in the given columns."""
        rows = self.filter(**wanted | {"password_hash": "", "is_active": True})
        return rows.unexpired().with_room().first()


class ClickQuerySet(models.QuerySet["Click"]):
    """Chainable reads of clicks."""

    def of(self, link: "Link") -> Self:
        """Return the link's clicks, newest first."""
        return self.filter(link=link).order_by("-clicked_at", "-pk")

    def between(self, start: datetime, end: datetime) -> Self:
        """Return those from start (included) to end (excluded)."""
        return self.filter(clicked_at__gte=start, clicked_at__lt=end)
