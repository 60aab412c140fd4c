"""Every field of a push from both sides of its edges: what is valid comes back, the rest changes nothing."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.parsers import loads
from api.renderers import dumps
from audit.models import AuditEvent
from providers.models import Change, Provider
from providers.names import WRITABLE_NAMES
from providers.tests.factories import make_provider, owner_of
from providers.tests.pushes import RULES, bad_values, good_values, shown

# Others measure the code that these go over again.
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]
a_few = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def provider():
    return make_provider(slug="acme")


@pytest.fixture
def owner(provider):
    return owner_of(provider)


def send(client, body: Any, query: str = "", **headers):
    """PATCH the body as the JSON that it stands for, decimals with all their digits."""
    text = body if isinstance(body, bytes) else dumps(body)
    return client.patch(f"/api/providers/acme{query}", text, content_type="application/json", **headers)


def data_of(answer) -> dict[str, Any]:
    return loads(answer.content)["data"]


def everything() -> Any:
    """Return all that a refused push might have written."""
    rows = Provider.objects.order_by("pk").values()
    tiers = Provider.objects.order_by("pk").values_list("tiers__tier", "tiers__price", "tiers__plan_name")
    return list(rows), list(tiers), Change.objects.count(), AuditEvent.objects.count()


def test_the_table_has_every_field():
    assert set(RULES) == set(WRITABLE_NAMES)


@pytest.mark.parametrize("name", WRITABLE_NAMES)
@given(data=st.data())
@a_few
def test_a_valid_value_is_taken_and_read_back(owner, name, data):
    value = data.draw(good_values(name))
    answer = send(owner, {name: value})
    assert answer.status_code == 200, answer.content
    assert data_of(answer)[name] == shown(name, value)
    assert data_of(owner.get("/api/providers/acme"))[name] == shown(name, value)


@pytest.mark.parametrize("name", WRITABLE_NAMES)
@given(data=st.data())
@a_few
def test_an_invalid_value_is_refused_by_name_and_nothing_is_written(owner, name, data):
    value = data.draw(bad_values(name))
    other = "comments" if name != "comments" else "description"
    before = everything()
    text = dumps({name: value, other: "also sent"})
    answer = send(owner, text)
    assert answer.status_code == 400, (value, answer.content)
    errors = loads(answer.content).get("errors", [])
    # A control character is refused for the body as a whole, before any field is looked at.
    assert all(error["field"].startswith(name) for error in errors)
    assert errors or "control" in answer.json()["message"], answer.content
    assert everything() == before


@given(body=st.fixed_dictionaries({}, optional={name: good_values(name) for name in WRITABLE_NAMES}))
@a_few
def test_a_valid_body_is_taken_whole_and_sent_back_changes_nothing(owner, body):
    answer = send(owner, {"autoRenew": True} | body)
    assert answer.status_code == 200, answer.content
    listing = owner.get("/api/providers/acme")
    read = data_of(listing)
    assert {name: read[name] for name in body} == {name: shown(name, value) for name, value in body.items()}
    before = Provider.objects.values("version", "updated_at").get()
    again = loads(send(owner, dumps(read)).content)
    assert (again["status"], again["changed"]) == ("success", [])
    assert Provider.objects.values("version", "updated_at").get() == before
    assert all(warning["code"] != "unknown_field" for warning in again["warnings"])


@given(data=st.data())
@a_few
def test_one_invalid_field_refuses_a_whole_body_and_is_named_alone(owner, data):
    wrong = data.draw(st.sampled_from(WRITABLE_NAMES))
    body = data.draw(st.fixed_dictionaries({}, optional={n: good_values(n) for n in WRITABLE_NAMES if n != wrong}))
    value = data.draw(bad_values(wrong))
    before = everything()
    answer = send(owner, body | {wrong: value})
    assert answer.status_code == 400, answer.content
    assert {error["field"].split("[")[0] for error in answer.json().get("errors", [])} <= {wrong}
    assert everything() == before


@given(data=st.data())
@a_few
def test_every_fault_of_a_body_is_named_at_once(owner, data):
    wrong = data.draw(
        st.lists(st.sampled_from(["sla", "totalNodes", "type", "hasDiscount", "country"]), unique=True, min_size=2)
    )
    answer = send(owner, {name: {} for name in wrong})
    assert {error["field"] for error in answer.json()["errors"]} == set(wrong)


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        (b'{"totalNodes": 7}', True),
        (b'{"totalNodes": 7.0}', True),
        (b'{"totalNodes": 1e2}', True),
        (b'{"totalNodes": 7.5}', False),
        (b'{"totalNodes": "7"}', False),
        (b'{"totalNodes": true}', False),
        (b'{"totalNodes": -0}', True),
        (b'{"totalNodes": NaN}', False),
        (b'{"totalNodes": 1e400}', False),
        (b'{"totalNodes": 07}', False),
        (b'{"totalNodes": 7, "totalNodes": 8}', False),
        (b'{"sla": 1e2}', True),
        (b'{"sla": 99.9990}', True),
        (b'{"sla": 99.9991}', False),
        (b'{"sla": "99"}', False),
        (b'{"sla": false}', False),
        (b'{"sla": Infinity}', False),
        (b'{"acceptsFlux": "yes"}', False),
        (b'{"acceptsFlux": 1}', False),
        (b'{"acceptsFlux": "true"}', False),
        (b'{"website": "ftp://example.com"}', False),
        (b'{"name": 7}', False),
        (b'["totalNodes"]', False),
        (b'"totalNodes"', False),
        (b"null", False),
        (b"", False),
    ],
)
def test_json_means_what_it_says(owner, text, is_taken):
    before = everything()
    answer = send(owner, text)
    assert answer.status_code == (200 if is_taken else 400), answer.content
    if not is_taken:
        assert everything() == before
        assert set(answer.json()) >= {"status", "message"}


@pytest.mark.parametrize(
    ("given_name", "code"),
    [
        ("UK", "GB"),
        ("Russia", "RU"),
        ("Turkey", "TR"),
        ("Kosovo", "XK"),
        ("The Netherlands", "NL"),
        ("Ivory Coast", "CI"),
    ],
)
@pytest.mark.parametrize("spelling", [str, str.lower, str.upper, "  {} ".format])
def test_the_contracts_countries_are_known_in_any_spelling(owner, given_name, code, spelling):
    assert data_of(send(owner, {"country": spelling(given_name)}))["countryCode"] == code


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Germny", "Germany"),
        ("Untied Kingdom", "United Kingdom"),
        ("Neterlands", "Netherlands"),
        ("Trkey", "Türkiye"),
    ],
)
def test_an_unknown_country_comes_back_with_a_suggestion(owner, text, suggestion):
    [error] = send(owner, {"country": text}).json()["errors"]
    assert (error["field"], error["code"]) == ("country", "unknown_country")
    assert f"did you mean {suggestion}?" in error["message"]
