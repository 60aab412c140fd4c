"""The body of a push as JSON Schema 2020-12, made from the same serializer that judges it.

It refuses nothing that the API takes. It does not say every spelling of a country, nor that a pair of tier and
planName comes once; how many decimals a number has it says in words alone, since validators that divide binary
fractions would refuse 17.99 under `multipleOf: 0.01`.
"""

import functools
import math
from decimal import Decimal
from typing import Any

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from providers import countries
from providers.names import READ_ONLY_NAMES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PATH = "/api/providers/schema"
_COMPONENTS = "#/components/schemas/"
_BODY = "PatchedProviderInputRequest"
_NOT_TRANSLATED = frozenset({"nullable", "multipleOf", "format"})


@functools.cache
def push_schema() -> dict[str, Any]:
    """Return the schema of the body of `PATCH /api/providers/:slug`."""
    from providers import urls

    generator = SchemaGenerator(patterns=urls.urlpatterns)  # type: ignore[no-untyped-call]  # drf-spectacular
    components = generator.get_schema(request=None, public=True)["components"]["schemas"]  # type: ignore[no-untyped-call]
    body = _translated(components[_BODY])
    _loosen(body, components)
    used: dict[str, Any] = {}
    _collect(body, components, used)
    ignored = ", ".join(sorted(READ_ONLY_NAMES))
    return {
        "$schema": DIALECT,
        "$id": settings.BASE_URL + PATH,
        "title": "Update of a provider",
        **body,
        "description": f"{body['description']} Ignored with a warning: {ignored}, and unknown names.",
        "$defs": used,
    }


def _loosen(body: dict[str, Any], components: dict[str, Any]) -> None:
    """Take what has more spellings than a list could name."""
    fields = body["properties"]
    fields["country"] = {
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": countries.MAX_LENGTH,
        "description": "English name or ISO 3166 code, in any case; unknown ones are refused with a suggestion.",
        "examples": ["Poland", "PL", "POL"],
    }
    languages = fields["languages"]["items"].pop("$ref").rpartition("/")[2]
    codes = components[languages]["enum"]
    fields["languages"]["items"] |= {"enum": [*codes, *(code.upper() for code in codes)]}
    fields["tiers"]["uniqueItems"] = True
    fields["name"]["minLength"] = 2


def _translated(part: Any) -> Any:
    """Return a part of an OpenAPI 3.0 schema in JSON Schema's words."""
    if isinstance(part, list):
        return [_translated(item) for item in part]
    if isinstance(part, Decimal):
        return int(part)
    if not isinstance(part, dict):
        return part.replace(_COMPONENTS, "#/$defs/") if isinstance(part, str) else part
    plain = {name: _translated(item) for name, item in part.items() if name not in _NOT_TRANSLATED}
    if "multipleOf" in part:
        plain["description"] = f"At most {round(-math.log10(part['multipleOf']))} decimals."
    if "oneOf" in plain:
        # An empty text meets both of its alternatives.
        plain["anyOf"] = plain.pop("oneOf")
    return _nullable(plain) if part.get("nullable") else plain


def _nullable(plain: dict[str, Any]) -> dict[str, Any]:
    if "type" in plain:
        return plain | {"type": [plain["type"], "null"]}
    return plain | {"anyOf": [*plain.get("anyOf", []), {"type": "null"}]}


def _collect(part: Any, components: dict[str, Any], used: dict[str, Any]) -> None:
    """Add the definitions that a part refers to, and what those refer to."""
    if isinstance(part, list):
        for item in part:
            _collect(item, components, used)
    elif isinstance(part, dict):
        name = str(part.get("$ref", "")).rpartition("/")[2]
        if name and name not in used:
            used[name] = _translated(components[name])
            _collect(used[name], components, used)
        for item in part.values():
            _collect(item, components, used)
