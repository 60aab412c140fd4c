"""Shape of the JSON: what comes in, what goes out."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.envelopes import ENVELOPES
from api.fields import (
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
)
from api.serializers import StrictSerializer
from links import passwords, qr
from links.fields import (
    TAG,
    FutureField,
    OffsetTimeField,
    QueryNumberField,
    RedirectTypeField,
    SlugField,
    TargetField,
    TimeZoneField,
)

MAX_TAGS = 20
MAX_TAG_LENGTH = 40
MAX_CLICKS = 1_000_000_000
MAX_ITEMS = 100
# Each takes some 20 ms of a core to hash.
MAX_PASSWORDS = 10
CURSOR_PATTERN = r"^[0-9a-z]{1,11}-[0-9a-z]{12}$"


def _tag(**kwargs: Any) -> StrictCharField:
    return StrictCharField(max_length=MAX_TAG_LENGTH, trim_whitespace=False, validators=[TAG], **kwargs)


class LinkSettingsInput(StrictSerializer):
    """What can be given at creation and changed afterwards; null means none."""

    title = StrictCharField(max_length=200, required=False, allow_blank=True, one_line=True, trim_whitespace=False)
    tags = serializers.ListField(child=_tag(), max_length=MAX_TAGS, required=False)
    password = StrictCharField(
        min_length=passwords.MIN_LENGTH,
        max_length=passwords.MAX_LENGTH,
        required=False,
        allow_null=True,
        trim_whitespace=False,
        one_line=True,
        help_text="Visitors are asked for it. Needs the plan Full Stack.",
    )
    expires_at = FutureField(required=False, allow_null=True, help_text="ISO 8601 with an offset, in the future.")
    expired_url = TargetField(
        required=False, allow_null=True, help_text="Where visitors go once the link has ended, instead of a 410."
    )
    max_clicks = StrictIntegerField(
        min_value=1, max_value=MAX_CLICKS, required=False, allow_null=True, help_text="The link ends after these."
    )
    redirect_type = RedirectTypeField(required=False, help_text="302 unless given.")
    forward_query = StrictBooleanField(
        required=False, help_text="Append the visitor's query to the target's. false unless given."
    )

    def validate_tags(self, tags: list[str]) -> list[str]:
        """Return each tag once, in the given order."""
        return list(dict.fromkeys(tags))


class LinkInput(LinkSettingsInput):
    """A new link."""

    target_url = TargetField(help_text="http or https; not a host of ours, nor a private or local one.")
    custom_slug = SlugField(
        required=False, allow_null=True, help_text="Case-sensitive. A random one is drawn when it is left out."
    )
    find_if_exists = StrictBooleanField(
        required=False,
        help_text="Answer 200 with a working link that has all the given settings, when there is one.",
    )


class LinkChange(LinkSettingsInput):
    """Changes to a link; what is left out stays. The slug of a link never changes."""

    target_url = TargetField(required=False)
    is_active = StrictBooleanField(required=False, help_text="false: visitors get a 404 until it is true again.")


class LinkOutput(serializers.Serializer[Any]):
    """A link. The first six keys are the document's, in its order."""

    link_id = serializers.CharField()
    slug = serializers.CharField()
    target_url = serializers.CharField()
    has_password = serializers.BooleanField()
    expires_at = OffsetTimeField(allow_null=True)
    click_count = serializers.IntegerField()
    short_url = serializers.CharField()
    created_at = OffsetTimeField()
    title = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    max_clicks = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField()


class FilterQuery(StrictSerializer):
    """Which links. Unknown names are ignored, as everywhere on the web."""

    refuse_unknown: ClassVar[bool] = False

    tag = _tag(required=False, help_text="Links with this tag.")
    search = StrictCharField(
        max_length=100,
        required=False,
        trim_whitespace=False,
        one_line=True,
        help_text="Part of slug, title or target, ignoring case.",
    )
    is_active = StrictChoiceField(choices=["true", "false"], required=False)


class ListQuery(FilterQuery):
    """The query of a list."""

    limit = QueryNumberField(min_value=1, max_value=100, required=False, default=50)
    cursor = serializers.RegexField(
        CURSOR_PATTERN, required=False, help_text="From `X-Next-Cursor` of the page before."
    )


class QrQuery(StrictSerializer):
    """How a QR code is drawn."""

    refuse_unknown: ClassVar[bool] = False

    format = StrictChoiceField(choices=["svg", "png"], required=False, default="svg")
    size = QueryNumberField(
        min_value=qr.MIN_SIZE,
        max_value=qr.MAX_SIZE,
        required=False,
        default=qr.DEFAULT_SIZE,
        help_text="Pixels of each side.",
    )


@extend_schema_field(LinkInput)
class ItemField(serializers.DictField):
    """A link among many; what is wrong inside it is said in its own result."""


class BulkInput(StrictSerializer):
    """Up to 100 new links, at most ten of them with a password."""

    links = serializers.ListField(child=ItemField(), min_length=1, max_length=MAX_ITEMS)

    def validate_links(self, links: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse more passwords than are hashed within a second or so."""
        if sum(bool(link.get("password")) for link in links) > MAX_PASSWORDS:
            sentence = f"at most {MAX_PASSWORDS} links of one request may have a password"
            raise serializers.ValidationError(sentence, "too_many_passwords")
        return links


@extend_schema_field(ENVELOPES["fluxly"].error_schema)
class RefusalField(serializers.DictField):
    """The body that the refusal of a single link would have."""


class BulkResultOutput(serializers.Serializer[Any]):
    """What became of one link. status: 201 made, 200 found, else the status of the refusal in `error`."""

    index = serializers.IntegerField()
    status = serializers.IntegerField()
    link = LinkOutput(required=False)
    error = RefusalField(required=False)


class BulkOutput(serializers.Serializer[Any]):
    """What became of each, in the given order."""

    results = BulkResultOutput(many=True)


class AnalyticsQuery(StrictSerializer):
    """The query of an analysis. `from` is a word of Python, so it is renamed on the way."""

    refuse_unknown: ClassVar[bool] = False

    to = serializers.DateField(required=False, help_text="Last day, included. Today unless given.")
    tz = TimeZoneField(required=False, default="UTC", help_text="IANA zone of the days.")
    bots = StrictChoiceField(choices=["include", "exclude", "only"], required=False, default="exclude")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `from`."""
        first = serializers.DateField(
            required=False, help_text="First day. 29 days before `to` unless given, 3,659 at most."
        )
        return {"from": first, **super().get_fields()}


class DayOutput(serializers.Serializer[Any]):
    """One day of the timeline."""

    date = serializers.DateField()
    clicks = serializers.IntegerField()


class ReferrerOutput(serializers.Serializer[Any]):
    """A referring host, `direct` for none; `other` sums up those beyond the first ten."""

    referrer = serializers.CharField()
    clicks = serializers.IntegerField()


class DeviceOutput(serializers.Serializer[Any]):
    """A class of device."""

    device = serializers.CharField()
    clicks = serializers.IntegerField()


class BrowserOutput(serializers.Serializer[Any]):
    """A browser; `other` sums up those beyond the first fifty."""

    browser = serializers.CharField()
    clicks = serializers.IntegerField()


class OsOutput(serializers.Serializer[Any]):
    """An operating system; `other` sums up those beyond the first fifty."""

    os = serializers.CharField()
    clicks = serializers.IntegerField()


class RecentClickOutput(serializers.Serializer[Any]):
    """One click."""

    clicked_at = OffsetTimeField()
    referrer = serializers.CharField()
    device = serializers.CharField()
    browser = serializers.CharField()
    os = serializers.CharField()


class AnalyticsOutput(serializers.Serializer[Any]):
    """The analysis of one link over a range. `bots`: how many bot clicks the range has, counted in or not."""

    total_clicks = serializers.IntegerField()
    timeline = DayOutput(many=True)
    referrers = ReferrerOutput(many=True)
    devices = DeviceOutput(many=True)
    recent_clicks = RecentClickOutput(many=True)
    browsers = BrowserOutput(many=True)
    os = OsOutput(many=True)
    bots = serializers.IntegerField()
