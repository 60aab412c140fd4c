"""The six fields that Fluxme manages, and every way by which values come in: none of them moves one."""

import json
from decimal import Decimal

import pytest
from django.core.management import call_command

from accounts.tests.pages import owner_of as manager_of
from accounts.tests.pages import signed_in
from providers import claims
from providers.models import Provider, PullFormat, RunStatus
from providers.names import PROTECTED
from providers.pulling import pull
from providers.tests.factories import make_provider, owner_of, push
from providers.tests.feeds import make_source

pytestmark = pytest.mark.django_db
FORGED = {
    "slug": "hijacked",
    "fluxLabsPartner": False,
    "verified": False,
    "isDemo": True,
    "rating": 5,
    "reviewCount": 1_000,
}
BODY = FORGED | {"totalNodes": 77}


def by_push(provider, feed, tmp_path):
    assert push(owner_of(provider), "acme", BODY).status_code == 200


def by_push_of_what_was_read(provider, feed, tmp_path):
    client = owner_of(provider)
    assert push(client, "acme", client.get("/api/providers/acme").json()["data"] | BODY).status_code == 200


def by_strict_push(provider, feed, tmp_path):
    client = owner_of(provider)
    assert push(client, "acme", BODY, HTTP_PREFER="handling=strict").status_code == 400
    push(client, "acme", {"totalNodes": 77})


def by_pull(provider, feed, tmp_path, **given):
    feed.says(BODY)
    make_source(provider, feed.url(), **given)
    (claimed,) = claims.claim(10)
    run = pull(claimed)
    assert run is not None
    assert run.status == RunStatus.APPLIED


def by_mapping(provider, feed, tmp_path):
    rules = {"totalNodes": "totalNodes", "name": "isDemo", "sla": "slug"}
    by_pull(provider, feed, tmp_path, format=PullFormat.MAPPING, mapping=rules)


def by_import(provider, feed, tmp_path):
    path = tmp_path / "directory.json"
    path.write_text(json.dumps([BODY | {"slug": "acme"}]))
    call_command("import_providers", str(path), "--update", "--account", provider.account.slug)


def by_import_of_a_sheet(provider, feed, tmp_path):
    path = tmp_path / "directory.csv"
    row = BODY | {"slug": "acme", "isDemo": "true", "verified": "false", "fluxLabsPartner": "false"}
    path.write_text(",".join(row) + "\n" + ",".join(str(value) for value in row.values()) + "\n")
    call_command("import_providers", str(path), "--update", "--account", provider.account.slug)


def by_the_form(provider, feed, tmp_path):
    browser = signed_in(manager_of(provider.account))
    form = {name: str(value) for name, value in BODY.items()} | {"version": provider.version, "do": "save"}
    flags = {"hasDiscount": ""} if provider.has_discount else {}
    assert browser.post("/dashboard/providers/acme/edit/", form | flags).status_code == 302


WAYS = [
    by_push,
    by_push_of_what_was_read,
    by_strict_push,
    by_pull,
    by_mapping,
    by_import,
    by_import_of_a_sheet,
    by_the_form,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_moves_a_protected_field(way, feed, tmp_path):
    provider = make_provider(slug="acme", name="Acme")
    standing = {"verified": True, "flux_labs_partner": True, "rating": Decimal("3.50"), "review_count": 2}
    Provider.objects.filter(pk=provider.pk).update(**standing)
    provider.refresh_from_db()
    before = {name: getattr(provider, name) for name in PROTECTED}
    way(provider, feed, tmp_path)
    provider.refresh_from_db()
    assert {name: getattr(provider, name) for name in PROTECTED} == before
    # The way was really taken: what is the provider's own has moved.
    assert provider.total_nodes == 77
