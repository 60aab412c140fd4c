from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import make_account
from links import services
from links.models import Link
from links.tests.factories import TARGET, count_people, full_stack_account, make_client, make_link

pytestmark = pytest.mark.django_db
URL = "/api/links"


def find(client, **fields):
    return client.post(URL, {"target_url": TARGET, "find_if_exists": True} | fields, format="json")


def test_a_link_that_has_all_the_settings_is_answered_with_200():
    client = make_client()
    first = find(client, title="One", tags=["a", "b"])
    assert first.status_code == 201
    find(client, title="Two")
    second = find(client, title="One", tags=["a", "b"])
    assert (second.status_code, second.json()) == (200, first.json())
    assert Link.objects.count() == 2


def test_the_found_link_comes_with_its_clicks():
    client = make_client()
    find(client)
    count_people(Link.objects.get(), 7)
    assert find(client).json()["click_count"] == 7


def test_of_several_links_the_newest_is_found():
    account = full_stack_account()
    make_link(account=account)
    newest = make_link(account=account)
    assert find(make_client(account)).json()["link_id"] == newest.link_id


@pytest.mark.parametrize(
    "wanted",
    [{"title": "Other"}, {"tags": ["b"]}, {"custom_slug": "another"}, {"password": "secret"}, {"max_clicks": 5}],
)
def test_a_link_is_made_when_a_setting_differs(wanted):
    client = make_client()
    find(client, title="One", tags=["a"])
    assert find(client, **wanted).status_code == 201


def test_a_link_is_found_by_its_slug():
    client = make_client()
    first = find(client, custom_slug="launch-day").json()
    assert find(client, custom_slug="launch-day").json() == first
    assert find(client, custom_slug="launch-day", title="Other").status_code == 409


def test_null_finds_only_links_without_the_setting():
    client = make_client()
    find(client, max_clicks=5, expires_at="2999-01-01T00:00:00Z", expired_url="https://example.org/over")
    assert find(client).status_code == 200
    for name in ("max_clicks", "expires_at", "expired_url"):
        assert find(client, **{name: None}).status_code == 201
        Link.objects.order_by("-pk")[0].delete()


def test_tags_are_found_among_many_links_to_the_same_target():
    account = full_stack_account()
    first = make_link(account=account, tags=["größe", 'a"b'])
    for n in range(101):
        Link.objects.create(
            account=account,
            slug=f"copy-{n}",
            skeleton=f"copy-{n}",
            target_url=TARGET,
            target_digest=first.target_digest,
            tags=["x"],
        )
    found, is_new = services.find_or_create_link(account=account, target_url=TARGET, tags=["größe", 'a"b'])
    assert (found, is_new) == (first, False)


def test_the_target_is_compared_as_it_is_stored():
    account = full_stack_account()
    link = make_link(account=account, target_url="https://münchen.de/")
    found, _ = services.find_or_create_link(account=account, target_url="https://XN--MNCHEN-3YA.de/")
    assert found == link


def test_no_foreign_deleted_ended_locked_or_switched_off_link_is_found():
    account = full_stack_account()
    make_link()
    services.delete_link(link=make_link(account=account))
    make_link(account=account, password="secret")
    services.update_link(link=make_link(account=account), is_active=False)
    ended = make_link(account=account, expires_at=timezone.now() + timedelta(days=1))
    Link.objects.filter(pk=ended.pk).update(expires_at=timezone.now())
    used_up = make_link(account=account, max_clicks=1)
    Link.objects.filter(pk=used_up.pk).update(redirect_count=1)
    assert find(make_client(account)).status_code == 201


def test_a_link_is_found_when_the_plan_has_no_room_for_another():
    account = make_account()
    links = [make_link(account=account, title=str(n)) for n in range(50)]
    found, is_new = services.find_or_create_link(account=account, target_url=TARGET, title="7")
    assert (found, is_new) == (links[7], False)
