"""Input fields whose rules are the directory's own: texts, numbers, countries, languages, addresses, lists."""

from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from api.fields import StrictCharField, StrictChoiceField, StrictDecimalField
from providers import countries, websites
from providers.languages import language_codes
from providers.searching import visible

# What the parser and single lines refuse, written out so that the schema says it too. A line stands among other
# words, whose direction the marks of the last two ranges would turn.
TEXT = RegexValidator(r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*\Z")
_REFUSED = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
LINE = RegexValidator(rf"^[^{_REFUSED}]*\Z", "must not have control characters", "control")


class _Letters(RegexValidator):
    """A pattern of letters, for none of which a character counts that shows nothing."""

    def __call__(self, value: Any) -> None:
        """Judge what a reader sees."""
        super().__call__(visible(str(value)))


ONE_LETTER = _Letters(rf"^[^{_REFUSED}]*[^\s{_REFUSED}][^{_REFUSED}]*\Z", "must not be blank", "blank")
TWO_LETTERS = _Letters(
    rf"^[^{_REFUSED}]*([^\s{_REFUSED}][^{_REFUSED}]*){{2}}\Z", "must have at least 2 characters", "min_length"
)
_COUNTRIES = sorted(countries.names().values()) + sorted(countries.names())
_HOST = r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
_WEBSITE = rf"^https?://{_HOST}(:([1-9][0-9]{{0,3}}|[1-5][0-9]{{4}}))?([/?#][!-\[\]-~]*)?$"


class LineField(StrictCharField):
    """A single line. Blanks around it are cut; its length counts with them, as a client's own check would."""

    def __init__(self, *, like: RegexValidator = LINE, **kwargs: Any) -> None:
        # The schema says the first pattern, which implies the second.
        super().__init__(one_line=True, validators=[like] if like is LINE else [like, LINE], **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse an overlong text before the cut would shorten it."""
        if isinstance(data, str) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().run_validation(data)


class TextField(StrictCharField):
    """A text of any number of lines, kept as it was sent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=True, trim_whitespace=False, validators=[TEXT], **kwargs)


class NumberField(StrictDecimalField):
    """A number from 0 to `limit` with at most `decimal_places` decimals."""

    def __init__(self, *, limit: int, decimal_places: int, **kwargs: Any) -> None:
        super().__init__(
            max_digits=None,
            decimal_places=decimal_places,
            min_value=Decimal(0),
            max_value=Decimal(limit),
            **kwargs,
        )


@extend_schema_field({"type": "string", "enum": _COUNTRIES})
class CountryField(StrictCharField):
    """An English country name or an ISO 3166 code; becomes the alpha-2 code."""

    def to_internal_value(self, data: Any) -> str:
        """Return the alpha-2 code."""
        text = super().to_internal_value(data)
        code = countries.code_of(text)
        if code is None:
            nearest = countries.nearest_name(text)
            hint = f"did you mean {nearest}?" if nearest else "send an English name (Poland) or an ISO code (PL)"
            raise serializers.ValidationError(f"is not a country we know; {hint}", code="unknown_country")
        return code


class LanguageField(StrictChoiceField):
    """An ISO 639-1 code, in either case; becomes lower-case."""

    default_error_messages = {"invalid_choice": '"{input}" is not an ISO 639-1 language code'}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=sorted(language_codes()), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Return the code."""
        return super().to_internal_value(data.lower() if isinstance(data, str) and len(data) == 2 else data)


@extend_schema_field({"type": "string", "maxLength": websites.MAX_LENGTH, "pattern": _WEBSITE})
class WebsiteField(LineField):
    """An http(s) URL with a public host name."""

    default_error_messages = {
        "not_public": "must be an http or https URL with a public host name and no user information"
    }

    def to_internal_value(self, data: Any) -> str:
        """Return the URL."""
        url = websites.public_url(super().to_internal_value(data))
        if url is None:
            self.fail("not_public")
        return url


@extend_schema_field({"type": "string", "pattern": websites.DISCORD_PATTERN})
class DiscordField(LineField):
    """An invitation to a Discord server."""

    default_error_messages = {
        "not_an_invite": "must be https://discord.gg/<code> or https://discord.com/invite/<code>"
    }

    def to_internal_value(self, data: Any) -> str:
        """Return the invitation's URL."""
        text = super().to_internal_value(data)
        if not websites.is_discord_invite(text):
            self.fail("not_an_invite")
        return text


class DistinctListField(serializers.ListField):
    """A list in which nothing comes twice."""

    repeated = "is in the list already"
    default_error_messages = {"not_a_list": "must be a list"}

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the items, or an error at each repetition."""
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            # Before each of thousands is judged, and named.
            self.fail("max_length", max_length=self.max_length)
        items: list[Any] = super().to_internal_value(data)
        seen: set[Hashable] = set()
        faults: dict[Any, Any] = {}
        for index, item in enumerate(items):
            mark = self.mark_of(item)
            if mark in seen:
                faults[index] = [ErrorDetail(self.repeated, code="repeated")]
            seen.add(mark)
        if faults:
            raise serializers.ValidationError(faults)
        return items

    def mark_of(self, item: Any) -> Hashable:
        """Return what must not repeat."""
        return item  # type: ignore[no-any-return]
