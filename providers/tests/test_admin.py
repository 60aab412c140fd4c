"""The staff admin of the directory."""

import re
from html import unescape

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import make_account
from apikeys.services import revoke
from apikeys.tests.factories import make_key
from providers.models import Provider
from providers.tests.factories import make_provider

pytestmark = pytest.mark.django_db
HOME = "/admin/providers/provider/"


@pytest.fixture
def staff():
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.test", "correct horse"))
    return client


def opening(**fields):
    given = {"account": make_account().pk, "slug": "acme", "name": "Acme", "description": "", "is_live": "on"}
    return given | fields


def test_staff_open_a_listing(staff):
    answer = staff.post(f"{HOME}add/", opening())
    assert answer.status_code == 302
    provider = Provider.objects.get()
    assert (provider.slug, provider.name_key, provider.is_live) == ("acme", "acme", True)


@pytest.mark.parametrize("fields", [{"slug": "schema"}, {"slug": "A b"}, {"slug": "taken"}, {"name": "TAKEN"}])
def test_staff_are_told_what_is_refused(staff, fields):
    make_provider(slug="taken", name="Taken")
    answer = staff.post(f"{HOME}add/", opening(**fields))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert Provider.objects.count() == 1


def test_staff_change_the_standing_and_nothing_else(staff):
    provider = make_provider(name="Acme")
    answer = staff.post(f"{HOME}{provider.pk}/change/", {"verified": "on", "is_live": "on", "name": "Other"})
    assert answer.status_code == 302
    provider.refresh_from_db()
    assert (provider.verified, provider.flux_labs_partner, provider.name) == (True, False, "Acme")


def test_a_listing_is_not_reopened_under_a_name_that_was_given_away(staff):
    closed = make_provider(name="Acme", is_live=False)
    make_provider(name="ACME")
    answer = staff.post(f"{HOME}{closed.pk}/change/", {"is_live": "on"})
    assert answer.status_code == 200
    closed.refresh_from_db()
    assert not closed.is_live


def test_the_pages_open(staff):
    provider = make_provider(fields={"total_nodes": 5, "country": "PL"})
    for path in ("", "add/", f"{provider.pk}/change/", "?q=provider"):
        assert staff.get(HOME + path).status_code == 200
    assert staff.get("/admin/providers/change/").status_code == 200
    assert staff.get(f"{HOME}{provider.pk}/delete/").status_code == 403


def test_staff_find_a_listings_keys_and_the_way_to_a_new_one(staff):
    provider = make_provider(slug="acme")
    mine = make_key("fluxme", account=provider.account, resource="acme", name="Cron job").key
    revoked = revoke(key=make_key("fluxme", account=provider.account, resource="acme").key)
    page = staff.get(f"/admin/providers/provider/{provider.pk}/change/").content.decode()
    assert f"/admin/apikeys/apikey/{mine.pk}/change/" in page
    assert str(revoked.pk) not in page
    address = re.search(r'href="(/admin/apikeys/apikey/add/[^"]+)"', page)
    assert address
    form = staff.get(unescape(address[1])).content.decode()
    assert 'value="acme"' in form
    assert provider.account.name in form
    listed = re.search(r'href="(/admin/apikeys/apikey/\?[^"]+)"', page)
    assert listed
    every = staff.get(unescape(listed[1])).content.decode()
    assert str(mine.pk) in every
    assert str(revoked.pk) in every
