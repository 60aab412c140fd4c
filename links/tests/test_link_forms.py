from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import make_account
from accounts.tests.pages import owner_of, signed_in
from links.models import Link
from links.passwords import password_matches
from links.tests.factories import TARGET, full_stack_account, make_link
from plans.entitlements import claim
from plans.services import set_plan

pytestmark = pytest.mark.django_db
NEW = "/dashboard/links/new/"
PLAIN = {"target_url": TARGET, "redirect_type": "302", "is_active": "on"}


@pytest.fixture
def account():
    return full_stack_account()


@pytest.fixture
def client(account):
    return signed_in(owner_of(account))


def edit_url(link: Link) -> str:
    return f"/dashboard/links/{link.link_id}/edit/"


def field_of(page: str, name: str) -> str:
    """Return what the page draws of one field: label, control, faults, help."""
    block = next(part for part in page.split('<div class="field">')[1:] if f'name="{name}"' in part)
    return block.partition("</fieldset>")[0]


def test_an_address_alone_makes_a_link(account, client):
    answer = client.post(NEW, PLAIN)
    link = Link.objects.of(account).get()
    assert answer["Location"] == f"/dashboard/links/{link.link_id}/"
    assert (link.target_url, len(link.slug), link.is_active, link.redirect_type) == (TARGET, 7, True, 302)
    assert (link.title, link.tags, link.expires_at, link.max_clicks, link.forward_query) == (
        "",
        [],
        None,
        None,
        False,
    )


def test_every_setting_of_the_form_reaches_the_link(account, client):
    wanted = {
        "target_url": TARGET,
        "custom_slug": "Spring-26",
        "title": "Spring",
        "tags": " news, two words ,,news",
        "password": " open sesame ",
        "expires_at": "2099-12-31T23:59",
        "max_clicks": "7",
        "expired_url": "https://example.org/over",
        "redirect_type": "307",
        "forward_query": "on",
    }
    assert client.post(NEW, wanted).status_code == 302
    link = Link.objects.of(account).get()
    assert (link.slug, link.title, link.tags) == ("Spring-26", "Spring", ["news", "two words"])
    assert password_matches(" open sesame ", link.password_hash)
    assert link.expires_at == datetime(2099, 12, 31, 23, 59, tzinfo=UTC)
    assert (link.max_clicks, link.expired_url, link.redirect_type) == (7, "https://example.org/over", 307)
    assert (link.forward_query, link.is_active) == (True, False)


# field, value, what is said beside it
FAULTS = [
    ("target_url", "", "This field is required."),
    ("target_url", "javascript:alert(1)", "Must begin with http:// or https://."),
    ("target_url", "http://10.0.0.1/", "Must not lead to a private or local host."),
    ("target_url", "http://127.0.0.1:8000/r/x", "Must not lead back to this service."),
    ("custom_slug", "a b", "Must be 3 to 64 letters, digits, hyphens and underscores."),
    ("custom_slug", "admin", "Is a reserved word."),
    ("title", "x" * 201, "200 characters"),
    ("tags", "a," + "x" * 41, "Number 2: "),
    ("password", "abc", "4 characters"),
    ("expires_at", "2020-01-01T00:00", "Must be in the future."),
    ("expires_at", "soon", "Enter a valid date/time."),
    ("max_clicks", "0", "greater than or equal to 1"),
    ("max_clicks", "many", "Enter a whole number."),
    ("expired_url", "ftp://example.org/", "Must begin with http:// or https://."),
    ("redirect_type", "301", "Select a valid choice."),
]


@pytest.mark.parametrize(("name", "value", "sentence"), FAULTS)
def test_a_fault_is_said_once_beside_its_field_and_the_input_is_kept(client, name, value, sentence):
    answer = client.post(NEW, PLAIN | {"title": "Kept title", name: value})
    page = answer.content.decode()
    assert answer.status_code == 400
    field = field_of(page, name)
    assert sentence in field
    assert page.count('class="errorlist"') == 1
    assert field.partition('class="errorlist"')[2].count("<li>") == 1
    assert "autofocus" in field
    assert 'aria-invalid="true"' in field
    assert page.count(" autofocus") == 1
    assert name == "redirect_type" or f'value="{value}"' in field or not value
    assert name == "title" or 'value="Kept title"' in page
    assert not Link.objects.exists()


def test_all_faults_are_said_at_once_and_the_first_field_has_the_focus(client):
    page = client.post(NEW, PLAIN | {"target_url": "no", "tags": "x" * 41, "max_clicks": "-1"}).content.decode()
    assert page.count('class="errorlist"') == 3
    assert page.count(" autofocus") == 1
    assert "autofocus" in field_of(page, "target_url")


def test_what_was_typed_is_text_and_not_markup(client):
    page = client.post(NEW, {"target_url": '"><b id=x>', "title": '"><b id=x>'}).content.decode()
    assert "<b id=x>" not in page


def test_a_taken_short_name_is_said_beside_it(account, client):
    make_link(custom_slug="spring")
    answer = client.post(NEW, PLAIN | {"custom_slug": "spring"})
    assert answer.status_code == 409
    assert "This slug is taken." in field_of(answer.content.decode(), "custom_slug")


def test_what_the_plan_lacks_is_shown_switched_off_with_the_plans_name():
    page = signed_in(owner_of(make_account())).get(NEW).content.decode()
    for name in ("custom_slug", "password"):
        field = field_of(page, name)
        assert " disabled" in field
        assert "Needs the Full Stack plan." in field
        assert 'href="/dashboard/plans/#fluxly"' in field
    assert page.count(" disabled") == 2


def test_nothing_is_switched_off_on_the_plan_that_has_it_all(client):
    page = client.get(NEW).content.decode()
    assert " disabled" not in page
    assert "Full Stack" not in page


@pytest.mark.parametrize(("name", "value"), [("custom_slug", "spring"), ("password", "open sesame")])
def test_what_the_plan_lacks_is_refused_beside_its_field_when_it_is_sent_all_the_same(name, value):
    client = signed_in(owner_of(make_account()))
    answer = client.post(NEW, PLAIN | {name: value})
    assert answer.status_code == 402
    assert "It needs an active Full Stack plan." in field_of(answer.content.decode(), name)
    assert not Link.objects.exists()


def test_a_plan_that_is_used_up_says_so_above_the_form():
    account = make_account()
    claim(account, "fluxly", "live_links", 50)
    answer = signed_in(owner_of(account)).post(NEW, PLAIN)
    page = answer.content.decode()
    assert answer.status_code == 402
    notice = page.partition('role="alert"')[2].partition("</div>")[0]
    assert "50 live links are used up." in notice
    assert 'href="/dashboard/plans/#fluxly"' in notice
    assert f'value="{TARGET}"' in page


def test_the_edit_form_shows_what_is_stored(account, client):
    link = make_link(
        account=account,
        title="Spring",
        tags=["a", "two words"],
        expires_at=datetime(2099, 12, 31, 23, 59, 30, tzinfo=UTC),
        max_clicks=7,
        expired_url="https://example.org/over",
        redirect_type=307,
        forward_query=True,
    )
    page = client.get(edit_url(link)).content.decode()
    values = {
        "target_url": TARGET,
        "title": "Spring",
        "tags": "a, two words",
        "expires_at": "2099-12-31T23:59",
        "max_clicks": "7",
        "expired_url": "https://example.org/over",
    }
    for name, value in values.items():
        assert f'value="{value}"' in field_of(page, name), name
    assert '"307" selected' in page
    assert "checked" in field_of(page, "forward_query")
    assert "checked" in field_of(page, "is_active")
    assert 'name="custom_slug"' not in page


def shown_values(client, link: Link) -> dict[str, str]:
    """Return what a browser would send of the untouched edit form."""
    form = client.get(edit_url(link)).context["form"]
    values = {bound.html_name: bound.value() for bound in form}
    values["expires_at"] = values["expires_at"].strftime("%Y-%m-%dT%H:%M") if values["expires_at"] else ""
    return {name: "on" if value is True else value for name, value in values.items() if value not in {None, False}}


def test_saving_without_a_change_writes_nothing(account, client):
    link = make_link(account=account, password="sesame", tags=["a,b"], title=" x")
    ended = timezone.now() - timedelta(days=1)
    Link.objects.filter(pk=link.pk).update(expires_at=ended)
    before = Link.objects.values().get()
    page = client.post(edit_url(link), shown_values(client, link) | {"title": " x"}, follow=True)
    assert Link.objects.values().get() == before | {"title": "x"}
    page = client.post(edit_url(link), shown_values(client, link), follow=True)
    assert "nothing to change" in page.content.decode()


def test_an_ended_link_can_be_renamed_without_touching_its_end(account, client):
    link = make_link(account=account)
    ended = timezone.now() - timedelta(days=1)
    Link.objects.filter(pk=link.pk).update(expires_at=ended)
    assert client.post(edit_url(link), shown_values(client, link) | {"title": "New"}).status_code == 302
    link.refresh_from_db()
    assert (link.title, link.expires_at) == ("New", ended)


def test_emptied_fields_take_their_settings_away(account, client):
    link = make_link(
        account=account,
        title="x",
        tags=["a"],
        max_clicks=7,
        expired_url="https://example.org/",
        expires_at=timezone.now() + timedelta(days=1),
        forward_query=True,
    )
    assert client.post(edit_url(link), {"target_url": TARGET, "redirect_type": "302"}).status_code == 302
    link.refresh_from_db()
    assert (link.title, link.tags, link.max_clicks, link.expired_url, link.expires_at) == ("", [], None, "", None)
    assert (link.forward_query, link.is_active) == (False, False)


@pytest.mark.parametrize(
    ("sent", "now", "has_new_version"),
    [
        ({}, "sesame", False),
        ({"password": "another"}, "another", True),
        ({"remove_password": "on"}, None, True),
    ],
)
def test_a_password_is_kept_replaced_or_removed(account, client, sent, now, has_new_version):
    link = make_link(account=account, password="sesame")
    version = link.password_version
    assert client.post(edit_url(link), PLAIN | sent).status_code == 302
    link.refresh_from_db()
    assert link.has_password == (now is not None)
    assert now is None or password_matches(now, link.password_hash)
    assert (link.password_version > version) == has_new_version


def test_a_password_is_either_replaced_or_removed(account, client):
    link = make_link(account=account, password="sesame")
    answer = client.post(edit_url(link), PLAIN | {"password": "another", "remove_password": "on"})
    assert answer.status_code == 400
    assert "Either enter a new password or remove it." in answer.content.decode()
    link.refresh_from_db()
    assert password_matches("sesame", link.password_hash)


def test_without_a_password_there_is_none_to_remove(account, client):
    link = make_link(account=account)
    assert "remove_password" not in client.get(edit_url(link)).content.decode()


def test_a_lapsed_plan_can_still_remove_the_password(account, client):
    link = make_link(account=account, password="sesame")
    set_plan(account=account, product="fluxly", plan="free")
    assert "Needs the Full Stack plan." in field_of(client.get(edit_url(link)).content.decode(), "password")
    assert client.post(edit_url(link), PLAIN | {"password": "another"}).status_code == 402
    assert client.post(edit_url(link), PLAIN | {"remove_password": "on"}).status_code == 302
    link.refresh_from_db()
    assert not link.has_password


def test_a_fault_of_an_edit_is_said_beside_its_field(account, client):
    link = make_link(account=account)
    answer = client.post(edit_url(link), PLAIN | {"target_url": "http://10.0.0.1/", "title": "Kept"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Must not lead to a private or local host." in field_of(page, "target_url")
    assert 'value="Kept"' in page
    link.refresh_from_db()
    assert (link.target_url, link.title) == (TARGET, "")
