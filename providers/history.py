"""How a listing changed, as far as the public sees it.

Figures, prices, services and the name have a public history. Texts and addresses have none: what a provider took
back stays taken back.
"""
# ruff: noqa: N815 - the JSON is camelCase

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, Q
from rest_framework import serializers

from api.fields import StrictChoiceField, StrictIntegerField
from providers.cursors import CursorField, opened, sealed
from providers.models import Change, Provider, Source
from providers.names import WRITABLE, api_name
from providers.outputs import FlatOutput
from providers.queries import QuerySerializer
from providers.serializers import TierOutput

MAX_LIMIT = 100
_UNSHOWN = frozenset({"description", "long_description", "website", "discord", "comments"})
PUBLIC_FIELDS = tuple(api_name(attribute) for attribute in WRITABLE if attribute not in _UNSHOWN)
_FRACTIONS = frozenset(
    api_name(attribute)
    for attribute in WRITABLE
    if attribute != "tiers" and isinstance(Provider._meta.get_field(attribute), DecimalField)
)


class PriceHistoryQuery(QuerySerializer):
    """One page of price lists."""

    limit = StrictIntegerField(min_value=1, max_value=MAX_LIMIT, default=20)
    after = CursorField()


class HistoryQuery(PriceHistoryQuery):
    """One page of changes."""

    field = StrictChoiceField(choices=PUBLIC_FIELDS, required=False, help_text="Changes of this field alone")


class PriceListOutput(FlatOutput[Change]):
    """The prices from a moment on."""

    version = serializers.IntegerField()
    at = serializers.DateTimeField()
    source = serializers.ChoiceField(choices=Source.choices)  # type: ignore[assignment]  # not DRF's own `source`


class PriceListDocument(PriceListOutput):
    """The same with its prices, for the schema."""

    tiers = TierOutput(many=True)


class ChangeOutput(PriceListOutput):
    """A field got another value. version: that of the listing, made by this change."""

    field = serializers.ChoiceField(choices=PUBLIC_FIELDS)


class ChangeDocument(ChangeOutput):
    """The same with its values, for the schema."""

    old = serializers.JSONField(allow_null=True, help_text="Of the field's own type")
    new = serializers.JSONField(allow_null=True, help_text="Of the field's own type")


class HistoryPage(serializers.Serializer[Any]):
    """Some changes, the newest first. nextCursor: give it as `after` to read on; null at the end."""

    items = ChangeDocument(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class PriceHistoryPage(serializers.Serializer[Any]):
    """Some price lists, the newest first. nextCursor: give it as `after` to read on; null at the end."""

    items = PriceListDocument(many=True)
    nextCursor = serializers.CharField(allow_null=True)


def changes_page(provider: Provider, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of the public changes. query: a validated `HistoryQuery`."""
    found, cursor = _page(provider, query, query.get("field"))
    items = [
        {**ChangeOutput.show(row), "old": spoken(row.field, row.old), "new": spoken(row.field, row.new)}
        for row in found
    ]
    return {"items": items, "nextCursor": cursor}


def prices_page(provider: Provider, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of the price lists. query: a validated `PriceHistoryQuery`."""
    found, cursor = _page(provider, query, "tiers")
    items = [PriceListOutput.show(change) | {"tiers": spoken("tiers", change.new)} for change in found]
    return {"items": items, "nextCursor": cursor}


def spoken(field: str, value: Any) -> Any:
    """Return a value of the log as the listing shows it: its decimals are numbers again."""
    if field == "tiers":
        return [tier | {"price": Decimal(tier["price"])} for tier in value]
    if field in _FRACTIONS and value is not None:
        return Decimal(value)
    return value


def _page(provider: Provider, query: Mapping[str, Any], field: str | None) -> tuple[list[Change], str | None]:
    scope = {"history": provider.pk, "field": field}
    changes = Change.objects.of(provider).order_by("-version", "field")
    changes = changes.filter(field=field) if field else changes.filter(field__in=PUBLIC_FIELDS)
    if "after" in query:
        version, last = opened(query["after"], scope)
        changes = changes.filter(Q(version__lt=version) | Q(field__gt=last), version__lte=version)
    limit = query["limit"]
    found = list(changes[: limit + 1])
    page = found[:limit]
    return page, sealed([page[-1].version, page[-1].field], scope) if len(found) > limit else None
