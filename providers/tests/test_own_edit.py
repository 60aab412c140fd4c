"""The form on which a provider changes its listing: the rules of a push, for people."""

import re
from html import unescape
from typing import Any

import pytest

from accounts.tests.factories import make_account
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from api.parsers import loads
from api.renderers import dumps
from audit.models import AuditEvent
from providers.models import Change, Provider, Source
from providers.own_forms import ListingForm
from providers.serializers import read_push
from providers.services import Proposal, apply_update, shown_values
from providers.tests.factories import FULL_BODY, make_provider

pytestmark = pytest.mark.django_db
_CONTROLS = re.compile(
    r"<input(?P<input>[^>]*)>|<textarea(?P<area>[^>]*)>(?P<text>.*?)</textarea>|<select(?P<select>[^>]*)>(?P<options>.*?)</select>",
    re.DOTALL,
)


@pytest.fixture
def provider():
    fields, _ = read_push(loads(dumps(FULL_BODY)))
    return make_provider(account=make_account(), slug="acme", fields=fields)


@pytest.fixture
def browser(provider):
    return signed_in(member_of(provider.account))


def edit_page(provider):
    return f"/dashboard/providers/{provider.slug}/edit/"


def controls(page: str) -> dict[str, Any]:
    """Return what a browser would send if the person pressed Save on this page."""
    found: dict[str, Any] = {}
    page = page.split('class="link-form"', 1)[1]
    for match in _CONTROLS.finditer(page):
        tag = match["input"] or match["area"] or match["select"]
        name = _attribute(tag, "name")
        if not name or name == "csrfmiddlewaretoken":
            continue
        if match["area"] is not None:
            found[name] = unescape(match["text"].removeprefix("\n"))
        elif match["select"] is not None:
            chosen = re.search(r'<option value="([^"]*)" selected', match["options"])
            found[name] = unescape(chosen[1]) if chosen else ""
        elif _attribute(tag, "type") != "checkbox":
            found[name] = unescape(_attribute(tag, "value"))
        elif " checked" in tag:
            found.setdefault(name, []).append(_attribute(tag, "value") or "on")
    return found


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\s{name}="([^"]*)"', tag)
    return match[1] if match else ""


def shown(browser, provider) -> dict[str, Any]:
    return controls(browser.get(edit_page(provider)).content.decode())


def save(browser, provider, **changes):
    return browser.post(edit_page(provider), shown(browser, provider) | {"do": "save"} | changes)


def test_a_form_that_is_sent_back_untouched_changes_nothing(provider, browser):
    before = Provider.objects.filter(pk=provider.pk).values().get()
    answer = browser.post(edit_page(provider), shown(browser, provider))
    assert answer.status_code == 302
    assert Provider.objects.filter(pk=provider.pk).values().get() == before


def test_an_empty_listing_is_sent_back_untouched_too():
    provider = make_provider(account=make_account())
    browser = signed_in(owner_of(provider.account))
    assert browser.post(edit_page(provider), shown(browser, provider)).status_code == 302
    provider.refresh_from_db()
    assert (provider.version, provider.provenance) == (1, {})


def test_only_what_a_person_changed_is_written_logged_and_pinned(provider, browser):
    answer = save(browser, provider, totalNodes="95", comments="")
    assert answer["Location"] == f"/dashboard/providers/{provider.slug}/"
    after = Provider.objects.get(pk=provider.pk)
    assert (after.total_nodes, after.comments, after.version) == (95, None, provider.version + 1)
    pinned = {name for name, mark in after.provenance.items() if mark["pinned"]}
    assert pinned == {"totalNodes", "comments"}
    logged = Change.objects.of(provider).filter(version=after.version)
    assert {(c.field, c.source) for c in logged} == {("totalNodes", Source.OWNER), ("comments", Source.OWNER)}
    event = AuditEvent.objects.filter(action="provider.updated").latest("id")
    assert event.actor.startswith("user:")


def test_every_field_can_be_changed(provider, browser):
    changes = {
        "name": "Other Name",
        "description": "Other words",
        "longDescription": "Two\r\nlines",
        "website": "https://other.example.com",
        "discord": "https://discord.gg/other",
        "country": "Germany",
        "type": "dedicated",
        "comments": "None",
        "totalNodes": "1",
        "totalClients": "2",
        "uptimePercentage": "99.5",
        "sla": "99.123",
        "responseTimeHours": "0.25",
        "pnrEligiblePercent": "1",
        "arcaneOsPercent": "2",
        "dataCenters": "",
        "languages": "DE, en",
        "supportChannels": ["ticket", "x"],
    }
    flags = [name for name in FULL_BODY if isinstance(FULL_BODY[name], bool)]
    for name in flags:
        changes[name] = [] if FULL_BODY[name] else ["on"]
    changes |= {"tiers-0-price": "8", "tiers-0-planName": ""}
    before = shown_values(provider)
    assert save(browser, provider, **changes).status_code == 302
    after = shown_values(Provider.objects.get(pk=provider.pk))
    assert [name for name in after if after[name] == before[name]] == []
    assert after["longDescription"] == "Two\nlines"
    assert after["languages"] == ["de", "en"]
    assert after["tiers"][0] == {"tier": "cumulus", "price": "8", "planName": "Cumulus"}
    assert ListingForm.base_fields.keys() | {"tiers"} == after.keys()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("name", "x", "at least 2 characters"),
        ("description", "x" * 201, "no more than 200"),
        ("website", "ftp://example.com", "Must be an http or https URL"),
        ("discord", "https://example.com", "Must be https://discord.gg/"),
        ("country", "Polnd", "did you mean Poland?"),
        ("totalNodes", "many", "Must be a whole number"),
        ("totalNodes", "1.5", "Must be a whole number"),
        ("dataCenters", "1001", "less than or equal to 1000"),
        ("sla", "100.001", "less than or equal to 100"),
        ("sla", "99,9", "Must be a number"),
        ("languages", "en, xx", "Number 2: &quot;xx&quot; is not an ISO 639-1"),
        ("type", "", "Must be one of: managed, selfSetup, dedicated"),
        ("supportChannels", "pigeon", "not one of the available choices"),
    ],
)
def test_a_fault_stands_beside_its_field_and_nothing_is_written(provider, browser, name, text, sentence):
    answer = save(browser, provider, **{name: text, "comments": "Also changed"})
    page = answer.content.decode()
    assert answer.status_code == 400
    field = re.search(
        rf'<(?:div|fieldset) class="field">(?:(?!class="field").)*id_{name}\b.*?(?=class="field")', page, re.DOTALL
    )
    assert field
    assert sentence in field[0]
    provider.refresh_from_db()
    assert provider.comments == "Prices include VAT"
    assert controls(page)["comments"] == "Also changed"


def test_a_taken_name_is_refused_beside_the_name(provider, browser):
    make_provider(name="Taken")
    answer = save(browser, provider, name="TAKEN")
    assert answer.status_code == 409
    assert "Another provider has this name" in answer.content.decode()


def test_what_looks_odd_is_saved_and_said(provider, browser):
    save(browser, provider, uptimePercentage="90")
    page = browser.get(f"/dashboard/providers/{provider.slug}/").content.decode()
    assert "promises more than uptimePercentage shows" in page


def test_a_row_of_prices_is_added_and_removed_without_saving(provider, browser):
    more = browser.post(edit_page(provider), shown(browser, provider) | {"do": "add-row", "totalNodes": "7"})
    form = controls(more.content.decode())
    assert {"tiers-3-tier", "tiers-3-price"} <= form.keys()
    assert form["totalNodes"] == "7"
    form |= {"tiers-3-tier": "nimbus", "tiers-3-price": "20", "tiers-3-planName": "Big", "do": "remove-row-0"}
    form = controls(browser.post(edit_page(provider), form).content.decode())
    assert "tiers-3-price" not in form
    assert Provider.objects.get(pk=provider.pk).tiers.count() == 3
    assert browser.post(edit_page(provider), form).status_code == 302
    tiers = list(Provider.objects.get(pk=provider.pk).tiers.values_list("tier", "plan_name"))
    assert tiers == [("nimbus", "Nimbus"), ("stratus", "Stratus"), ("nimbus", "Big")]


def test_all_prices_can_be_removed(provider, browser):
    form = shown(browser, provider)
    for _ in range(3):
        form = controls(browser.post(edit_page(provider), form | {"do": "remove-row-0"}).content.decode())
    browser.post(edit_page(provider), form)
    assert not Provider.objects.get(pk=provider.pk).tiers.exists()


def test_rows_end_at_twelve(provider, browser):
    form = shown(browser, provider)
    for n in range(13):
        form |= {f"tiers-{n}-tier": "nimbus", f"tiers-{n}-price": "1", f"tiers-{n}-planName": f"Plan {n}"}
    page = browser.post(edit_page(provider), form).content.decode()
    assert "no more than 12" in page
    assert "Add a price" not in page


def test_a_fault_in_a_price_stands_in_its_row(provider, browser):
    changes = {"tiers-0-price": "", "tiers-0-planName": "", "tiers-1-price": "7.999", "tiers-2-price": "x"}
    page = save(browser, provider, **changes).content.decode()
    rows = page.split('role="group"')[1:]
    assert ["errorlist" in row for row in rows] == [False, True, True]
    assert "2 decimal places" in rows[1]
    assert "Price: must be a number" in rows[2]


def test_a_repeated_plan_is_refused_in_its_row(provider, browser):
    page = save(browser, provider, **{"tiers-1-tier": "cumulus", "tiers-1-planName": "Cumulus"}).content.decode()
    assert "Repeats a tier and planName" in page.split('role="group"')[2]


def test_a_change_since_the_form_was_opened_is_shown_and_not_overwritten(provider, browser):
    form = shown(browser, provider) | {"comments": "Mine", "sla": "95"}
    fields = {"total_nodes": 500, "sla": 97, "description": "Theirs"}
    apply_update(Proposal(provider=provider, fields=fields, source=Source.PUSH))
    answer = browser.post(edit_page(provider), form)
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "Taken over from the change: Description, Nodes" in page
    assert "shown as you typed it: Promised uptime" in page
    merged = controls(page)
    assert (merged["totalNodes"], merged["comments"], merged["sla"]) == ("500", "Mine", "95")
    assert Provider.objects.get(pk=provider.pk).comments == "Prices include VAT"
    assert browser.post(edit_page(provider), merged).status_code == 302
    after = Provider.objects.get(pk=provider.pk)
    assert (after.total_nodes, after.comments, str(after.sla), after.description) == (
        500,
        "Mine",
        "95.000",
        "Theirs",
    )


def test_an_old_form_reads_one_change_of_each_field_however_many_there_were(provider, browser, monkeypatch):
    form = shown(browser, provider) | {"comments": "Mine"}
    for number in range(30):
        fields = {"total_nodes": 500 + number, "sla": 97 - number}
        apply_update(Proposal(provider=provider, fields=fields, source=Source.PUSH))
    read, from_db = [], Change.from_db

    def counted(*row):
        read.append(row)
        return from_db(*row)

    monkeypatch.setattr(Change, "from_db", counted)
    merged = controls(browser.post(edit_page(provider), form).content.decode())
    assert (merged["totalNodes"], merged["sla"], merged["comments"]) == ("529", "68", "Mine")
    assert len(read) == 2


def test_prices_that_a_push_changed_meanwhile_are_taken_over(provider, browser):
    form = shown(browser, provider) | {"comments": "Mine"}
    fields, _ = read_push({"tiers": [{"tier": "nimbus", "price": 5}]})
    apply_update(Proposal(provider=provider, fields=fields, source=Source.PUSH))
    merged = controls(browser.post(edit_page(provider), form).content.decode())
    assert (merged["tiers-0-tier"], merged["tiers-0-price"]) == ("nimbus", "5")
    assert "tiers-1-price" not in merged


def test_a_change_between_the_look_and_the_lock_is_noticed(provider, browser, monkeypatch):
    form = shown(browser, provider) | {"comments": "Mine"}
    clean = ListingForm.is_valid

    def pushed_meanwhile(self):
        apply_update(Proposal(provider=provider, fields={"total_nodes": 500}, source=Source.PUSH))
        return clean(self)

    monkeypatch.setattr(ListingForm, "is_valid", pushed_meanwhile)
    answer = browser.post(edit_page(provider), form)
    assert answer.status_code == 412
    assert controls(answer.content.decode())["totalNodes"] == "500"
    assert Provider.objects.get(pk=provider.pk).comments == "Prices include VAT"


def test_a_sign_of_life_meanwhile_is_no_change(provider, browser):
    form = shown(browser, provider) | {"comments": "Mine"}
    apply_update(Proposal(provider=provider, fields={"total_nodes": 89}, source=Source.PUSH))
    assert browser.post(edit_page(provider), form).status_code == 302


@pytest.mark.parametrize("version", ["", "x", "0", "99999999999999999999", "²"])
def test_a_form_without_a_version_of_ours_is_asked_again(provider, browser, version):
    assert save(browser, provider, version=version, comments="Mine").status_code == 412


def test_a_field_that_is_not_sent_is_left_alone(provider, browser):
    browser.post(edit_page(provider), {"version": provider.version, "name": "Renamed", "acceptsFlux": "on"})
    after = Provider.objects.get(pk=provider.pk)
    assert (after.name, after.website, after.tiers.count()) == ("Renamed", "https://myprovider.com", 3)


def test_protected_fields_are_not_in_the_form_and_not_taken_from_it(provider, browser):
    save(
        browser,
        provider,
        slug="evil",
        verified="on",
        fluxLabsPartner="on",
        isDemo="on",
        rating="5",
        reviewCount="9",
    )
    after = Provider.objects.get(pk=provider.pk)
    assert (after.slug, after.verified, after.flux_labs_partner, after.is_demo) == ("acme", False, False, False)
    assert (after.rating, after.review_count) == (None, 0)


def test_hostile_text_is_escaped(provider, browser):
    hostile = '"><script>alert(1)</script>'
    save(browser, provider, description=hostile, **{"tiers-0-planName": hostile})
    for page in ("", "edit/", "changes/"):
        html = browser.get(f"/dashboard/providers/{provider.slug}/{page}").content.decode()
        assert "<script>alert" not in html
        assert outside_addresses(html) == []


def test_another_account_can_neither_look_nor_change(provider):
    browser = signed_in(owner_of(make_account()))
    assert browser.get(edit_page(provider)).status_code == 404
    assert browser.post(edit_page(provider), {"version": provider.version, "name": "Mine"}).status_code == 404
