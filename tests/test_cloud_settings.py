"""What an operator writes about Flux Cloud is read strictly, and a password in it is never shown."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from fluxplatform.environment import Environment

pytestmark = pytest.mark.once


@pytest.mark.parametrize("value", ["127.0.0.1:16124", "ftp://u:secret@a", "http://u:secret@a:port"])
def test_an_address_of_a_daemon_that_is_none_stops_the_start_without_its_password(monkeypatch, value):
    monkeypatch.setitem(Environment.ENVIRON.env, "FLUX_DAEMON_URL", value)
    with pytest.raises(ImproperlyConfigured) as refused:
        Environment().cloud()
    assert "FLUX_DAEMON_URL" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("value", ["0", "x"])
def test_a_limit_that_is_none_stops_the_start(monkeypatch, value):
    monkeypatch.setitem(Environment.ENVIRON.env, "CLOUD_CALLS_PER_MINUTE", value)
    with pytest.raises(ImproperlyConfigured, match="CLOUD_CALLS_PER_MINUTE"):
        Environment().cloud()


def test_an_address_of_a_daemon_is_kept_as_it_was_written(monkeypatch):
    monkeypatch.setitem(Environment.ENVIRON.env, "FLUX_DAEMON_URL", " http://u:p@127.0.0.1:16124 ")
    assert Environment().cloud().daemon_url == "http://u:p@127.0.0.1:16124"


@pytest.mark.parametrize(
    "value", ["127.0.0.1:16127", "http://u:secret@a", "http://a/path", "http://a:x", "http://a?b", "ftp://a"]
)
def test_an_address_of_a_node_that_is_none_stops_the_start(monkeypatch, value):
    monkeypatch.setitem(Environment.ENVIRON.env, "FLUX_NODES", f"http://fine.example:16127,{value}")
    with pytest.raises(ImproperlyConfigured, match="FLUX_NODES") as refused:
        Environment().cloud()
    assert "secret" not in str(refused.value)


def test_an_address_of_a_node_is_written_in_one_way_and_counts_once(monkeypatch):
    given = "http://Node.example:16127/, http://node.example:16127,https://[::1]"
    monkeypatch.setitem(Environment.ENVIRON.env, "FLUX_NODES", given)
    assert Environment().cloud().nodes == ("http://node.example:16127", "https://[::1]")


@pytest.mark.parametrize("value", ["*", "app.example", "https://app.example/", "https://u@app.example", "null"])
def test_an_origin_that_is_none_stops_the_start(monkeypatch, value):
    monkeypatch.setitem(Environment.ENVIRON.env, "CLOUD_CORS_ORIGINS", f"https://fine.example,{value}")
    with pytest.raises(ImproperlyConfigured, match="CLOUD_CORS_ORIGINS"):
        Environment().cloud()


@pytest.fixture
def page(settings, monkeypatch, client):
    """Return what makes a call from a page of an origin that is let in."""
    monkeypatch.setitem(
        Environment.ENVIRON.env, "CLOUD_CORS_ORIGINS", "https://app.example, http://127.0.0.1:3000"
    )
    settings.CORS_ALLOWED_ORIGINS = Environment().cloud().cors_origins

    def call(path: str, method: str = "GET", origin: str = "https://app.example", **headers: str):
        return client.generic(method, path, headers={"Origin": origin, **headers})

    return call


def test_a_page_of_a_named_origin_may_call_without_cookies(page):
    for path in ("/flux/version", "/DAEMON/getblockcount", "/daemon/stop", "/flux/nothing", "/id/loggedusers/x"):
        response = page(path)
        assert response["Access-Control-Allow-Origin"] == "https://app.example"
        assert "Access-Control-Allow-Credentials" not in response
        assert "origin" in response["Vary"].lower()
        assert "x-cache" in response["Access-Control-Expose-Headers"]


def test_a_browser_asks_first_whether_the_header_may_be_sent(page):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "zelidauth,content-type"}
    response = page("/apps/appregister", "OPTIONS", **asked)
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == "https://app.example"
    assert {"zelidauth", "content-type"} <= set(response["Access-Control-Allow-Headers"].split(", "))
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD, POST"


@pytest.mark.parametrize("origin", ["https://other.example", "https://app.example.other.example", "null"])
def test_a_page_of_another_origin_is_told_nothing(page, origin):
    assert "Access-Control-Allow-Origin" not in page("/flux/version", origin=origin)


@pytest.mark.parametrize("path", ["/accounts/nothing", "/api/links", "/livez", "/fluxx/version"])
def test_only_flux_cloud_can_be_called_from_elsewhere(page, path):
    assert "Access-Control-Allow-Origin" not in page(path)
