"""What a provider sees of its listing: completeness, pins, and the log of changes."""

import pytest

from accounts.models import Membership
from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from apikeys.tests.factories import client_for, make_key
from audit.models import AuditEvent
from providers.completeness import completeness_of
from providers.models import Provider, Source
from providers.own_changes import ROWS_A_PAGE
from providers.services import Proposal, apply_update, edit_listing, shown_values
from providers.tests.factories import FULL_BODY, make_provider, push
from providers.tests.factories import owner_of as program_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def provider(account):
    return make_provider(account=account, slug="acme")


@pytest.fixture
def browser(account):
    return signed_in(member_of(account))


def page_of(browser, name=""):
    return browser.get(f"/dashboard/providers/acme/{name}").content.decode()


def test_a_full_listing_is_complete_and_an_empty_one_says_what_is_missing(provider, browser):
    page = page_of(browser)
    assert "0% complete" in page
    for name in ("description", "website", "supportChannels", "acceptsFlux"):
        assert f"/dashboard/providers/acme/edit/#id_{name}" in page
    assert "edit/#tiers" in page
    push(program_of(provider), "acme", FULL_BODY)
    page = page_of(browser)
    assert '<h2 id="complete">Complete</h2>' in page
    assert "edit/#" not in page


def test_each_missing_thing_has_its_place_in_the_form(provider, browser):
    form = page_of(browser, "edit/")
    for name in completeness_of(shown_values(provider)).missing:
        assert f'id="{name}"' in form or f'id="id_{name}"' in form


def test_a_zero_is_an_answer_and_100_percent_is_said_of_complete_listings_only(provider):
    values = shown_values(provider)
    everything = dict.fromkeys(values, 0)
    assert completeness_of(everything | {"acceptsFiat": True}).percent == 100
    one_missing = completeness_of(everything | {"acceptsFiat": True, "website": None})
    assert (one_missing.percent, one_missing.missing) == (94, ("website",))
    assert completeness_of(everything).missing == ("acceptsFlux",)


def test_pins_are_shown_and_released(provider, browser):
    push(program_of(provider), "acme", {"totalNodes": 5})
    edit_listing(provider=provider, fields={"sla": 99}, seen_version=2, actor=member_of(provider.account))
    page = page_of(browser)
    assert "/dashboard/providers/acme/pins/totalNodes/release/" in page
    assert "/dashboard/providers/acme/pins/sla/release/" in page
    assert browser.post("/dashboard/providers/acme/pins/totalNodes/release/").status_code == 302
    page = page_of(browser)
    assert "The next pull may set Nodes." in page
    assert "pins/totalNodes" not in page
    apply_update(Proposal(provider=provider, fields={"total_nodes": 6}, source=Source.PULL))
    assert Provider.objects.get(pk=provider.pk).total_nodes == 6
    assert AuditEvent.objects.filter(action="provider.pin_released").count() == 1


def test_a_pin_is_released_by_a_post_of_its_own_account_alone(provider, browser):
    push(program_of(provider), "acme", {"totalNodes": 5})
    address = "/dashboard/providers/acme/pins/totalNodes/release/"
    assert browser.get(address).status_code == 405
    assert browser.post(address.replace("totalNodes", "verified")).status_code == 404
    assert signed_in(owner_of(make_account())).post(address).status_code == 404
    assert Provider.objects.get(pk=provider.pk).provenance["totalNodes"]["pinned"]


def test_the_log_says_what_changed_from_what_to_what_and_who_did_it(provider, browser):
    key = make_key("fluxme", account=provider.account, resource="acme", name="Cron job")
    push(client_for(key.secret), "acme", {"totalNodes": 5, "tiers": [{"tier": "nimbus", "price": 7.5}]})
    person = member_of(provider.account)
    person.name = "Ada Lovelace"
    person.save()
    fields = {"accepts_flux": True, "languages": ["en", "pl"], "country": "PL"}
    edit_listing(provider=provider, fields=fields, seen_version=2, actor=person)
    apply_update(Proposal(provider=provider, fields={"total_nodes": None}, source=Source.STAFF))
    page = page_of(browser, "changes/")
    lines = page.split("<tr>")[2:]
    assert len(lines) == 6
    by_label = [line.split('row">')[1].split("<")[0] for line in lines]
    assert by_label[0] == "Nodes"
    assert [text in lines[0] for text in ("<bdi>5</bdi>", "<bdi>none</bdi>", "Staff")] == [True] * 3
    assert [text in lines[1] for text in ("Ada Lovelace", "Own page")] == [True] * 2
    assert any("English, Polish" in line for line in lines)
    assert any("<bdi>no</bdi>" in line and "<bdi>yes</bdi>" in line for line in lines)
    assert any("7.50" in line and "key Cron job" in line for line in lines)
    assert outside_addresses(page) == []


def test_the_log_names_members_and_no_address_of_anybody_else(provider, browser):
    staff, member, former = make_user(), member_of(provider.account), member_of(provider.account)
    for number, person in enumerate((staff, member, former)):
        fields = {"total_nodes": number}
        apply_update(Proposal(provider=provider, fields=fields, source=Source.STAFF, actor=person))
    Membership.objects.filter(user=former).delete()
    page = page_of(browser, "changes/")
    assert member.email in page
    assert staff.email not in page
    assert former.email not in page


def test_the_log_is_paged(provider, browser):
    for number in range(ROWS_A_PAGE + 3):
        apply_update(Proposal(provider=provider, fields={"total_nodes": number}, source=Source.PUSH))
    first = page_of(browser, "changes/")
    assert first.count("<tr>") == ROWS_A_PAGE + 1
    address = first.split('href="?before=')[1].split('"')[0]
    second = page_of(browser, f"changes/?before={address}")
    assert second.count("<tr>") == 4
    assert "Older changes" not in second
    assert "Newest" in second


@pytest.mark.parametrize("before", ["x", "-1", "²", "9" * 30, "1", "0" * 5000, "0" * 20 + "9" * 30])
def test_an_address_that_no_page_of_ours_made_shows_a_page(provider, browser, before):
    apply_update(Proposal(provider=provider, fields={"total_nodes": 1}, source=Source.PUSH))
    assert browser.get(f"/dashboard/providers/acme/changes/?before={before}").status_code == 200


def test_a_listing_that_never_changed_says_so(provider, browser):
    assert "Nothing changed yet" in page_of(browser, "changes/")


@pytest.mark.parametrize("rows", [2, 20])
def test_the_number_of_changes_does_not_change_the_number_of_queries(
    provider, browser, rows, django_assert_num_queries
):
    client = program_of(provider)
    for number in range(rows):
        push(client, "acme", {"totalNodes": number})
    with django_assert_num_queries(17):
        page_of(browser, "changes/")


@pytest.mark.parametrize("rows", [2, 20])
def test_the_number_of_listings_does_not_change_the_number_of_queries(
    account, browser, rows, django_assert_num_queries
):
    for _ in range(rows):
        make_provider(account=account)
    with django_assert_num_queries(12):
        browser.get("/dashboard/providers/")


@pytest.mark.parametrize("rows", [1, 12])
def test_the_form_needs_the_same_queries_for_any_number_of_prices(
    provider, browser, rows, django_assert_num_queries
):
    tiers = [{"tier": "nimbus", "price": n, "plan_name": f"Plan {n}"} for n in range(rows)]
    apply_update(Proposal(provider=provider, fields={"tiers": tiers}, source=Source.STAFF))
    with django_assert_num_queries(14):
        page_of(browser, "edit/")
