"""`manage.py import_providers`: a directory from JSON or CSV, and what is refused of it."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts.tests.factories import make_account
from providers.models import Change, Provider, Source
from providers.services import Proposal, apply_update, shown_values
from providers.tests.factories import FULL_BODY, make_provider

pytestmark = pytest.mark.django_db
PROTECTED = {
    "fluxLabsPartner": True,
    "verified": True,
    "isDemo": True,
    "rating": 5,
    "reviewCount": 9,
}


@pytest.fixture
def account():
    return make_account(slug="nordic")


@pytest.fixture
def run(account, tmp_path, capsys):
    """Return a function that imports some content and returns what was printed, and whether all was taken."""

    def run(content, *arguments, name="directory.json"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        try:
            call_command("import_providers", str(path), "--account", "nordic", *arguments)
        except CommandError as error:
            return capsys.readouterr().out + str(error), False
        return capsys.readouterr().out, True

    return run


def full(slug, **overrides):
    return {"slug": slug} | FULL_BODY | {"name": f"Name of {slug}"} | overrides


def test_a_listing_is_taken_whole_and_its_source_is_noted(run):
    assert run([full("acme")]) == ("1 created, 0 updated, 0 unchanged, 0 refused.\n", True)
    provider = Provider.objects.get()
    shown = shown_values(provider)
    assert (shown["country"], len(shown["tiers"]), provider.account.slug) == ("Poland", 3, "nordic")
    assert {mark["source"] for mark in provider.provenance.values()} == {Source.IMPORT}
    assert not any(mark["pinned"] for mark in provider.provenance.values())


def test_a_refused_row_is_reported_by_field_and_sentence_and_leaves_nothing(run):
    rows = [
        full("good"),
        full("bad", website="ftp://x", tiers=[{"tier": "nimbus", "price": "7"}]),
        full("also-good"),
    ]
    output, is_taken = run(rows)
    assert not is_taken
    assert "listing 2 (bad): website: must be an http or https URL" in output
    assert "listing 2 (bad): tiers[0].price: must be a number" in output
    assert "1 of 3 listings refused" in output
    assert set(Provider.objects.values_list("slug", flat=True)) == {"good", "also-good"}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("x", "must be a JSON object"),
        ({"name": "No slug"}, "(no slug): slug: is missing\n"),
        ({"slug": 7, "name": "Number"}, "slug: must be a string"),
        ({"slug": "Not A Slug", "name": "Bad"}, "slug: must be 2 to 64 of"),
        ({"slug": "schema", "name": "A route"}, "slug: is an address of the directory itself\n"),
        ({"slug": "bad one", "name": "x"}, "slug: must be 2 to 64 of a-z, 0-9 and single -\n"),
        ({"slug": "bad one", "name": "x"}, "name: must have at least 2 characters\n"),
        ({"slug": "schema", "name": "x"}, "slug: is an address of the directory itself\n"),
        ({"slug": "nameless"}, "name: a new listing needs one"),
        ({"slug": "nameless", "sla": "99"}, "name: a new listing needs one"),
        ({"sla": "99"}, "name: a new listing needs one"),
        ({"slug": "twin", "name": "TAKEN"}, "name: another provider has this name"),
    ],
)
def test_a_row_that_is_no_listing_is_refused_with_its_reason(run, row, sentence):
    make_provider(name="Taken")
    output, is_taken = run([row])
    assert sentence in output
    assert not is_taken
    assert Provider.objects.count() == 1


def test_protected_fields_are_ignored_and_named(run):
    output, is_taken = run([full("acme", **PROTECTED, colour="blue")])
    assert is_taken
    provider = Provider.objects.get()
    assert (provider.verified, provider.flux_labs_partner, provider.is_demo) == (False, False, False)
    assert (provider.rating, provider.review_count) == (None, 0)
    for name in PROTECTED:
        assert f"ignored {name}: is managed by Fluxme" in output
    assert "ignored colour: unknown field" in output


def test_an_existing_listing_is_changed_only_with_update_and_only_the_accounts_own(run, account):
    make_provider(account=account, slug="mine", name="Mine")
    make_provider(slug="theirs", name="Theirs")
    rows = [{"slug": "mine", "totalNodes": 7}, {"slug": "theirs", "totalNodes": 7}]
    output, _ = run(rows)
    assert "listing 1 (mine): slug: is taken (--update" in output
    output, is_taken = run(rows, "--update")
    assert "0 created, 1 updated, 0 unchanged, 1 refused" in output
    assert not is_taken
    assert dict(Provider.objects.values_list("slug", "total_nodes")) == {"mine": 7, "theirs": None}
    assert "1 unchanged" in run(rows[:1], "--update")[0]


@pytest.mark.parametrize("arguments", [(), ("--update",)])
def test_of_two_listings_with_one_slug_the_first_is_taken(run, arguments):
    output, is_taken = run([full("acme", totalNodes=1), full("acme", totalNodes=2)], *arguments)
    assert "listing 2 (acme): slug: is that of listing 1 too\n" in output
    assert "1 created, 0 updated, 0 unchanged, 1 refused" in output
    assert not is_taken
    assert Provider.objects.get().total_nodes == 1


def test_an_import_takes_no_pin_away(run, account):
    provider = make_provider(account=account, slug="mine")
    apply_update(Proposal(provider=provider, fields={"total_nodes": 5}, source=Source.PUSH))
    run([{"slug": "mine", "totalNodes": 7}], "--update")
    provider.refresh_from_db()
    assert (provider.total_nodes, provider.provenance["totalNodes"]["pinned"]) == (7, True)


def test_a_dry_run_says_what_would_happen_and_writes_nothing(run):
    output, is_taken = run([full("acme"), full("acme"), full("bad", sla=101)], "--dry-run")
    assert "Would be: 1 created, 0 updated, 0 unchanged, 2 refused." in output
    assert not is_taken
    assert not Provider.objects.exists()
    assert not Change.objects.exists()


def test_the_answer_of_the_api_is_read_as_it_is(run, client, account):
    provider = make_provider(account=account, slug="acme", name="Acme", fields={"total_nodes": 5, "country": "PL"})
    before = shown_values(provider)
    body = client.get("/api/providers").content
    output, is_taken = run(body, "--update")
    assert "1 unchanged" in output
    assert is_taken
    assert shown_values(Provider.objects.get()) == before


def sheet(*rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def test_a_sheet_is_read_by_its_headings(run):
    row = {
        "slug": "acme",
        "name": "Acme, Inc.",
        "description": "'=Not a formula",
        "longDescription": "Two\nlines",
        "country": "UK",
        "tiers": "cumulus:7.99; nimbus:17.99:Big one",
        "totalNodes": "7",
        "sla": "99.9",
        "languages": "en; PL",
        "supportChannels": '["email", "x"]',
        "acceptsFlux": "TRUE",
        "autoRenew": "",
        "verified": "true",
    }
    output, is_taken = run(b"\xef\xbb\xbf" + sheet(row), name="directory.csv")
    assert is_taken, output
    assert "ignored verified" in output
    shown = shown_values(Provider.objects.get())
    assert shown["tiers"] == [
        {"tier": "cumulus", "price": "7.99", "planName": "Cumulus"},
        {"tier": "nimbus", "price": "17.99", "planName": "Big one"},
    ]
    assert (shown["country"], shown["description"]) == ("United Kingdom", "=Not a formula")
    assert (shown["languages"], shown["supportChannels"]) == (["en", "pl"], ["email", "x"])
    assert (shown["acceptsFlux"], shown["autoRenew"], shown["totalNodes"]) == (True, False, 7)


def test_a_wrong_cell_is_refused_like_a_wrong_value(run):
    rows = [
        {"slug": "a-1", "name": "One", "totalNodes": "many", "acceptsFlux": "yes"},
        {"slug": "a-2", "name": "Two", "totalNodes": "1.5", "tiers": "[broken"},
    ]
    output, _ = run(sheet(*rows), name="directory.csv")
    for sentence in (
        "line 2 (a-1): totalNodes: must be a whole number",
        "line 2 (a-1): acceptsFlux: must be true or false",
        "line 3 (a-2): totalNodes: must be a whole number",
        "line 3 (a-2): tiers: must be a list",
    ):
        assert sentence in output
    assert not Provider.objects.exists()


def test_a_cell_that_is_no_json_refuses_its_row_alone(run):
    deep, good = "[" * 50_000, '"[""pl""]"'
    said, was_all_taken = run(f"slug,name,languages\na-a,Ay,{deep}\nb-b,Bee,{good}".encode(), name="directory.csv")
    assert not was_all_taken
    assert "line 2 (a-a): languages" in said
    assert Provider.objects.get().languages == ["pl"]


def test_a_sheet_of_what_the_api_shows_changes_nothing(run, account, client):
    fields = {"total_nodes": 5, "country": "PL", "description": "One, two", "languages": ["en", "pl"]}
    tiers = [{"tier": "nimbus", "price": 7, "plan_name": "A; B"}]
    make_provider(account=account, slug="acme", name="Acme", fields=fields | {"tiers": tiers})
    make_provider(account=account, slug="empty")
    before = {provider.slug: shown_values(provider) for provider in Provider.objects.all()}
    items = json.loads(client.get("/api/providers").content)["data"]["items"]
    rows = [{name: _cell(value) for name, value in item.items()} for item in items]
    output, is_taken = run(sheet(*rows), "--update", name="export.csv")
    assert is_taken, output
    assert "0 created, 0 updated, 2 unchanged" in output
    assert {provider.slug: shown_values(provider) for provider in Provider.objects.all()} == before


def _cell(value):
    if isinstance(value, bool | list):
        return json.dumps(value)
    return "" if value is None else value


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"\xff", "a.json", "not UTF-8"),
        (b"{", "a.json", "not valid JSON"),
        (b'{"slug": "acme"}', "a.json", "must be a JSON list"),
        (b"name\nAcme\n", "a.csv", "slug among them"),
        (b"slug,slug\na,b\n", "a.csv", "each once"),
        (b"", "a.csv", "slug among them"),
        (b"slug,name\nacme,Acme,more\n", "a.csv", "more cells"),
        (b'slug,name\nacme,"open\n', "a.csv", "unexpected end of data"),
        (b"[]", "a.txt", "give --format"),
    ],
)
def test_a_file_that_is_not_readable_is_refused_as_a_whole(run, content, name, sentence):
    output, is_taken = run(content, name=name)
    assert sentence in output
    assert not is_taken


def test_a_missing_file_and_a_missing_account_are_one_sentence(account, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_providers", str(tmp_path / "none.json"), "--account", "nordic")
    with pytest.raises(CommandError, match="no account 'nobody'"):
        call_command("import_providers", str(tmp_path / "none.json"), "--account", "nobody")


def test_the_format_can_be_said(run):
    assert run(b"[]", "--format", "json", name="directory.txt")[1]
