"""The route table: what the shipped TSV says, and what this platform makes of it."""

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cloud.management.commands import cloud_routes
from cloud.route_table import ROUTES
from cloud.routes import Route, read_table, stricter
from cloud.tiers import TIERS

pytestmark = pytest.mark.once

TABLE = (cloud_routes.FOLDER / "routes.tsv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(TABLE.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
# Who passes each tier, for an app of somebody's.
PASSES = {
    "public": {"nobody", "user", "owner", "team", "operator"},
    "user": {"user", "owner", "team", "operator"},
    "appownerabove": {"owner", "team", "operator"},
    "adminandfluxteam": {"team", "operator"},
    "appowner": {"owner"},
    "fluxteam": {"team"},
    "admin": {"operator"},
}


def route(method: str, literal: str) -> Route:
    (found,) = (r for r in ROUTES if r.method == method and r.literal == literal)
    return found


def test_the_module_is_what_the_table_says():
    assert tuple(read_table(TABLE)) == ROUTES
    call_command("cloud_routes", "--check", stdout=StringIO())


def test_a_module_that_is_not_what_the_table_says_is_found(tmp_path, monkeypatch):
    (tmp_path / "routes.tsv").write_text("\n".join(TABLE.splitlines()[:20]))
    monkeypatch.setattr(cloud_routes, "FOLDER", tmp_path)
    call_command("cloud_routes", stdout=StringIO())
    call_command("cloud_routes", "--check", stdout=StringIO())
    (tmp_path / "route_table.py").write_text("ROUTES = ()\n")
    with pytest.raises(CommandError, match="cloud_routes"):
        call_command("cloud_routes", "--check", stdout=StringIO())


def test_all_routes_of_the_api_are_there_once():
    assert len(ROUTES) == 485
    assert len({(r.method, r.literal.lower(), len(r.names)) for r in ROUTES}) == 485


def test_a_route_has_the_stricter_of_the_two_tiers():
    for row, found in zip(ROWS, ROUTES, strict=True):
        assert found.tier in TIERS
        for told in (row["tier_code"], row["tier_doc"].lower()):
            if told in PASSES:
                assert PASSES[found.tier] <= PASSES[told], (found.path, told)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("public", "", "public"),
        ("admin", "public", "admin"),
        ("adminandfluxteam", "admin", "admin"),
        ("appownerabove", "adminandfluxteam", "adminandfluxteam"),
        ("user", "appownerabove", "appownerabove"),
    ],
)
def test_the_stricter_of_two_tiers(one, other, expected):
    assert stricter(one, other) == stricter(other, one) == expected


def test_only_public_gets_are_kept_and_for_as_long_as_the_table_says():
    for row, found in zip(ROWS, ROUTES, strict=True):
        if found.is_kept:
            assert (found.method, found.tier) == ("GET", "public")
            assert found.cache_seconds == int(row["cache_s"])
        if "do not cache" in row["note"]:
            assert not found.is_kept


@pytest.mark.parametrize(
    "literal", ["/daemon/stop", "/daemon/dumpprivkey", "/daemon/sendtoaddress", "/flux/restart", "/apps/appstart"]
)
def test_a_call_that_changes_something_is_never_kept(literal):
    assert route("GET", literal).changes_state


def test_what_a_node_answers_by_the_address_of_the_caller_is_not_forwarded():
    for row, found in zip(ROWS, ROUTES, strict=True):
        if "NOT proxy" in row["note"] or "node-signature" in row["tier_code"] or "remote ip" in row["note"]:
            assert found.is_forbidden
    assert sum(found.is_forbidden for found in ROUTES) == 6


def test_what_is_the_operators_own_is_marked():
    assert route("GET", "/daemon/getinfo").private_fields == ("balance",)
    assert route("GET", "/daemon/validateaddress").private_fields == ("ismine", "iswatchonly")


def test_specifications_of_an_app_are_decrypted_for_its_owner_alone():
    assert route("GET", "/apps/appspecifications").decrypt_tier == "appownerabove"
