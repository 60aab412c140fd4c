"""Every answer comes in the envelope of the product that owns the path."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from api.envelopes import ENVELOPES, PRODUCT_PATHS, envelope_of, product_of, speaks_json
from api.errors import FieldError, InvalidFields
from api.renderers import dumps

pytestmark = pytest.mark.urls("api.tests.urls")
# Flux Cloud has many sections, of which one stands for all.
PREFIXES = [prefix for prefix, product in PRODUCT_PATHS if product != "fluxcloud" or prefix == "/id"]
IDS = {"HTTP_X_REQUEST_ID": "request-7"}

# Per refusal: how it is provoked (method, end of the path, more), its status, its code, its sentence.
REFUSALS = {
    "malformed": (("post", "echo", {"data": b'{"a":'}), 400, "malformed_body", "The body is not valid JSON"),
    "credentials": (("get", "refuse/unauthorized", {}), 401, "unauthorized", "Missing or invalid API key."),
    "forbidden": (("get", "refuse/forbidden", {}), 403, "forbidden", "You do not have permission to do this."),
    "missing": (("get", "refuse/missing", {}), 404, "not_found", "Not found."),
    "unknown route": (("get", "nothing/here", {}), 404, "not_found", "Not found."),
    "wrong method": (
        ("put", "echo", {"data": b"{}"}),
        405,
        "method_not_allowed",
        "This method is not allowed here.",
    ),
    "conflict": (("get", "refuse/conflict", {}), 409, "conflict", "Taken."),
    "too large": (
        ("post", "small", {"data": b'"12345678901"'}),
        413,
        "body_too_large",
        "The body is larger than 10",
    ),
    "content type": (
        ("post", "echo", {"data": b"<a/>", "content_type": "text/xml"}),
        415,
        "unsupported_media_type",
        'Unsupported media type "text/xml" in request.',
    ),
    "limit": (("get", "refuse/limit", {}), 429, "rate_limited", "Too many requests."),
    "crash": (
        ("get", "refuse/crash", {}),
        500,
        "internal_error",
        "Something went wrong on our side. Request id: request-7",
    ),
    "crash outside the framework": (
        ("get", "plain/crash", {}),
        500,
        "internal_error",
        "Something went wrong on our side. Request id: request-7",
    ),
}


def send(prefix: str, how: tuple) -> Any:
    method, end, more = how
    client = Client(raise_request_exception=False)
    more = {"content_type": "application/json"} | more if "data" in more else more
    return getattr(client, method)(f"{prefix}/{end}", **more, **IDS)


def expected(product: str, status: int, code: str, message: str) -> dict:
    """Return the body that the products' documents show for a refusal without fields."""
    match product:
        case "fluxme":
            return {"status": "error", "message": message, "errors": []}
        case "fluxstore":
            return {"success": False, "data": None, "message": message, "errors": []}
        case "fluxly":
            extra = {"feature": "api", "required_plan": "pro"} if code == "conflict" else {}
            return {"detail": message, "code": code} | extra
        case "fluxcloud":
            return {
                "status": "error",
                "data": {"code": status, "name": HTTPStatus(status).phrase, "message": message},
            }
    return {"error": "Unauthorized"} if status == 401 else {"error": message, "code": code}


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(("how", "status", "code", "opening"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_has_the_body_of_the_product(prefix, how, status, code, opening):
    response = send(prefix, how)
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    product = product_of(prefix)
    body = response.json()
    told = body.get("message") or body.get("detail") or body.get("error") or body["data"]["message"]
    assert told.startswith(opening) or body == {"error": "Unauthorized"}
    assert body == expected(product, status, code, told)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("way", ["refuse", "plain"])
def test_a_crash_shows_a_request_id_and_nothing_else(prefix, way):
    response = send(prefix, ("get", f"{way}/crash", {}))
    assert response["X-Request-Id"] == "request-7"
    assert b"request-7" in response.content
    assert b"4711" not in response.content
    assert b"Error" not in response.content.replace(b"Internal Server Error", b"")
    assert b"Traceback" not in response.content


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_wrong_method_names_the_right_ones(prefix):
    assert send(prefix, ("delete", "echo", {}))["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_missing_credential_is_challenged(prefix):
    assert send(prefix, ("get", "refuse/unauthorized", {}))["WWW-Authenticate"] == "Bearer"


def test_a_limit_says_when_to_come_back_at_least_a_second_from_now():
    response = send("/api/links", ("get", "refuse/limit", {}))
    assert response["Retry-After"] == "1"
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("prefix", "body"),
    [
        (
            "/api/providers",
            {
                "status": "error",
                "message": "Some fields are not valid.",
                "errors": [
                    {"field": "name", "code": "required", "message": "must be given"},
                    {"field": "tiers[1].price", "code": "max_value", "message": "must be less"},
                ],
            },
        ),
        (
            "/api/v1",
            {
                "success": False,
                "data": None,
                "message": "Some fields are not valid.",
                "errors": ["name: must be given", "tiers[1].price: must be less"],
            },
        ),
        (
            "/api/links",
            {
                "detail": "Some fields are not valid.",
                "code": "invalid_field",
                "errors": {"name": ["must be given"], "tiers[1].price": ["must be less"]},
            },
        ),
        (
            "/api/compress",
            {"error": "name: must be given; tiers[1].price: must be less", "code": "invalid_field"},
        ),
        (
            "/id",
            {
                "status": "error",
                "data": {
                    "code": 400,
                    "name": "Bad Request",
                    "message": "Some fields are not valid. name: must be given. tiers[1].price: must be less.",
                },
            },
        ),
        ("/people", {"error": "Some fields are not valid.", "code": "invalid_field"}),
    ],
)
def test_field_errors_have_the_form_of_the_product(client, prefix, body):
    response = client.get(f"{prefix}/refuse/fields")
    assert response.status_code == 400
    assert response.json() == body


def test_two_errors_of_one_field_stand_together():
    error = InvalidFields(
        errors=(FieldError("a", "x", "one"), FieldError("b", "x", "two"), FieldError("a", "y", "three"))
    )
    assert ENVELOPES["fluxly"].refuse(error)["errors"] == {"a": ["one", "three"], "b": ["two"]}


@pytest.mark.parametrize(
    ("prefix", "body"),
    [
        ("/api/providers", {"status": "success", "message": "Echoed.", "data": {"body": {"a": 1}}}),
        ("/api/v1", {"success": True, "data": {"body": {"a": 1}}, "message": "Echoed.", "errors": []}),
        ("/api/stores", {"success": True, "data": {"body": {"a": 1}}, "message": "Echoed.", "errors": []}),
        ("/api/links", {"body": {"a": 1}}),
        ("/api/usage", {"body": {"a": 1}}),
        ("/id", {"status": "success", "data": {"message": "Echoed."}}),
        ("/people", {"body": {"a": 1}}),
    ],
)
def test_a_success_has_the_form_of_the_product(client, prefix, body):
    assert client.post(f"{prefix}/echo", {"a": 1}, content_type="application/json").json() == body


def test_a_fault_in_the_body_reaches_the_client_with_its_path(client):
    body = {"name": "abc", "tiers": [{"price": 1}, {"price": 100_001}], "maxUse": 1}
    answer = client.post("/api/v1/things", body, content_type="application/json").json()
    assert answer["errors"] == [
        "tiers[1].price: must be less than or equal to 100000.",
        "maxUse: unknown field; did you mean maxUses?",
    ]


def test_a_view_sets_the_status_of_a_success(client):
    response = client.post("/api/v1/things", {"name": "abc"}, content_type="application/json")
    assert (response.status_code, response.json()["data"]) == (201, {"name": "abc"})


@pytest.mark.parametrize(
    ("path", "product"),
    [
        ("/api/linksX", ""),
        ("/api/links", "fluxly"),
        ("/api/links/", "fluxly"),
        ("/api/v10", ""),
        ("/api/v1/packages", "fluxstore"),
        ("/API/links", ""),
        ("/x/api/links", ""),
        ("/Daemon/getInfo", "fluxcloud"),
        ("/identity", ""),
        ("/", ""),
    ],
)
def test_a_path_belongs_to_a_product_by_whole_segments(path, product):
    assert product_of(path) == product
    assert envelope_of(path).product == product


@pytest.mark.parametrize(
    ("path", "is_json"),
    [
        ("/api", True),
        ("/api/", True),
        ("/_allauth/app/v1/config", True),
        ("/apix", False),
        ("/", False),
        ("/id/loginphrase", True),
        ("/id/signin", False),
        ("/id/signin/x", False),
        ("/id/signinx", True),
    ],
)
def test_programs_are_refused_in_json(path, is_json):
    assert speaks_json(path) is is_json


def test_answers_stay_out_of_caches_unless_a_view_says_otherwise(client):
    assert client.get("/api/v1/echo")["Cache-Control"] == "private, no-store"
    assert client.get("/api/v1/refuse/missing")["Cache-Control"] == "private, no-store"
    assert client.get("/api/v1/public")["Cache-Control"] == "public, max-age=60"


def test_whatever_a_client_accepts_it_gets_json(client):
    assert client.get("/api/v1/echo", HTTP_ACCEPT="text/html")["Content-Type"] == "application/json"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_is_read_with_its_parameters_and_in_any_case(client, content_type):
    assert client.post("/api/v1/echo", b"{}", content_type=content_type).status_code == 200


def test_a_body_without_a_content_type_is_a_415(client):
    assert client.post("/api/v1/echo", b"{}", content_type="").status_code == 415


def test_a_broken_form_is_a_400(client):
    response = client.post("/api/compress/form", b"--x\r\n", content_type="multipart/form-data; boundary=")
    assert response.status_code == 400
    assert response.json() == {"error": "The body could not be read.", "code": "malformed_body"}


def test_options_names_the_methods_and_nothing_of_the_code(client):
    response = client.options("/api/v1/echo")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert response.json() == {"success": True, "data": None, "message": None, "errors": []}
    assert client.options("/api/links/echo").content == b""


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("drf-validation", 400, "Some fields are not valid."),
        ("drf-credentials", 401, "Missing or invalid API key."),
        ("drf-no-credentials", 401, "Missing or invalid API key."),
        ("drf-throttled", 429, "Too many requests. Wait until the limit resets, then try again."),
        ("rate-limited-page", 429, "Too many requests. Wait until the limit resets, then try again."),
        ("drf-parse", 400, "The body could not be read."),
        ("drf-missing", 404, "Not found."),
        ("drf-forbidden", 403, "You do not have permission to do this."),
        ("django-missing", 404, "Not found."),
        ("django-forbidden", 403, "You do not have permission to do this."),
        ("too-big", 413, "The body is too large."),
        ("suspicious", 400, "The request could not be understood."),
        ("cut-off", 400, "The body could not be read."),
    ],
)
def test_what_the_frameworks_raise_is_told_in_our_words(client, kind, status, message):
    response = client.get(f"/api/providers/refuse/{kind}")
    assert (response.status_code, response.json()["message"]) == (status, message)


@pytest.mark.parametrize(("kind", "seconds"), [("drf-throttled", "7"), ("rate-limited-page", "60")])
def test_a_foreign_limit_says_when_to_come_back(client, kind, seconds):
    assert client.get(f"/api/providers/refuse/{kind}")["Retry-After"] == seconds


@pytest.mark.parametrize(
    ("kind", "status"),
    [("django-missing", 404), ("django-forbidden", 403), ("suspicious", 400), ("rate-limited-page", 429)],
)
def test_refusals_outside_the_api_framework_have_the_envelope_too(client, kind, status):
    response = client.get(f"/api/v1/plain/{kind}")
    assert response.status_code == status
    assert response.json().keys() == {"success", "data", "message", "errors"}


def test_every_error_schema_fits_what_is_sent():
    error = InvalidFields(errors=(FieldError("a", "x", "one"),), extra={"feature": "f", "required_plan": "p"})
    for envelope in ENVELOPES.values():
        body = envelope.refuse(error)
        assert set(envelope.error_schema["required"]) <= body.keys() <= envelope.error_schema["properties"].keys()
        assert dumps(body)
