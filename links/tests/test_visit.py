from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from links import services
from links.models import Click, Link
from links.tests.factories import (
    CHROME_ON_ANDROID,
    SLACK_PREVIEW,
    TARGET,
    deliver,
    full_stack_account,
    make_client,
    make_link,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor():
    return Client()


def clicks_of(link):
    deliver()
    link.refresh_from_db()
    return link.click_count


def the_click():
    deliver()
    return Click.objects.get()


def test_a_live_link_redirects_with_the_documented_headers(visitor):
    link = make_link()
    response = visitor.get(f"/r/{link.slug}")
    assert (response.status_code, response.content) == (302, b"")
    assert response.headers["Location"] == TARGET
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["Referrer-Policy"] == "no-referrer-when-downgrade"
    assert clicks_of(link) == 1


def test_a_link_may_redirect_with_307(visitor):
    assert visitor.get(f"/r/{make_link(redirect_type=307).slug}").status_code == 307


@pytest.mark.parametrize(
    "target", ["https://example.com/{a}|b\\c^`d` e?q=\"x'<y>&z=%7e%zz#f;[1]", "https://example.com/%C3%BC/../.."]
)
def test_the_location_is_the_target_byte_for_byte(visitor, target):
    link = make_link(target_url=target)
    assert visitor.get(f"/r/{link.slug}").headers["Location"] == target


def test_characters_that_a_header_cannot_hold_are_encoded_as_a_browser_would(visitor):
    link = make_link(target_url="https://bücher.example/ü?q=日")
    location = visitor.get(f"/r/{link.slug}").headers["Location"]
    assert location == "https://xn--bcher-kva.example/%C3%BC?q=%E6%97%A5"


def test_a_visitors_query_is_dropped_unless_the_link_forwards_it(visitor):
    plain, forwarding = make_link(), make_link(forward_query=True)
    query = "url=https://evil.example&next=//evil.example&a=%0d%0aSet-Cookie:x"
    assert visitor.get(f"/r/{plain.slug}?{query}").headers["Location"] == TARGET
    assert visitor.get(f"/r/{forwarding.slug}?{query}").headers["Location"] == f"{TARGET}?{query}"


def test_slugs_are_case_sensitive_for_visitors(visitor):
    make_link(custom_slug="Launch")
    assert visitor.get("/r/launch").status_code == 404
    assert visitor.get("/r/Launch").status_code == 302


def test_an_unknown_slug_is_a_page_with_404(visitor):
    response = visitor.get("/r/nothing")
    assert response.status_code == 404
    assert "No such link" in response.content.decode()
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_a_deleted_or_switched_off_link_is_a_page_with_404(visitor):
    deleted, off = make_link(), make_link()
    services.delete_link(link=deleted)
    services.update_link(link=off, is_active=False)
    for link in (deleted, off):
        assert visitor.get(f"/r/{link.slug}").status_code == 404
        assert visitor.get(f"/r/{link.slug}+").status_code == 404


def expire(link):
    Link.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_an_expired_link_is_a_page_with_410(visitor):
    link = make_link(expires_at=timezone.now() + timedelta(days=1))
    assert visitor.get(f"/r/{link.slug}").status_code == 302
    expire(link)
    response = visitor.get(f"/r/{link.slug}")
    assert response.status_code == 410
    assert "has ended" in response.content.decode()
    assert clicks_of(link) == 1


def test_an_expired_link_sends_visitors_to_its_expired_url(visitor):
    link = make_link(expired_url="https://example.org/over")
    expire(link)
    response = visitor.get(f"/r/{link.slug}")
    assert (response.status_code, response.headers["Location"]) == (302, "https://example.org/over")
    assert clicks_of(link) == 0


def test_a_link_ends_after_its_clicks(visitor):
    link = make_link(max_clicks=2)
    assert [visitor.get(f"/r/{link.slug}").status_code for _ in range(3)] == [302, 302, 410]
    assert clicks_of(link) == 2
    assert Click.objects.count() == 2


def test_a_limit_that_is_set_later_counts_those_who_came_before(visitor):
    link = make_link()
    visitor.get(f"/r/{link.slug}")
    assert clicks_of(link) == 1
    services.update_link(link=link, max_clicks=2)
    assert [visitor.get(f"/r/{link.slug}").status_code for _ in range(2)] == [302, 410]
    services.update_link(link=link, max_clicks=3)
    assert [visitor.get(f"/r/{link.slug}").status_code for _ in range(2)] == [302, 410]


def test_head_answers_as_get_does_and_is_never_a_click(visitor):
    plain, gated, expired = make_link(max_clicks=2), make_link(password="secret"), make_link()
    expire(expired)
    paths = [f"/r/{link.slug}" for link in (plain, gated, expired)] + ["/r/nothing", f"/r/{plain.slug}+"]
    heads = [visitor.head(path) for path in paths]
    assert clicks_of(plain) == 0
    for head, path in zip(heads, paths, strict=True):
        get = Client().get(path)
        assert head.status_code == get.status_code
        assert head.content == b""
        for name in ("Location", "Cache-Control", "X-Robots-Tag", "Referrer-Policy", "Content-Type"):
            assert head.headers.get(name) == get.headers.get(name)
    assert clicks_of(plain) == 1


def test_a_preview_shows_the_target_and_counts_nothing(visitor):
    link = make_link(target_url="https://example.com/?a=<b>&c")
    response = visitor.get(f"/r/{link.slug}+")
    assert response.status_code == 200
    assert "https://example.com/?a=&lt;b&gt;&amp;c" in response.content.decode()
    assert clicks_of(link) == 0


def test_a_preview_of_a_gated_link_keeps_its_target_secret(visitor):
    link = make_link(password="secret")
    response = visitor.get(f"/r/{link.slug}+")
    assert response.status_code == 200
    assert TARGET not in response.content.decode()


def test_a_preview_of_an_ended_link_is_410(visitor):
    link = make_link(expired_url="https://example.org/over")
    expire(link)
    assert visitor.get(f"/r/{link.slug}+").status_code == 410


def test_other_methods_are_refused(visitor):
    link = make_link()
    for method in ("put", "patch", "delete", "options"):
        response = getattr(visitor, method)(f"/r/{link.slug}")
        assert response.status_code == 405
        assert response.headers["Allow"] == "GET, HEAD, POST"


def test_a_form_sent_to_an_open_link_leads_to_the_link_itself(visitor):
    link = make_link()
    response = visitor.post(f"/r/{link.slug}", {"password": "x"})
    assert (response.status_code, response.headers["Location"]) == (303, f"/r/{link.slug}")
    assert clicks_of(link) == 0


def test_a_call_to_a_link_with_307_is_taken_on_to_the_target(visitor):
    link = make_link(redirect_type=307)
    response = Client(enforce_csrf_checks=True).post(f"/r/{link.slug}", {"order": "1"})
    assert (response.status_code, response.headers["Location"]) == (307, TARGET)
    assert clicks_of(link) == 1


def test_a_click_keeps_the_referring_host_and_the_network_alone(visitor):
    link = make_link()
    visitor.get(
        f"/r/{link.slug}",
        headers={"Referer": "https://News.Example/secret/path?token=1", "User-Agent": CHROME_ON_ANDROID},
        REMOTE_ADDR="203.0.113.77",
    )
    click = the_click()
    assert (click.referrer, click.network) == ("news.example", "203.0.113.0/24")
    assert (click.device, click.browser, click.os, click.is_bot) == ("mobile", "Chrome", "Android", False)


@pytest.mark.parametrize("referrer", ["", "nonsense", "http://testserver/r/gate", "https://[", "about:blank"])
def test_a_click_from_nowhere_or_from_ourselves_is_direct(visitor, referrer):
    visitor.get(f"/r/{make_link().slug}", headers={"Referer": referrer})
    assert the_click().referrer == ""


def test_a_bots_click_is_kept_apart_and_uses_the_limit_up(visitor):
    link = make_link(max_clicks=1)
    assert visitor.get(f"/r/{link.slug}", headers={"User-Agent": SLACK_PREVIEW}).status_code == 302
    assert clicks_of(link) == 0
    assert the_click().is_bot
    assert visitor.get(f"/r/{link.slug}", headers={"User-Agent": CHROME_ON_ANDROID}).status_code == 410


def test_a_change_shows_at_the_next_visit(visitor):
    account = full_stack_account()
    link = make_link(account=account)
    client = make_client(account)
    client.patch(f"/api/links/{link.link_id}", {"target_url": "https://example.org/"}, format="json")
    assert visitor.get(f"/r/{link.slug}").headers["Location"] == "https://example.org/"


@pytest.mark.parametrize("slug", ["%F0%9F%98%80", "a%2Fb", "..%2f", "%ff", "a" * 300, "+", "++", "%2B"])
def test_odd_addresses_are_plain_404s(visitor, slug):
    assert visitor.get(f"/r/{slug}").status_code == 404


def test_a_visit_that_lost_the_last_click_to_another_is_not_redirected(visitor, monkeypatch):
    link = make_link(max_clicks=1)
    visitor.get(f"/r/{link.slug}")
    # The look before the count says that there is room, as it does for two visitors at once.
    monkeypatch.setattr(Link, "is_over", lambda self: False)
    assert visitor.get(f"/r/{link.slug}").status_code == 410
    assert clicks_of(link) == 1
