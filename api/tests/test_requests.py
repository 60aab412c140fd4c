"""Every request has an id and a known client, and what no path accepts stops at the door."""

import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.addresses import client_address, cut_address
from api.context import current_network, current_request_id, start_request

pytestmark = pytest.mark.urls("api.tests.urls")


@pytest.mark.parametrize("offered", ["a", "Order-7_x.y", "0" * 64])
def test_an_offered_request_id_of_safe_characters_is_kept(client, offered):
    assert client.get("/api/v1/echo", HTTP_X_REQUEST_ID=offered)["X-Request-Id"] == offered


@pytest.mark.parametrize("offered", ["", "0" * 65, "a b", "a\nb", "a\n", "ä", "<script>", "a;b", "a/b"])
def test_any_other_request_id_is_replaced_by_one_of_ours(client, offered):
    made = client.get("/api/v1/echo", HTTP_X_REQUEST_ID=offered)["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", made)


def test_each_request_gets_an_id_of_its_own(client):
    assert client.get("/api/v1/echo")["X-Request-Id"] != client.get("/api/v1/echo")["X-Request-Id"]


@pytest.mark.parametrize("path", ["/api/nothing", "/api/v1/nothing", "/api/v1/refuse/crash", "/api/v1/echo?a=%00"])
def test_a_refusal_has_a_request_id_too(client, path):
    assert client.get(path, HTTP_X_REQUEST_ID="request-7")["X-Request-Id"] == "request-7"


def test_after_the_answer_nothing_belongs_to_the_request_any_more(client):
    client.get("/api/v1/echo", HTTP_X_REQUEST_ID="request-7", REMOTE_ADDR="203.0.113.7")
    assert current_request_id() == ""
    assert current_network() == ""


def test_an_id_given_outside_a_request_is_the_current_one():
    assert start_request("job-7") == "job-7" == current_request_id()
    assert start_request(None) == current_request_id() != "job-7"


def test_a_request_leaves_one_line_without_its_query(client, caplog):
    with caplog.at_level(logging.INFO, logger="api.middleware"):
        client.get("/api/v1/echo?q=private", HTTP_AUTHORIZATION="Bearer private", HTTP_X_REQUEST_ID="request-7")
    (record,) = [r for r in caplog.records if r.name == "api.middleware"]
    event = record.msg
    assert (event["event"], event["request_id"], event["status"]) == ("request", "request-7", 200)
    assert (event["method"], event["path"]) == ("GET", "/api/v1/echo")
    assert event["duration_ms"] >= 0
    assert "private" not in str(event)


@pytest.mark.parametrize("url", ["/api/links/echo?a=%00", "/api/links/echo?%00=a"])
def test_a_nul_in_the_url_is_a_400(client, url):
    response = client.get(url)
    assert response.status_code == 400
    assert response.json() == {"detail": "The URL contains a NUL byte.", "code": "malformed_body"}


def test_a_raw_nul_in_the_query_is_a_400(client):
    assert client.get("/api/links/echo", QUERY_STRING="a=\0").status_code == 400


def test_a_percent_sign_that_only_looks_like_nul_is_none(client):
    assert client.get("/api/links/echo?a=%2500").status_code == 200


KEY_NAMES = ["api_key", "apikey", "API-KEY", "x-api-key", "access_token", "Authorization", "bearer", "api%5Fkey"]


@pytest.mark.parametrize("name", KEY_NAMES)
def test_a_key_in_the_query_instead_of_a_header_is_a_401(client, name):
    response = client.get(f"/api/usage/echo?page=1&{name}=flx_live_x")
    assert response.status_code == 401
    assert response.json() == {"error": "Unauthorized"}
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["HTTP_AUTHORIZATION", "HTTP_X_API_KEY"])
@pytest.mark.parametrize("name", [*KEY_NAMES, "api_key="])
def test_a_key_in_the_query_besides_a_header_is_a_400_that_tells_to_roll_it(client, header, name):
    response = client.get(f"/api/v1/echo?{name}=secret-7", **{header: "x"})
    assert response.status_code == 400
    assert "roll it" in response.json()["message"]
    assert b"secret-7" not in response.content


def test_an_empty_key_in_the_query_is_refused_too(client):
    assert client.get("/api/v1/echo?api_key").status_code == 401


def test_people_may_have_such_a_name_in_their_query(client):
    assert client.get("/people/echo?access_token=7").status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "192.0.2.1"),
        (0, "198.51.100.7", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "10.0.0.1, 198.51.100.7", "198.51.100.7"),
        (1, "198.51.100.7, not-an-address", "192.0.2.1"),
        (1, "2001:DB8:0::7", "2001:db8::7"),
        (2, "198.51.100.7", "192.0.2.1"),
        (2, "198.51.100.7, 203.0.113.9", "198.51.100.7"),
        (2, "10.0.0.1, 198.51.100.7 ,203.0.113.9", "198.51.100.7"),
    ],
)
def test_the_address_is_what_the_outermost_trusted_proxy_wrote(client, settings, proxies, forwarded, address):
    settings.NUM_PROXIES = proxies
    headers = {"REMOTE_ADDR": "192.0.2.1"} | ({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded})
    assert client.get("/api/links/echo", **headers).json()["address"] == address


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_a_client_cannot_change_its_address_by_rotating_a_header(client, settings, proxies):
    settings.NUM_PROXIES = proxies
    seen = set()
    for n in range(20):
        # What the client sent stands left of what our own proxies appended.
        hops = [f"10.9.8.{n}", *["198.51.100.7", "203.0.113.9"][:proxies]]
        response = client.get(
            "/api/links/echo", HTTP_X_FORWARDED_FOR=", ".join(hops), HTTP_X_REAL_IP=f"10.1.1.{n}"
        )
        seen.add(response.json()["address"])
    assert len(seen) == 1
    assert not any(address.startswith("10.") for address in seen)


def test_a_server_on_a_unix_socket_knows_no_address(rf):
    assert client_address(rf.get("/", REMOTE_ADDR="")) == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("garbage", ""),
        ("203.0.113.77:80", ""),
        ("999.0.0.1", ""),
    ],
)
def test_only_the_network_of_an_address_is_kept(address, network):
    assert cut_address(address) == network


@given(st.ip_addresses())
def test_two_addresses_of_one_network_are_stored_alike(address):
    network = cut_address(str(address))
    assert str(address) not in network.partition("/")[0] or cut_address(network.partition("/")[0]) == network
    assert cut_address(network.partition("/")[0]) == network


def test_a_request_knows_the_network_of_its_client(client):
    assert client.get("/api/links/echo", REMOTE_ADDR="203.0.113.77").json()["network"] == "203.0.113.0/24"


@pytest.mark.parametrize("value", ["fluxly_live_0123456789", "flx_live_0123456789ab", "flx_ab12cd34_0123456789"])
def test_a_value_that_looks_like_a_key_is_refused_whatever_its_name(client, value):
    assert client.get(f"/api/links/echo?tag={value}").status_code == 401


def test_a_chunked_body_is_a_411_instead_of_looking_empty(client):
    answer = client.post("/api/links/echo", HTTP_TRANSFER_ENCODING="chunked")
    assert answer.status_code == 411
    assert answer.json()["code"] == "length_required"
