"""What no path accepts: a credential in the URL, a body without a length, lax JSON where people sign in."""

import pytest

from api.addresses import home_of

pytestmark = pytest.mark.urls("api.tests.urls")
SIGN_IN = "/_allauth/app/v1/auth/login"


@pytest.mark.parametrize("name", ["key", "token", "auth", "Token"])
def test_a_credential_under_another_common_name_is_refused(client, name):
    assert client.get(f"/api/links/echo?{name}=x").status_code == 401


@pytest.mark.parametrize(
    "value", ["fluxly_live_01234567", "flx_live_01234567", "flx_abcd1234_0", "fluxme_live_01234567"]
)
def test_what_looks_like_a_key_is_refused_under_any_name(client, value):
    assert client.get(f"/api/links/echo?q={value}").status_code == 401
    assert client.get(f"/api/links/echo?q={value}", HTTP_X_API_KEY="x").json()["code"] == "key_in_query"


@pytest.mark.parametrize("query", ["q=flx_", "q=a+flx_live_01234567", "keys=1", "q=fluxly"])
def test_what_only_resembles_a_key_is_read(client, query):
    assert client.get(f"/api/links/echo?{query}").status_code == 200


@pytest.mark.parametrize("prefix", ["/api/v1", "/api/links"])
def test_a_body_without_a_length_is_a_411_instead_of_an_empty_one(client, prefix):
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    response = client.post(f"{prefix}/echo", b'{"a": 1}', content_type="application/json", **chunked)
    assert response.status_code == 411
    assert (
        response.json().keys() >= {"success"}
        if prefix == "/api/v1"
        else response.json()["code"] == "length_required"
    )


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"email":', "The body is not valid JSON"),
        (b'{"email": "a", "email": "b"}', "The key 'email' appears twice in one object."),
        (b'{"email": "a\\u0000b"}', "A text contains a control character."),
        (b'{"email": NaN}', "NaN is not a JSON number."),
        (b"[" * 5000, "nested deeper than 64 levels"),
        (b'["a"]', "The body must be a JSON object."),
        (b'"a"', "The body must be a JSON object."),
        (b"\xff", "The body is not UTF-8."),
    ],
)
def test_lax_json_is_refused_where_people_sign_in(client, body, sentence):
    response = client.post(SIGN_IN, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["code"] == "malformed_body"
    assert sentence in response.json()["error"]


def test_a_large_body_is_refused_where_people_sign_in(client):
    body = b'"' + b"a" * 2 * 1024 * 1024 + b'"'
    response = client.post(SIGN_IN, body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_strict_json_passes_where_people_sign_in(client, body):
    # The routes of these tests have no sign-in: what passes is missing.
    assert client.post(SIGN_IN, body, content_type="application/json").status_code == 404
    assert client.get(SIGN_IN).status_code == 404


@pytest.mark.parametrize(
    ("address", "home"),
    [
        ("203.0.113.77", "203.0.113.77"),
        ("::ffff:203.0.113.77", "203.0.113.77"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("garbage", "garbage"),
    ],
)
def test_a_limit_counts_an_address_or_its_household(address, home):
    assert home_of(address) == home
