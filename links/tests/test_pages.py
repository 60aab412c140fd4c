from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.factories import make_account
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from apikeys.tests.factories import make_key
from audit.models import AuditEvent
from links import services
from links.models import Link
from links.tests.factories import TARGET, count_people, full_stack_account, make_link

pytestmark = pytest.mark.django_db
URL = "/dashboard/links/"
OF_LINK = ["", "edit/", "delete/", "analytics/", "analytics.csv", "qr.svg", "qr.png"]


@pytest.fixture
def account():
    return full_stack_account()


@pytest.fixture
def client(account) -> Client:
    return signed_in(owner_of(account))


def text_of(client: Client, path: str = "") -> str:
    answer = client.get(URL + path)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


@pytest.mark.parametrize("path", ["", "new/", "api/", *(f"lnk_abcdefghij12/{path}" for path in OF_LINK)])
def test_the_pages_are_for_people_who_signed_in(path):
    assert Client().get(URL + path)["Location"] == f"/accounts/login/?next={URL}{path}"


def test_every_page_answers_and_asks_no_other_host(account, client):
    link = make_link(account=account, title="A title", tags=["a b"], expired_url="https://example.org/")
    for path in ["", "new/", "api/", *(f"{link.link_id}/{path}" for path in OF_LINK)]:
        answer = client.get(URL + path)
        assert answer.status_code == 200, path
        assert "no-store" in answer["Cache-Control"]
        if answer["Content-Type"].startswith("text/html"):
            page = answer.content.decode()
            assert outside_addresses(page) == [], path
            # What a strict content security policy would refuse.
            assert " style=" not in page, path
            assert "<script>" not in page, path
            assert " on" + "click=" not in page, path


def test_a_link_of_another_account_is_the_same_miss_as_one_that_never_was(client):
    foreign = make_link()
    for path in [*OF_LINK, "switch/"]:
        ask = client.post if path == "switch/" else client.get
        headers = {"X-Request-Id": "same-1"}
        answers = [ask(f"{URL}{link_id}/{path}", headers=headers) for link_id in (foreign.link_id, "lnk_0000")]
        assert [answer.status_code for answer in answers] == [404, 404], path
        assert answers[0].content == answers[1].content, path


@pytest.mark.parametrize("path", ["edit/", "switch/", "delete/"])
def test_nobody_writes_to_a_link_of_another_account(client, path):
    foreign = make_link()
    data = {"target_url": "https://example.org/", "redirect_type": "302", "is_active": "false"}
    assert client.post(f"{URL}{foreign.link_id}/{path}", data).status_code == 404
    foreign.refresh_from_db()
    assert (foreign.target_url, foreign.is_active, foreign.deleted_at) == (TARGET, True, None)


def test_plain_members_write_too_and_the_trail_names_them(account):
    member = member_of(account)
    client, link = signed_in(member), make_link(account=account)
    data = {"target_url": "https://example.org/", "redirect_type": "302", "is_active": "on"}
    assert client.post(URL + "new/", data).status_code == 302
    assert client.post(f"{URL}{link.link_id}/edit/", data).status_code == 302
    assert client.post(f"{URL}{link.link_id}/switch/", {"is_active": "false"}).status_code == 302
    assert client.post(f"{URL}{link.link_id}/delete/").status_code == 302
    events = AuditEvent.objects.filter(actor=f"user:{member.pk}").order_by("pk")
    assert [event.action for event in events] == ["link.created", "link.updated", "link.updated", "link.deleted"]


def test_an_empty_list_says_what_to_do_next(client):
    page = text_of(client)
    assert "No links yet" in page
    assert "Make your first link" in page


def test_the_list_shows_links_newest_first_with_their_clicks(account, client):
    old, new = make_link(account=account, title="<b>Old</b>"), make_link(account=account)
    count_people(old, 1234)
    page = text_of(client)
    assert page.index(f"/r/{new.slug}<") < page.index(f"/r/{old.slug}<")
    assert "1,234" in page
    assert "&lt;b&gt;Old" in page
    assert "2 of 100,000" in page


def test_free_accounts_see_how_many_of_their_fifty_links_they_have():
    account = make_account()
    make_link(account=account)
    assert "1 of 50" in text_of(signed_in(owner_of(account)))


def test_the_list_says_what_state_each_link_is_in(account, client):
    links = {name: make_link(account=account, max_clicks=3) for name in ("active", "off", "expired", "used")}
    services.update_link(link=links["off"], is_active=False)
    yesterday = timezone.now() - timedelta(days=1)
    Link.objects.filter(pk=links["expired"].pk).update(expires_at=yesterday)
    Link.objects.filter(pk=links["used"].pk).update(redirect_count=3)
    states = {}
    for row in text_of(client).split("<tr>")[2:]:
        name = next(name for name, link in links.items() if f"/r/{link.slug}<" in row)
        states[name] = next(w for w in ("Active", "Switched off", "Expired", "Used up") if f">{w}<" in row)
    assert states == {"active": "Active", "off": "Switched off", "expired": "Expired", "used": "Used up"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=SPRING", {"a"}),
        ("search=+spring+", {"a"}),
        ("search=&tag=&is_active=", {"a", "b", "c"}),
        ("tag=x+y", {"a", "b"}),
        ("is_active=false", {"b"}),
        ("is_active=true", {"a", "c"}),
        ("tag=x+y&is_active=true", {"a"}),
        ("search=nothing-like-it", set()),
    ],
)
def test_search_tag_and_switch_choose_what_is_listed(account, client, query, found):
    links = {
        "a": make_link(account=account, title="Spring sale", tags=["x y"]),
        "b": make_link(account=account, tags=["x y", "z"]),
        "c": make_link(account=account),
    }
    services.update_link(link=links["b"], is_active=False)
    page = text_of(client, f"?{query}")
    assert {name for name, link in links.items() if f"/r/{link.slug}<" in page} == found
    assert ("No link fits" in page) == (not found)


def test_a_filter_that_no_form_makes_is_refused(client):
    assert client.get(f"{URL}?is_active=perhaps").status_code == 400
    assert client.get(f"{URL}?cursor=%27").status_code == 400


def test_chips_offer_the_tags_and_mark_the_chosen_one(account, client):
    make_link(account=account, tags=["news & more", "spring"])
    page = text_of(client, "?tag=spring&search=example")
    assert 'href="?tag=news+%26+more&amp;search=example"' in page
    assert '" aria-current="true"><bdi>spring</bdi>' in page


def test_pages_lead_from_the_newest_link_to_the_oldest(account, client):
    links = [make_link(account=account, tags=["t"]) for _ in range(30)]
    seen, path = [], "?tag=t"
    for _ in range(3):
        page = text_of(client, path)
        seen += [link.slug for link in reversed(links) if f"/r/{link.slug}<" in page]
        following = page.partition('rel="next" href="')[2].partition('"')[0]
        if not following:
            break
        path = following.replace("&amp;", "&")
        assert "tag=t" in path
    assert seen == [link.slug for link in reversed(links)]
    assert "Newest links" in page


def test_the_list_asks_as_often_for_many_links_as_for_two(account, client, django_assert_num_queries):
    for _ in range(2):
        count_people(make_link(account=account, tags=["a"]), 5)
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for _ in range(18):
        count_people(make_link(account=account, tags=["b"]), 5)
    with django_assert_num_queries(len(few)):
        client.get(URL)


def test_the_detail_page_shows_everything_about_a_link(account, client):
    link = make_link(account=account, title="Spring", tags=["a&b"], password="sesame", max_clicks=1000)
    page = text_of(client, f"{link.link_id}/")
    for piece in (link.short_url, TARGET, "Spring", "?tag=a%26b", "Visitors are asked for it", "1,000 visits"):
        assert piece in page, piece
    assert f'href="/r/{link.slug}+"' in page
    assert "<title>QR code of" in page
    assert "sesame" not in page


@pytest.mark.parametrize(
    ("kind", "start", "content_type"), [("svg", b"<svg ", "image/svg+xml"), ("png", b"\x89PNG", "image/png")]
)
def test_the_qr_code_is_there_as_a_file(account, client, kind, start, content_type):
    link = make_link(account=account)
    answer = client.get(f"{URL}{link.link_id}/qr.{kind}")
    assert answer["Content-Type"] == content_type
    assert answer["Content-Disposition"] == f'attachment; filename="{link.slug}.{kind}"'
    assert answer.content.startswith(start)
    assert client.get(f"{URL}{link.link_id}/qr.gif").status_code == 404


def test_the_switch_does_what_its_button_says_however_often_it_is_pressed(account, client):
    link = make_link(account=account)
    url = f"{URL}{link.link_id}/switch/"
    for wanted, word in (("false", "Switch on"), ("false", "Switch on"), ("true", "Switch off")):
        page = client.post(url, {"is_active": wanted}, follow=True).content.decode()
        assert f">{word}</button>" in page
        link.refresh_from_db()
        assert link.is_active == (wanted == "true")
    assert client.get(url).status_code == 405


def test_deleting_asks_first(account, client):
    link = make_link(account=account)
    assert f"Delete /r/{link.slug}?" in text_of(client, f"{link.link_id}/delete/")
    assert Link.objects.of(account).count() == 1
    page = client.post(f"{URL}{link.link_id}/delete/", follow=True).content.decode()
    assert "is deleted" in page
    assert Link.objects.of(account).count() == 0
    for path in OF_LINK:
        assert client.get(f"{URL}{link.link_id}/{path}").status_code == 404


def test_the_developer_api_leads_to_the_keys(account, client):
    page = text_of(client, "api/")
    assert 'href="/dashboard/keys/fluxly/">Generate a key<' in page
    assert "curl -X POST" in page
    make_key("fluxly", account=account)
    assert "1 live key." in text_of(client, "api/")


def test_the_developer_api_says_which_plan_has_it():
    page = text_of(signed_in(owner_of(make_account())), "api/")
    assert "Needs the Full Stack plan." in page
    assert "Generate a key" not in page


def test_those_who_may_not_make_keys_are_not_told_to(account):
    assert "Generate a key" not in text_of(signed_in(member_of(account)), "api/")


def test_the_menu_marks_the_page_in_view(account, client):
    link = make_link(account=account)
    for path, title in (("", "Links"), (f"{link.link_id}/edit/", "Links"), ("api/", "Developer API")):
        menu = text_of(client, path).partition("menu-wide")[2].partition("</nav>")[0]
        assert menu.count("aria-current") == 1
        assert title in menu.partition('aria-current="page"')[2].partition("</a>")[0]
