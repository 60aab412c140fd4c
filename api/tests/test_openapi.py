"""The schema says what is enforced: envelopes, refusals, characters, unknown names."""

import functools
import re

import pytest
from django.core.validators import RegexValidator
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from drf_spectacular.validation import validate_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import InvalidFields, MalformedBody
from api.fields import StrictCharField, StrictDecimalField
from api.openapi import COMMON_STATUSES, ProductAutoSchema
from api.parsers import loads
from api.serializers import StrictSerializer
from api.views import PlatformAPIView

pytestmark = pytest.mark.once


@extend_schema_field({"type": "string", "maxLength": 3})
class OwnField(StrictCharField):
    """Documents itself."""


class ThingInput(StrictSerializer):
    text = StrictCharField()
    title = StrictCharField(one_line=True, required=False)
    note = StrictCharField(allow_blank=True, required=False)
    raw = StrictCharField(trim_whitespace=False, required=False)
    code = StrictCharField(validators=[RegexValidator("^[a-z]+$")], required=False)
    own = OwnField(required=False)
    price = StrictDecimalField(max_digits=8, decimal_places=2, required=False)


class OpenInput(StrictSerializer):
    refuse_unknown = False
    text = StrictCharField()


class ThingOutput(serializers.Serializer):
    id = serializers.IntegerField()
    text = StrictCharField()


class ThingView(PlatformAPIView):
    """Reads and writes things."""

    schema = ProductAutoSchema()
    more_statuses = {"POST": (503,)}

    @extend_schema(
        parameters=[
            OpenApiParameter("search", str),
            OpenApiParameter("order", str, enum=["up", "down"]),
            OpenApiParameter("take", int),
            OpenApiParameter("X-Trace", str, OpenApiParameter.HEADER),
            OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[200]),
        ],
        responses={200: ThingOutput, 410: OpenApiResponse(description="The thing has expired.")},
    )
    def get(self, request: Request) -> Response:
        return self.answer({"id": 1, "text": "a"})

    @extend_schema(request=ThingInput, responses={201: ThingOutput, 202: None})
    def post(self, request: Request) -> Response:
        return self.answer(ThingInput.parse(request))

    @extend_schema(request=OpenInput, responses={(200, "image/webp"): OpenApiTypes.BINARY})
    def put(self, request: Request) -> Response:
        return self.answer(OpenInput.parse(request))

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        return Response(status=204)


PREFIXES = {"fluxme": "api/providers", "fluxstore": "api/v1", "fluxly": "api/links", "fluximage": "api/usage"}


@functools.cache
def schema_of(product: str) -> dict:
    patterns = [path(f"{PREFIXES[product]}/things", ThingView.as_view(product=product))]
    schema = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)
    validate_schema(schema)
    return schema


def operation_of(product: str, method: str) -> dict:
    (operations,) = schema_of(product)["paths"].values()
    return operations[method]


def body_of(product: str, method: str, status: str) -> dict:
    return operation_of(product, method)["responses"][status]["content"]["application/json"]["schema"]


def properties_of(name: str) -> dict:
    return schema_of("fluxly")["components"]["schemas"][name]["properties"]


@pytest.mark.parametrize(
    ("product", "names"),
    [
        ("fluxme", {"status", "message", "data"}),
        ("fluxstore", {"success", "data", "message", "errors"}),
    ],
)
def test_a_success_is_documented_in_its_wrapper(product, names):
    schema = body_of(product, "get", "200")
    assert set(schema["required"]) == set(schema["properties"]) == names
    assert schema["properties"]["data"] == {"$ref": "#/components/schemas/ThingOutput"}


@pytest.mark.parametrize("product", ["fluxly", "fluximage"])
def test_a_success_without_a_wrapper_is_documented_alone(product):
    assert body_of(product, "get", "200") == {"$ref": "#/components/schemas/ThingOutput"}


@pytest.mark.parametrize("product", PREFIXES)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_every_refusal_is_documented_in_the_envelope(product, method):
    responses = operation_of(product, method)["responses"]
    for status in COMMON_STATUSES:
        schema = responses[str(status)]["content"]["application/json"]["schema"]
        assert "data" not in schema["properties"] or schema["properties"]["success"]["enum"] == [False]


@pytest.mark.parametrize(("method", "is_named"), [("post", True), ("get", False)])
def test_a_refusal_beside_the_common_ones_is_documented_for_its_method(method, is_named):
    responses = operation_of("fluxstore", method)["responses"]
    assert ("503" in responses) is is_named
    if is_named:
        assert responses["503"]["description"] == "Service Unavailable"


def test_a_refusal_that_a_view_names_keeps_its_sentence_and_gets_the_error_body():
    refusal = operation_of("fluxstore", "get")["responses"]["410"]
    assert refusal["description"] == "The thing has expired."
    assert refusal["content"]["application/json"]["schema"]["properties"]["success"] == {
        "type": "boolean",
        "enum": [False],
    }


def test_the_limits_headers_stand_beside_those_of_the_view():
    headers = operation_of("fluxly", "get")["responses"]["200"]["headers"]
    assert headers.keys() == {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Location"}


def test_fluxstore_wraps_even_nothing_but_a_204_has_no_body():
    assert body_of("fluxstore", "post", "202")["properties"]["data"] == {"nullable": True, "type": "object"}
    assert "content" not in operation_of("fluxstore", "delete")["responses"]["204"]
    assert "content" not in operation_of("fluxly", "post")["responses"]["202"]


def test_a_file_is_documented_as_a_file():
    content = operation_of("fluximage", "put")["responses"]["200"]["content"]
    assert content == {"image/webp": {"schema": {"type": "string", "format": "binary"}}}


def test_operations_are_grouped_by_product():
    assert operation_of("fluxme", "get")["tags"] == ["fluxme"]


def test_only_texts_in_the_url_without_rules_of_their_own_exclude_nul():
    parameters = {p["name"]: p["schema"] for p in operation_of("fluxly", "get")["parameters"]}
    assert parameters["search"] == {"type": "string", "pattern": r"^[^\x00]*$"}
    assert "pattern" not in parameters["order"]
    assert "pattern" not in parameters["take"]
    assert "pattern" not in parameters["X-Trace"]


def test_an_input_that_refuses_unknown_names_says_so():
    schemas = schema_of("fluxly")["components"]["schemas"]
    assert schemas["ThingInputRequest"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["OpenInputRequest"]
    assert "additionalProperties" not in schemas["ThingOutput"]


def test_a_field_with_a_pattern_of_its_own_keeps_it():
    properties = properties_of("ThingInputRequest")
    assert properties["code"]["pattern"] == "^[a-z]+$"
    assert (
        properties["own"] == {"type": "string", "maxLength": 3, "minLength": 1}
        or "pattern" not in properties["own"]
    )
    assert "pattern" not in properties_of("ThingOutput")["text"]


def test_a_strict_number_is_documented_as_a_number():
    assert properties_of("ThingInputRequest")["price"]["type"] == "number"


def allows(schema: dict, text: str) -> bool:
    if "oneOf" in schema:
        return sum(allows(option, text) for option in schema["oneOf"]) == 1
    long_enough = len(text) >= schema.get("minLength", 0)
    short_enough = len(text) <= schema.get("maxLength", 1000)
    # In ECMA's expressions, which OpenAPI uses, `$` is the very end.
    pattern = schema.get("pattern", "").replace("$", r"\Z")
    return long_enough and short_enough and re.search(pattern, text) is not None


@pytest.mark.parametrize("field", ["text", "title", "note", "raw"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\t",
        "a",
        " a ",
        "a b",
        "a\nb",
        "a\n",
        "\u00a0",
        "a\u2028b",
        "é😀",
        "\x00",
        "a\x1b",
        "\x7f",
        "\x85",
        "\r\n a",
    ],
)
def test_a_text_is_allowed_by_the_schema_exactly_if_it_is_read(field, text):
    documented = allows(properties_of("ThingInputRequest")[field], text)
    escaped = "".join(f"\\u{unit:04x}" for unit in memoryview(text.encode("utf-16-le")).cast("H"))
    try:
        ThingInput.parse_data(
            loads(f'{{"text": "a", "{field}": "{escaped}"}}'.replace('"text": "a", "text"', '"text"').encode())
        )
        is_read = True
    except (InvalidFields, MalformedBody):
        is_read = False
    assert documented is is_read
