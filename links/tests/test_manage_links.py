import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys.tests.factories import client_for, make_key
from audit.models import AuditEvent
from links import services
from links.models import Link
from links.tests.factories import TARGET, count_people, make_client, make_link

pytestmark = pytest.mark.django_db
URL = "/api/links"


def test_the_list_is_the_callers_links_newest_first(account, client):
    make_link()
    links = [make_link(account=account) for _ in range(3)]
    services.delete_link(link=links[1])
    response = client.get(URL)
    assert [row["link_id"] for row in response.json()] == [links[2].link_id, links[0].link_id]
    assert "Link" not in response.headers
    assert "X-Next-Cursor" not in response.headers


def test_an_account_without_links_gets_an_empty_array(client):
    assert client.get(URL).json() == []


def test_the_pages_of_a_list_hold_every_link_once(account, client):
    moment = timezone.now()
    made = [make_link(account=account) for _ in range(7)]
    # Four links of one microsecond: the id decides.
    Link.objects.filter(pk__in=[link.pk for link in made[:4]]).update(created_at=moment)
    url, seen = f"{URL}?limit=3&search=example", []
    while url:
        response = client.get(url)
        seen += [row["link_id"] for row in response.json()]
        url = _next(response)
    assert len(seen) == 7
    assert set(seen) == {link.link_id for link in made}


def _next(response):
    """Return the path of the next page, "" on the last one."""
    header = re.fullmatch(r'<([^>]+)>; rel="next"', response.headers.get("Link", ""))
    if header is None:
        assert "X-Next-Cursor" not in response.headers
        return ""
    address = urlsplit(header[1])
    query = parse_qs(address.query)
    assert query["cursor"] == [response.headers["X-Next-Cursor"]]
    assert (query["limit"], query["search"]) == (["3"], ["example"])
    return f"{address.path}?{address.query}"


def test_links_made_and_deleted_between_two_pages_do_not_shift_them(account, client):
    made = [make_link(account=account) for _ in range(5)]
    cursor = client.get(URL, {"limit": 2}).headers["X-Next-Cursor"]
    make_link(account=account)
    services.delete_link(link=made[4])
    services.delete_link(link=made[3])  # the one that the cursor names
    services.delete_link(link=made[1])
    rest = client.get(URL, {"limit": 2, "cursor": cursor})
    assert [row["link_id"] for row in rest.json()] == [made[2].link_id, made[0].link_id]
    assert "X-Next-Cursor" not in rest.headers


def test_a_page_that_holds_the_last_link_leads_no_further(account, client):
    for _ in range(100):
        make_link(account=account)
    response = client.get(URL, {"limit": 100})
    assert len(response.json()) == 100
    assert "X-Next-Cursor" not in response.headers
    assert client.get(URL, {"limit": 99}).headers["X-Next-Cursor"]


def test_a_foreign_cursor_shows_nothing_foreign(account, client):
    own = make_link(account=account)
    stranger = make_client()
    for _ in range(2):
        stranger.post(URL, {"target_url": TARGET}, format="json")
    cursor = stranger.get(URL, {"limit": 1}).headers["X-Next-Cursor"]
    assert [row["link_id"] for row in client.get(URL, {"cursor": cursor}).json()] == [own.link_id]


@pytest.mark.parametrize("cursor", ["0-000000000000", "zzzzzzzzzzz-zzzzzzzzzzzz", "1-abcdefghijkl"])
def test_every_cursor_of_the_documented_form_is_answered(client, cursor):
    assert client.get(URL, {"cursor": cursor}).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "ten"),
        ("limit", "1_0"),
        ("limit", "+5"),
        ("limit", "５"),
        ("limit", ""),
        ("cursor", "nonsense"),
        ("cursor", ""),
        ("tag", ""),
        ("tag", "a" * 41),
        ("search", ""),
        ("search", "a" * 101),
        ("is_active", "1"),
        ("is_active", "True"),
    ],
)
def test_a_wrong_query_is_refused_by_name(client, name, value):
    response = client.get(URL, {name: value})
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [name]


def test_the_list_is_filtered_by_tag_search_and_state(account, client):
    news = make_link(account=account, tags=["news", 'a"b%_'], title="Große Neuigkeit")
    sale = make_link(account=account, tags=["newsletter", "größe"], custom_slug="spring_sale")
    services.update_link(link=sale, is_active=False)

    def found(**query):
        return {row["link_id"] for row in client.get(URL, query).json()}

    assert found(tag="news") == {news.link_id}
    assert found(tag='a"b%_') == {news.link_id}
    assert found(tag="größe") == {sale.link_id}
    assert found(tag="new") == set()
    assert found(search="NEUIG") == {news.link_id}
    assert found(search="g_s") == {sale.link_id}
    assert found(search="%") == set()
    assert found(search="example.com") == {news.link_id, sale.link_id}
    assert found(is_active="true") == {news.link_id}
    assert found(is_active="false", tag="newsletter") == {sale.link_id}


def test_a_list_costs_the_same_queries_for_two_and_for_many_links(account, client):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(URL, {"limit": 100}).status_code == 200
        return len(captured)

    make_link(account=account)
    make_link(account=account)
    client.get(URL)
    two = queries()
    for _ in range(18):
        make_link(account=account)
    assert queries() == two <= 4


def test_a_link_is_read_by_its_id(account, client):
    link = make_link(account=account, title="One")
    body = client.get(f"{URL}/{link.link_id}").json()
    assert (body["link_id"], body["title"], body["target_url"]) == (link.link_id, "One", TARGET)


def test_a_foreign_a_deleted_and_a_missing_link_are_the_same_404(account, client):
    foreign, deleted = make_link(), make_link(account=account)
    services.delete_link(link=deleted)
    ids = [foreign.link_id, deleted.link_id, "lnk_000000000000", "nonsense"]
    for method, tail in (("get", ""), ("patch", ""), ("delete", ""), ("get", "/analytics")):
        answers = [getattr(client, method)(f"{URL}/{id_}{tail}", {}, format="json") for id_ in ids]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
    assert Link.objects.of(foreign.account).exists()


def test_a_change_touches_only_what_it_names(account, client):
    link = make_link(account=account, title="Old", tags=["a"], max_clicks=5, password="secret")
    body = client.patch(f"{URL}/{link.link_id}", {"title": "New", "max_clicks": None}, format="json").json()
    assert (body["title"], body["max_clicks"], body["tags"], body["has_password"]) == ("New", None, ["a"], True)
    link.refresh_from_db()
    assert link.password_version == 0


def test_an_empty_change_changes_nothing(account, client):
    link = make_link(account=account)
    assert client.patch(f"{URL}/{link.link_id}", {}, format="json").status_code == 200
    assert not AuditEvent.objects.filter(action="link.updated").exists()


def test_every_setting_can_be_changed(account, client):
    link = make_link(account=account)
    changes = {
        "target_url": "https://example.org/new",
        "title": "T",
        "tags": ["x", "y", "x"],
        "password": "secret",
        "expires_at": "2999-01-01T00:00:00Z",
        "expired_url": "https://example.org/over",
        "max_clicks": 9,
        "redirect_type": 307,
        "forward_query": True,
        "is_active": False,
    }
    body = client.patch(f"{URL}/{link.link_id}", changes, format="json").json()
    assert body["target_url"] == "https://example.org/new"
    assert (body["tags"], body["has_password"], body["is_active"]) == (["x", "y"], True, False)
    link.refresh_from_db()
    assert (link.expired_url, link.redirect_type, link.forward_query) == ("https://example.org/over", 307, True)
    undone = dict.fromkeys(["password", "expires_at", "expired_url", "max_clicks"])
    body = client.patch(f"{URL}/{link.link_id}", undone, format="json").json()
    assert (body["has_password"], body["expires_at"], body["max_clicks"]) == (False, None, None)


@pytest.mark.parametrize("field", ["custom_slug", "slug", "click_count", "link_id"])
def test_what_never_changes_cannot_be_changed(account, client, field):
    link = make_link(account=account)
    assert client.patch(f"{URL}/{link.link_id}", {field: "abc"}, format="json").status_code == 400


def test_a_change_keeps_the_redirects_that_were_counted_meanwhile(account):
    link = make_link(account=account, max_clicks=9)
    Link.objects.filter(pk=link.pk).update(redirect_count=3)
    services.update_link(link=link, title="New")
    assert Link.objects.get(pk=link.pk).redirect_count == 3


def test_every_answer_has_the_clicks_of_people_from_all_shards(account, client):
    link = make_link(account=account)
    count_people(link, 3)
    count_people(link, 4, shard=9)
    url = f"{URL}/{link.link_id}"
    assert client.get(url).json()["click_count"] == 7
    assert client.patch(url, {"title": "New"}, format="json").json()["click_count"] == 7
    assert [row["click_count"] for row in client.get(URL).json()] == [7]


def test_a_deleted_link_answers_204_once(account, client):
    link = make_link(account=account)
    response = client.delete(f"{URL}/{link.link_id}")
    assert (response.status_code, response.content) == (204, b"")
    assert client.delete(f"{URL}/{link.link_id}").status_code == 404
    event = AuditEvent.objects.get(action="link.deleted")
    assert event.data == {"link_id": link.link_id, "slug": link.slug}


def test_a_key_does_only_what_its_scopes_say(account):
    link = make_link(account=account)
    calls = {
        ("Links", "View"): lambda c: c.get(URL),
        ("Links", "Edit"): lambda c: c.post(URL, {"target_url": TARGET}, format="json"),
        ("Links", "Delete"): lambda c: c.delete(f"{URL}/{link.link_id}"),
        ("Analytics", "View"): lambda c: c.get(f"{URL}/{link.link_id}/analytics"),
    }
    for area, verb in [("Links", "View"), ("Links", "Edit"), ("Analytics", "View"), ("Links", "Delete")]:
        client = client_for(make_key("fluxly", account=account, scopes={area: [verb]}).secret)
        allowed = {scope for scope, call in calls.items() if call(client).status_code < 400}
        assert allowed == {(area, verb)}


def test_without_a_key_nothing_is_shown(account):
    make_link(account=account)
    response = client_for("fluxly_live_" + "a" * 25).get(URL)
    assert response.status_code == 401
    assert set(response.json()) == {"detail", "code"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("put", "/api/links", "GET, POST, HEAD, OPTIONS"),
        ("get", "/api/links/bulk", "POST, OPTIONS"),
        ("delete", "/api/links/bulk", "POST, OPTIONS"),
        ("patch", "/api/links/export.csv", "GET, HEAD, OPTIONS"),
        ("delete", "/api/links/export.csv", "GET, HEAD, OPTIONS"),
        ("post", "/api/links/lnk_000000000000", "GET, PATCH, DELETE, HEAD, OPTIONS"),
        ("post", "/api/links/lnk_000000000000/qr", "GET, HEAD, OPTIONS"),
        ("delete", "/api/links/lnk_000000000000/analytics", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_a_route_lacks_is_refused_in_the_envelope(client, method, path, allowed):
    response = getattr(client, method)(path, {}, format="json")
    assert response.status_code == 405
    assert set(response.json()) == {"detail", "code"}
    assert set(response.headers["Allow"].split(", ")) == set(allowed.split(", "))


def test_an_expired_link_is_still_listed(account, client):
    link = make_link(account=account, expires_at=timezone.now() + timedelta(days=1))
    Link.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert client.get(URL).json()[0]["link_id"] == link.link_id
