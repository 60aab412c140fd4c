"""The JSON of Fluxme: what a push may say, what the list takes, what a listing shows.

Source: "Available Fields" of the provider API's document; its limits are this project's.
"""
# ruff: noqa: N815 - the JSON is camelCase

from collections.abc import Hashable, Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.errors import FieldError, InvalidFields
from api.fields import StrictBooleanField, StrictChoiceField, StrictIntegerField
from api.serializers import StrictSerializer, unknown_field_sentence
from providers.errors import NothingToUpdate
from providers.fields import (
    ONE_LETTER,
    TWO_LETTERS,
    CountryField,
    DiscordField,
    DistinctListField,
    LanguageField,
    LineField,
    NumberField,
    TextField,
    WebsiteField,
)
from providers.measured_serializers import MeasuredNodesOutput
from providers.models import (
    MAX_DATA_CENTERS,
    MAX_HOURS,
    MAX_NODES,
    MAX_PRICE,
    MEASURED_DAYS,
    Provider,
    ProviderType,
    Source,
    SupportChannel,
    Tier,
    TierName,
)
from providers.names import READ_ONLY_NAMES, WRITABLE_NAMES
from providers.outputs import FlatOutput
from providers.provenance import Mark
from providers.queries import QuerySerializer as QuerySerializer  # noqa: PLC0414 - other modules take it from here

MAX_IGNORED = 50
MAX_SHOWN_NAME = 64


def _percent(source: str | None = None) -> NumberField:
    return NumberField(limit=100, decimal_places=3, required=False, allow_null=True, source=source)


def _flag(source: str) -> StrictBooleanField:
    return StrictBooleanField(required=False, source=source)


class TierInput(StrictSerializer):
    """One price: of which node size, per month, under which name (default: the size's)."""

    refuse_unknown = False

    tier = StrictChoiceField(choices=TierName.choices)
    price = NumberField(limit=MAX_PRICE, decimal_places=2)
    planName = LineField(like=ONE_LETTER, max_length=60, required=False, source="plan_name")

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the price, named."""
        fields: dict[str, Any] = super().to_internal_value(data)
        tier = TierName(fields["tier"])
        return {"tier": tier, "price": fields["price"], "plan_name": fields.get("plan_name", tier.label)}


class TiersField(DistinctListField):
    """At most 12 prices, each pair of size and plan name once."""

    child = TierInput()
    repeated = "repeats a tier and planName of this list"

    def mark_of(self, item: Any) -> Hashable:
        """Return size and plan name."""
        return item["tier"], item["plan_name"]


class ProviderInput(StrictSerializer):
    """The fields that a provider writes. Absent is unchanged, null clears where it may, lists replace."""

    refuse_unknown = False

    name = LineField(like=TWO_LETTERS, max_length=80, required=False)
    description = LineField(max_length=200, required=False, allow_blank=True)
    longDescription = TextField(max_length=10_000, required=False, allow_null=True, source="long_description")
    website = WebsiteField(max_length=2048, required=False, allow_null=True)
    discord = DiscordField(max_length=128, required=False, allow_null=True)
    country = CountryField(required=False, allow_null=True)
    type = StrictChoiceField(choices=ProviderType.choices, required=False)
    tiers = TiersField(max_length=12, required=False)
    comments = TextField(max_length=500, required=False, allow_null=True)
    hasDiscount = _flag("has_discount")
    totalNodes = StrictIntegerField(
        min_value=0, max_value=MAX_NODES, required=False, allow_null=True, source="total_nodes"
    )
    totalClients = StrictIntegerField(
        min_value=0, max_value=MAX_NODES, required=False, allow_null=True, source="total_clients"
    )
    uptimePercentage = _percent("uptime_percentage")
    responseTimeHours = NumberField(
        limit=MAX_HOURS, decimal_places=2, required=False, allow_null=True, source="response_time_hours"
    )
    pnrEligiblePercent = _percent("pnr_eligible_percent")
    arcaneOsPercent = _percent("arcane_os_percent")
    dataCenters = StrictIntegerField(
        min_value=0, max_value=MAX_DATA_CENTERS, required=False, allow_null=True, source="data_centers"
    )
    sla = _percent()
    languages = DistinctListField(child=LanguageField(), max_length=30, required=False)
    acceptsFlux = _flag("accepts_flux")
    acceptsStripe = _flag("accepts_stripe")
    acceptsFiat = _flag("accepts_fiat")
    supportChannels = DistinctListField(
        child=StrictChoiceField(choices=SupportChannel.choices),
        max_length=10,
        required=False,
        source="support_channels",
    )
    whiteLabel = _flag("white_label")
    autoRenew = _flag("auto_renew")
    delegationAvailable = _flag("delegation_available")


_TIER_NAMES = tuple(TierInput().fields)


def read_push(data: Any, *, strict: bool = False) -> tuple[dict[str, Any], tuple[FieldError, ...]]:
    """Return the fields of a push by attribute, and what of it is ignored: protected and unknown names.

    strict: ignored names are errors (`Prefer: handling=strict`).
    Raises InvalidFields (400) with every fault, NothingToUpdate (400).
    """
    fields, ignored = read_fields(data, strict=strict)
    if not fields:
        raise NothingToUpdate(errors=ignored)
    return fields, ignored


def read_fields(data: Any, *, strict: bool = False) -> tuple[dict[str, Any], tuple[FieldError, ...]]:
    """Return what `read_push` returns, of a body that may also name no field at all."""
    ignored = ignored_names(data) if isinstance(data, dict) else ()
    refused = ignored if strict else ()
    try:
        fields = ProviderInput.parse_data(data)
    except InvalidFields as error:
        raise InvalidFields(errors=error.errors + refused) from None
    if refused:
        raise InvalidFields(errors=refused)
    return fields, ignored


def ignored_names(data: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """Return a line for each name that is not applied, at most MAX_IGNORED of them."""
    places = [("", data, WRITABLE_NAMES)]
    tiers = data.get("tiers")
    if isinstance(tiers, list):
        items = [(f"tiers[{n}].", item) for n, item in enumerate(tiers) if isinstance(item, dict)]
        places += [(path, item, _TIER_NAMES) for path, item in items[:12]]
    found: list[FieldError] = []
    for path, item, known in places:
        for name in item:
            if name not in known and len(found) < MAX_IGNORED:
                found.append(_ignored_name(path, name, known))
    return tuple(found)


def _ignored_name(path: str, name: str, known: tuple[str, ...]) -> FieldError:
    if not path and name in READ_ONLY_NAMES:
        return FieldError(name, "read_only", "is managed by Fluxme and cannot be changed here")
    # A name far longer than any of ours resembles none, and looking would cost time.
    sentence = unknown_field_sentence(name, known) if len(name) <= MAX_SHOWN_NAME else "unknown field"
    return FieldError(path + name[:MAX_SHOWN_NAME], "unknown_field", sentence)


class FiguresField(serializers.DecimalField):
    """A number without idle zeros."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_digits=None, decimal_places=3, coerce_to_string=False, normalize_output=True, **kwargs
        )


class TierOutput(FlatOutput[Tier]):
    """One price per month."""

    tier = serializers.ChoiceField(choices=TierName.choices)
    price = FiguresField()
    planName = serializers.CharField(source="plan_name")


class MeasuredUptimeOutput(serializers.Serializer[Provider]):
    """What our own checks found. days: the window. percent: of the measured time. since: the first day of it."""

    days = serializers.SerializerMethodField()
    percent = FiguresField(source="measured_uptime_percent")
    since = serializers.DateField(source="measured_uptime_since")

    def get_days(self, provider: Provider) -> int:
        """Return the length of the window."""
        return MEASURED_DAYS


class ProviderOutput(FlatOutput[Provider]):
    """A listing: what its provider wrote, what Fluxme says about it, and how fresh it is."""

    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    longDescription = serializers.CharField(source="long_description", allow_null=True)
    website = serializers.CharField(allow_null=True)
    discord = serializers.CharField(allow_null=True)
    country = serializers.CharField(source="country_name", allow_null=True)
    countryCode = serializers.CharField(source="country", allow_null=True)
    type = serializers.ChoiceField(choices=ProviderType.choices)
    tiers = TierOutput(many=True)
    comments = serializers.CharField(allow_null=True)
    hasDiscount = serializers.BooleanField(source="has_discount")
    totalNodes = serializers.IntegerField(source="total_nodes", allow_null=True)
    totalClients = serializers.IntegerField(source="total_clients", allow_null=True)
    uptimePercentage = FiguresField(source="uptime_percentage", allow_null=True)
    responseTimeHours = FiguresField(source="response_time_hours", allow_null=True)
    pnrEligiblePercent = FiguresField(source="pnr_eligible_percent", allow_null=True)
    arcaneOsPercent = FiguresField(source="arcane_os_percent", allow_null=True)
    dataCenters = serializers.IntegerField(source="data_centers", allow_null=True)
    sla = FiguresField(allow_null=True)
    languages = serializers.ListField(child=serializers.CharField())
    acceptsFlux = serializers.BooleanField(source="accepts_flux")
    acceptsStripe = serializers.BooleanField(source="accepts_stripe")
    acceptsFiat = serializers.BooleanField(source="accepts_fiat")
    supportChannels = serializers.ListField(
        child=serializers.ChoiceField(choices=SupportChannel.choices), source="support_channels"
    )
    whiteLabel = serializers.BooleanField(source="white_label")
    autoRenew = serializers.BooleanField(source="auto_renew")
    delegationAvailable = serializers.BooleanField(source="delegation_available")
    fluxLabsPartner = serializers.BooleanField(source="flux_labs_partner")
    verified = serializers.BooleanField()
    isDemo = serializers.BooleanField(source="is_demo")
    rating = FiguresField(allow_null=True)
    reviewCount = serializers.IntegerField(source="review_count")
    version = serializers.IntegerField()
    updatedAt = serializers.DateTimeField(source="updated_at")
    lastPushAt = serializers.DateTimeField(source="last_push_at", allow_null=True)
    lastPullAt = serializers.DateTimeField(source="last_pull_at", allow_null=True)
    measuredUptime = MeasuredUptimeOutput(source="measured_uptime", allow_null=True)
    measuredNodes = MeasuredNodesOutput(source="node_counts", allow_null=True)


_MARK = {
    "type": "object",
    "required": ["source", "at", "pinned"],
    "properties": {
        "source": {"type": "string", "enum": Source.values},
        "at": {"type": "string", "format": "date-time"},
        "pinned": {"type": "boolean", "description": "Whether pulls leave the field alone"},
    },
}


@extend_schema_field({"type": "object", "additionalProperties": _MARK})
class ProvenanceField(serializers.Field[Any, Any, Any, Any]):
    """For each field that was ever set, who set it and when."""

    def to_representation(self, value: Mapping[str, Mark]) -> dict[str, Any]:
        """Return the marks with their times as the API writes times."""
        return {name: mark | {"at": mark["at"].replace("+00:00", "Z")} for name, mark in value.items()}


class ProviderDetailOutput(ProviderOutput):
    """A listing with the provenance of its fields."""

    provenance = ProvenanceField()


class ProviderPage(serializers.Serializer[Any]):
    """Some listings. nextCursor: give it as `after` to read on; null at the end."""

    items = ProviderOutput(many=True)
    nextCursor = serializers.CharField(allow_null=True)
