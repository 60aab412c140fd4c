from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import timezone

from links import gate, services
from links.models import Click
from links.tests.factories import TARGET, deliver, make_link

pytestmark = pytest.mark.django_db
PASSWORD = "opén sesame"
NAMES = ("begun", "returned")


@pytest.fixture(autouse=True)
def no_tries():
    cache.clear()


@pytest.fixture
def link():
    return make_link(password=PASSWORD)


@pytest.fixture
def visitor():
    return Client()


def stored_clicks():
    deliver()
    return Click.objects.count()


def enter(visitor, link, password=PASSWORD, address="203.0.113.1"):
    return visitor.post(f"/r/{link.slug}", {"password": password}, REMOTE_ADDR=address)


def test_a_link_with_a_password_asks_for_it_and_tells_nothing(visitor, link):
    response = visitor.get(f"/r/{link.slug}")
    page = response.content.decode()
    assert response.status_code == 401
    assert "csrfmiddlewaretoken" in page
    assert 'type="password"' in page
    assert TARGET not in page
    assert response.headers["Cache-Control"] == "private, no-store"
    assert stored_clicks() == 0


def test_the_right_password_opens_the_link_and_the_redirect_is_the_click(visitor, link):
    response = enter(visitor, link)
    assert (response.status_code, response.headers["Location"]) == (303, f"/r/{link.slug}")
    assert stored_clicks() == 0
    response = visitor.get(f"/r/{link.slug}")
    assert (response.status_code, response.headers["Location"]) == (302, TARGET)
    assert stored_clicks() == 1


def test_the_cookie_is_bound_to_its_path_and_out_of_reach_of_scripts(visitor, link):
    cookie = enter(visitor, link).cookies[f"gate_{link.link_id}"]
    assert (cookie["path"], cookie["max-age"], cookie["samesite"]) == (f"/r/{link.slug}", 1800, "Lax")
    assert cookie["httponly"]
    assert PASSWORD not in cookie.value


def test_a_wrong_password_shows_the_page_again(visitor, link):
    for wrong in ("wrong", "", "x" * 100_000, PASSWORD.upper(), PASSWORD + " "):
        response = enter(visitor, link, wrong, address=f"203.0.113.{len(wrong) % 250}")
        assert response.status_code == 401
        assert "not the password" in response.content.decode()
        assert not response.cookies.get(f"gate_{link.link_id}")


def test_an_accent_may_be_typed_as_one_character_or_as_two(visitor, link):
    assert enter(visitor, link, "ope\u0301n sesame").status_code == 303


def test_the_form_needs_its_csrf_token(link):
    visitor = Client(enforce_csrf_checks=True)
    assert enter(visitor, link).status_code == 403
    visitor.get(f"/r/{link.slug}")
    token = visitor.cookies["csrftoken"].value
    response = visitor.post(f"/r/{link.slug}", {"password": PASSWORD, "csrfmiddlewaretoken": token})
    assert response.status_code == 303


def test_the_sixth_try_of_an_address_within_15_minutes_has_to_wait(visitor, link):
    assert [enter(visitor, link, "wrong").status_code for _ in range(5)] == [401] * 5
    response = enter(visitor, link)
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 15 * 60
    assert "Too many tries" in response.content.decode()
    assert enter(visitor, link, address="203.0.113.2").status_code == 303
    assert enter(visitor, make_link(password=PASSWORD)).status_code == 303


def test_addresses_of_one_ipv6_household_share_their_tries(visitor, link):
    for host in range(5):
        enter(visitor, link, "wrong", address=f"2001:db8::{host + 1}")
    assert enter(visitor, link, address="2001:db8::99").status_code == 429
    assert enter(visitor, link, address="2001:db8:0:1::1").status_code == 303


def test_fifty_wrong_tries_in_an_hour_close_the_gate_for_everybody(visitor, link, monkeypatch):
    monkeypatch.setattr("links.visits.password_matches", lambda password, _stored: password == PASSWORD)
    for n in range(50):
        assert enter(visitor, link, "wrong", address=f"198.51.100.{n}").status_code == 401
    assert enter(visitor, link, address="203.0.113.9").status_code == 429


def test_of_many_tries_at_once_no_more_than_fifty_are_looked_at(link):
    waits = [gate.begin_try(_request(f"198.51.100.{n}"), link) for n in range(80)]
    assert waits[:50] == [0] * 50
    assert min(waits[50:]) >= 1
    gate.end_try(_request(), link, is_right=True)
    gate.end_try(_request(), link, is_right=False)
    waits = [gate.begin_try(_request(f"203.0.113.{n}"), link) for n in range(3)]
    assert [wait > 0 for wait in waits] == [False, True, True]


def test_a_try_that_was_not_made_does_not_count(link, visitor, monkeypatch):
    monkeypatch.setattr("links.visits.password_matches", lambda password, _stored: password == PASSWORD)
    for n in range(50):
        enter(visitor, link, "wrong", address=f"198.51.100.{n}")
    for n in range(20):
        assert enter(visitor, link, address=f"203.0.113.{n}").status_code == 429
    counts = [gate._usage(_request(), link, name, gate.WRONG_TRIES_OF_LINK, increment=False) for name in NAMES]
    assert [usage["count"] for usage in counts if usage] == [70, 20]


def _request(address="203.0.113.1"):
    return RequestFactory().post("/", REMOTE_ADDR=address)


def test_right_passwords_do_not_close_the_gate_for_others(visitor, link, monkeypatch):
    monkeypatch.setattr("links.visits.password_matches", lambda password, _stored: password == PASSWORD)
    for n in range(55):
        assert enter(Client(), link, address=f"198.51.100.{n}").status_code == 303


def test_a_new_password_closes_the_gates_opened_with_the_old_one(visitor, link):
    enter(visitor, link)
    services.update_link(link=link, password="another one")
    assert visitor.get(f"/r/{link.slug}").status_code == 401


def test_the_cookie_of_one_link_does_not_open_another(visitor, link):
    other = make_link(password=PASSWORD)
    value = enter(visitor, link).cookies[f"gate_{link.link_id}"].value
    visitor.cookies[f"gate_{other.link_id}"] = value
    assert visitor.get(f"/r/{other.slug}").status_code == 401


def test_a_forged_cookie_opens_nothing(visitor, link):
    visitor.cookies[f"gate_{link.link_id}"] = "0:1abcde:forged"
    assert visitor.get(f"/r/{link.slug}").status_code == 401


def test_the_gate_closes_after_30_minutes(visitor, link, monkeypatch):
    enter(visitor, link)
    monkeypatch.setattr(gate, "OPEN_SECONDS", -1)
    assert visitor.get(f"/r/{link.slug}").status_code == 401


def test_an_ended_link_does_not_ask_for_its_password(visitor, link):
    services.update_link(link=link, expires_at=timezone.now() - timedelta(seconds=1))
    assert visitor.get(f"/r/{link.slug}").status_code == 410
    assert enter(visitor, link).status_code == 410


def test_a_query_to_forward_survives_the_gate(visitor):
    link = make_link(password=PASSWORD, forward_query=True)
    response = visitor.post(f"/r/{link.slug}?a=1", {"password": PASSWORD})
    assert response.headers["Location"] == f"/r/{link.slug}?a=1"
    assert visitor.get(response.headers["Location"]).headers["Location"] == f"{TARGET}?a=1"


def test_tries_without_an_address_are_counted_together(visitor, link):
    assert [enter(visitor, link, "wrong", address="").status_code for _ in range(6)] == [401] * 5 + [429]
