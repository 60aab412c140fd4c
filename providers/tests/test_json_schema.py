"""The published schema of an update, judged by a validator that is not ours."""

import itertools
import json

import pytest
from jsonschema import Draft202012Validator

from providers.tests.factories import FULL_BODY, make_provider, owner_of, push

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(client):
    answer = client.get("/api/providers/schema")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/schema+json"
    return answer.json()


@pytest.fixture
def validator(schema):
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_it_says_what_it_is(schema):
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith("/api/providers/schema")
    assert list(schema["properties"]) == list(FULL_BODY)
    assert "nullable" not in json.dumps(schema)


def test_the_document_s_bodies_are_valid(validator):
    validator.validate(FULL_BODY)
    for name, value in FULL_BODY.items():
        validator.validate({name: value})


TAKEN = [
    {"website": None, "country": None, "totalNodes": None, "sla": None, "comments": None, "longDescription": None},
    {"description": "", "comments": "", "longDescription": "a\nb"},
    {"country": "the netherlands", "languages": ["EN", "pl"]},
    {"tiers": []},
    {"tiers": [{"tier": "nimbus", "price": 17.99}, {"tier": "nimbus", "price": 0, "planName": "Free"}]},
    {"totalNodes": 7.0, "responseTimeHours": 720, "uptimePercentage": 99.999},
    {"totalNodes": 5, "verified": True, "colour": "red"},
]
REFUSED = [
    *({}, [], "text", {"colour": "red"}),
    *({"name": None}, {"name": "x"}, {"name": " x"}, {"name": "a" * 81}, {"name": "a\nb"}, {"name": 5}),
    *(
        {"description": "a" * 201},
        {"description": None},
        {"longDescription": "a" * 10_001},
        {"comments": "a" * 501},
    ),
    *({"website": "ftp://a.example"}, {"website": "https://localhost"}, {"website": ""}, {"country": ""}),
    *({"discord": "https://discord.com/x"}, {"type": "Managed"}, {"type": None}, {"hasDiscount": "yes"}),
    *({"totalNodes": -1}, {"totalNodes": "7"}, {"totalNodes": 1.5}, {"totalNodes": 1_000_001}, {"sla": 100.1}),
    *({"responseTimeHours": 721}, {"dataCenters": 1001}, {"languages": ["xx"]}, {"languages": ["en", "en"]}),
    *({"supportChannels": ["fax"]}, {"supportChannels": None}, {"acceptsFlux": 1}),
    *({"tiers": [{"tier": "nimbus"}]}, {"tiers": [{"tier": "x", "price": 1}]}, {"tiers": None}),
    *({"tiers": [{"tier": "nimbus", "price": 100_001}]}, {"tiers": [{"tier": "nimbus", "price": "5"}]}),
    *(
        {"tiers": [{"tier": "nimbus", "price": 1}] * 2},
        {"tiers": [{"tier": "nimbus", "price": 1, "planName": " "}]},
    ),
]


def test_what_the_api_takes_is_valid_and_what_the_schema_refuses_the_api_refuses(validator):
    owner = owner_of(make_provider(slug="acme"))
    for body, is_valid in itertools.chain(((b, True) for b in TAKEN), ((b, False) for b in REFUSED)):
        assert validator.is_valid(body) is is_valid, body
        answer = owner.generic("PATCH", "/api/providers/acme", json.dumps(body), "application/json")
        assert answer.status_code == (200 if is_valid else 400), body


def test_a_body_read_with_get_is_valid(client, validator):
    push(owner_of(make_provider(slug="acme")), "acme", FULL_BODY)
    validator.validate(client.get("/api/providers/acme").json()["data"])


def test_it_is_open_to_browsers_and_sent_once(client):
    first = client.get("/api/providers/schema")
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get("/api/providers/schema", HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/api/providers/schema?x=1").status_code == 400
