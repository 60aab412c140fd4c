"""Authentication, throttle, plan and scope over HTTP, on a plain view for each product."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.factories import make_user
from apikeys import authentication, services, tokens
from apikeys.models import ApiKey
from apikeys.tests.factories import client_for, make_key
from plans.services import set_plan

pytestmark = [pytest.mark.django_db, pytest.mark.urls("apikeys.tests.urls")]
PATHS = {
    "fluxme": "/api/providers/echo",
    "fluxstore": "/api/v1/echo",
    "fluxly": "/api/links/echo",
    "fluximage": "/api/usage",
}
BODIES_401 = {
    "fluxme": {"status": "error", "message": "Missing or invalid API key.", "errors": []},
    "fluxstore": {"success": False, "data": None, "message": "Missing or invalid API key.", "errors": []},
    "fluxly": {"detail": "Missing or invalid API key.", "code": "unauthorized"},
    "fluximage": {"error": "Unauthorized"},
}


def key_of(product, **overrides):
    return make_key(product, resource="ab12cd34" if product == "fluxstore" else "", **overrides)


@pytest.mark.parametrize("product", PATHS)
@pytest.mark.parametrize("header", ["bearer", "x-api-key"])
def test_both_headers_open_the_door(product, header):
    response = client_for(key_of(product).secret, header=header).get(PATHS[product])
    assert response.status_code == 200


def test_the_user_of_a_request_is_the_maker_of_its_key_or_nobody():
    person = make_user()
    made = client_for(key_of("fluxly", actor=person).secret).get(PATHS["fluxly"])
    issued = client_for(key_of("fluxly").secret).get(PATHS["fluxly"])
    assert (made.json()["maker"], issued.json()["maker"]) == (person.email, None)


@pytest.mark.parametrize("product", PATHS)
def test_every_bad_key_gets_one_and_the_same_401(product):
    good = key_of(product)
    expired = key_of(product, expires_at=timezone.now() + timedelta(days=1))
    ApiKey.objects.filter(pk=expired.key.pk).update(expires_at=timezone.now())
    revoked = key_of(product)
    services.revoke(key=revoked.key)
    foreign = key_of("fluxly" if product != "fluxly" else "fluxme").secret
    unknown = tokens.mint(product, "ab12cd34").text
    keys = [expired.secret, revoked.secret, foreign, unknown, good.secret[:-1], good.secret + "x", "ä"]
    headers = [f"Bearer {text}" for text in keys]
    headers += ["", "Bearer", "Bearer ", f"Basic {good.secret}", good.secret, f"Token {good.secret}"]
    answers = [APIClient().get(PATHS[product], HTTP_AUTHORIZATION=header) for header in headers]
    answers.append(APIClient().get(PATHS[product]))
    for answer in answers:
        assert answer.status_code == 401
        assert answer.json() == BODIES_401[product]
        assert answer["WWW-Authenticate"] == "Bearer"


def test_two_headers_that_disagree_are_refused_and_two_that_agree_are_not():
    one, two = key_of("fluxly").secret, key_of("fluxly").secret
    path = PATHS["fluxly"]
    assert APIClient().get(path, HTTP_AUTHORIZATION=f"Bearer {one}", HTTP_X_API_KEY=two).status_code == 401
    assert APIClient().get(path, HTTP_AUTHORIZATION=f"Bearer {one}", HTTP_X_API_KEY=one).status_code == 200


def test_a_revoked_key_is_refused_by_the_next_request():
    issued = key_of("fluxly")
    client = client_for(issued.secret)
    assert client.get(PATHS["fluxly"]).status_code == 200
    services.revoke(key=issued.key)
    assert client.get(PATHS["fluxly"]).status_code == 401


def test_the_thirty_first_request_of_a_minute_waits(frozen_minute):
    client = client_for(key_of("fluxly", rate_per_minute=None).secret)
    answers = [client.get(PATHS["fluxly"]) for _ in range(31)]
    assert [a.status_code for a in answers] == [200] * 30 + [429]
    assert [a["X-RateLimit-Remaining"] for a in answers[:3]] == ["29", "28", "27"]
    refused = answers[-1]
    assert refused["X-RateLimit-Limit"] == "30"
    assert refused["X-RateLimit-Remaining"] == "0"
    assert refused["X-RateLimit-Reset"] == str(frozen_minute + 60)
    assert refused["Retry-After"] == "50"
    assert refused["Cache-Control"] == "no-store"
    assert refused.json()["code"] == "rate_limited"


def test_rolling_a_key_does_not_refill_its_bucket(frozen_minute):
    issued = key_of("fluxly", rate_per_minute=2)
    client_for(issued.secret).get(PATHS["fluxly"])
    rolled = services.roll(key=issued.key)
    client = client_for(rolled.secret)
    assert [client.get(PATHS["fluxly"]).status_code for _ in range(2)] == [200, 429]


def test_a_plan_may_raise_the_rate():
    response = client_for(key_of("fluximage", rate_per_minute=None).secret).get(PATHS["fluximage"])
    assert response["X-RateLimit-Limit"] == "120"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/api/v1/echo", "delete", 405),
        ("/api/v1/nothing", "get", 404),
        ("/api/v1/nothing", "post", 404),
    ],
)
def test_a_refusal_under_a_known_key_has_rate_headers_and_is_counted(path, method, status):
    response = getattr(client_for(key_of("fluxstore").secret), method)(path)
    assert response.status_code == status
    assert response["X-RateLimit-Remaining"] == "9999"
    assert response.json()["success"] is False


def test_a_crash_under_a_known_key_has_rate_headers_and_tells_nothing():
    client = client_for(key_of("fluxstore").secret)
    response = client.post("/api/v1/echo", {"fail": True}, format="json", HTTP_X_REQUEST_ID="crash-1")
    assert response.status_code == 500
    assert response["X-RateLimit-Limit"] == "10000"
    assert response.json()["message"] == "Something went wrong on our side. Request id: crash-1"


def test_an_unknown_route_without_a_key_is_a_plain_404_and_with_a_wrong_one_a_401():
    assert APIClient().get("/api/v1/nothing").status_code == 404
    assert APIClient().get("/api/nobody", HTTP_X_API_KEY="x").status_code == 404
    assert client_for("wrong").get("/api/v1/nothing").status_code == 401


def test_an_unknown_route_for_people_does_not_take_their_token_for_a_wrong_key():
    answers = [client_for("eyJ.a.token").get("/api/stores/x/nothing").status_code for _ in range(31)]
    assert answers == [404] * 31


def test_a_wrong_method_names_the_right_ones():
    response = client_for(key_of("fluxly").secret).put(PATHS["fluxly"], {}, format="json")
    assert response.status_code == 405
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("product", "status", "extra"),
    [
        ("fluxly", 402, {"feature": "api", "required_plan": "full_stack"}),
        ("fluxstore", 403, {}),
        ("fluximage", 403, {}),
    ],
)
def test_a_lapsed_plan_blocks_and_a_renewal_restores_at_once(product, status, extra):
    issued = key_of(product)
    plan = {"fluxly": "full_stack", "fluxstore": "pro", "fluximage": "agency"}[product]
    client = client_for(issued.secret)
    set_plan(account=issued.key.account, product=product, plan=plan, until=timezone.now())
    refused = client.get(PATHS[product])
    assert refused.status_code == status
    assert extra.items() <= refused.json().items()
    assert refused["X-RateLimit-Limit"] == "10000"
    set_plan(account=issued.key.account, product=product, plan=plan)
    assert client.get(PATHS[product]).status_code == 200


def test_a_key_without_the_scope_is_refused_and_edit_does_not_imply_view():
    client = client_for(key_of("fluxstore", scopes={"Packages": ["Edit"], "Orders": ["View"]}).secret)
    refused = client.get("/api/v1/echo")
    assert refused.status_code == 403
    assert refused.json()["message"] == "This API key lacks the permission Packages:View."
    assert client.post("/api/v1/echo", {}, format="json").status_code == 200


def test_throttle_comes_before_plan_and_scope(frozen_minute):
    issued = key_of("fluxstore", rate_per_minute=1, scopes={"Orders": ["View"]})
    client = client_for(issued.secret)
    assert [client.get("/api/v1/echo").status_code for _ in range(2)] == [403, 429]


def test_wrong_keys_are_limited_by_address_whatever_headers_say(frozen_minute):
    def attempt(number: int) -> int:
        headers: Any = {"HTTP_X_API_KEY": "x" * 40, "HTTP_X_FORWARDED_FOR": f"203.0.113.{number}"}
        return APIClient().get(PATHS["fluxly"], **headers).status_code

    assert [attempt(number) for number in range(32)] == [401] * 30 + [429] * 2


def test_a_guessing_address_cannot_use_a_key_that_is_at_home_elsewhere(frozen_minute):
    issued = key_of("fluxly")
    ApiKey.objects.filter(pk=issued.key.pk).update(
        last_used_network="198.51.100.0/24", last_used_at=timezone.now()
    )
    authentication._guessing["127.0.0.1"] = frozen_minute + 60
    refused = client_for(issued.secret).get(PATHS["fluxly"])
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) >= 1


def test_a_guessing_neighbour_does_not_lock_out_a_new_key_or_one_at_home(frozen_minute):
    authentication._guessing["127.0.0.1"] = frozen_minute + 60
    client = client_for(key_of("fluxly").secret)
    assert client.get(PATHS["fluxly"]).status_code == 200
    assert client.get(PATHS["fluxly"]).status_code == 200


def test_a_guessing_address_is_free_again_after_the_minute(frozen_minute):
    issued = key_of("fluxly")
    ApiKey.objects.filter(pk=issued.key.pk).update(
        last_used_network="198.51.100.0/24", last_used_at=timezone.now()
    )
    authentication._guessing["127.0.0.1"] = frozen_minute
    assert client_for(issued.secret).get(PATHS["fluxly"]).status_code == 200


def test_the_list_of_guessing_addresses_stays_bounded(monkeypatch, frozen_minute):
    monkeypatch.setattr(authentication, "MAX_GUESSING", 1)
    authentication._guessing.update({"192.0.2.1": 1, "192.0.2.2": 1})
    for _ in range(31):
        APIClient().get(PATHS["fluxly"], HTTP_X_API_KEY="wrong")
    assert set(authentication._guessing) == {"127.0.0.1"}


def test_the_log_of_a_request_names_the_key_by_id_and_never_by_secret(caplog):
    issued = key_of("fluxly")
    with caplog.at_level(logging.INFO):
        client_for(issued.secret).get(PATHS["fluxly"] + "?note=1")
    assert str(issued.key.pk) in caplog.text
    assert issued.secret not in caplog.text
    assert "note=1" not in caplog.text


def test_the_door_takes_one_query(django_assert_num_queries):
    client = client_for(key_of("fluxly").secret)
    client.get(PATHS["fluxly"])
    with django_assert_num_queries(1):
        client.get(PATHS["fluxly"])
