"""The probes of container engines and load balancers, which call by address and without TLS."""

import pytest


@pytest.fixture
def production(settings):
    settings.ALLOWED_HOSTS = ["flux.example"]
    settings.SECURE_SSL_REDIRECT = True


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_a_probe_is_answered_whatever_host_it_asks_for(db, client, production, path):
    response = client.get(path, headers={"Host": "10.0.0.7:8000"})
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.headers["X-Request-Id"]


def test_everything_else_needs_a_known_host(client, production):
    assert client.get("/", headers={"Host": "10.0.0.7:8000"}, secure=True).status_code == 400


def test_liveness_asks_no_part(client, production):
    # Without the db fixture a query is an error.
    assert client.get("/livez").status_code == 200
