"""Who set which field, and what a pull may do to it."""

from decimal import Decimal

import pytest

from audit.models import AuditEvent
from providers import services
from providers.models import Change, Source, TierName
from providers.services import Proposal, apply_update
from providers.tests.factories import make_provider, owner_of, push


def tier(price, plan_name="Cumulus", size=TierName.CUMULUS):
    return {"tier": size, "price": Decimal(price), "plan_name": plan_name}


def pull(provider, fields, **given):
    return apply_update(Proposal(provider=provider, fields=fields, source=Source.PULL, **given))


@pytest.mark.django_db
def test_a_push_pins_the_fields_that_it_names_even_when_they_stay_equal():
    provider = make_provider(fields={"total_nodes": 5})
    assert provider.provenance["totalNodes"]["pinned"] is False
    push(owner_of(provider), provider.slug, {"totalNodes": 5})
    provider.refresh_from_db()
    mark = provider.provenance["totalNodes"]
    assert (mark["source"], mark["pinned"]) == ("push", True)
    assert provider.provenance.keys() == {"totalNodes"}


@pytest.mark.django_db
@pytest.mark.parametrize("source", [Source.PUSH, Source.OWNER])
def test_a_pull_leaves_pinned_fields_alone_and_sets_the_others(source):
    provider = make_provider()
    apply_update(Proposal(provider=provider, fields={"total_nodes": 5}, source=source))
    update = pull(provider, {"total_nodes": 6, "total_clients": 7})
    assert (update.provider.total_nodes, update.provider.total_clients) == (5, 7)
    assert update.skipped == ("totalNodes",)
    assert [d.field for d in update.differences] == ["totalClients"]
    assert update.provider.provenance["totalClients"]["source"] == "pull"
    assert Change.objects.of(provider)[0].source == "pull"


@pytest.mark.django_db
def test_a_pull_may_set_a_field_whose_pin_was_released():
    provider = make_provider()
    apply_update(Proposal(provider=provider, fields={"total_nodes": 5}, source=Source.PUSH))
    before = services.release_pin(provider=provider, field="totalNodes").etag
    update = pull(provider, {"total_nodes": 6})
    assert (update.provider.total_nodes, update.skipped) == (6, ())
    assert update.provider.etag != before
    assert AuditEvent.objects.get(action="provider.pin_released").data == {"field": "totalNodes"}


@pytest.mark.django_db
def test_releasing_what_is_not_pinned_changes_nothing():
    provider = make_provider(fields={"total_nodes": 5})
    etag = services.release_pin(provider=provider, field="totalNodes").etag
    assert etag == services.release_pin(provider=provider, field="name").etag == provider.etag
    assert not AuditEvent.objects.filter(action="provider.pin_released").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("source", [Source.STAFF, Source.IMPORT])
def test_staff_and_imports_set_a_field_and_leave_its_pin(source):
    provider = make_provider()
    apply_update(Proposal(provider=provider, fields={"total_nodes": 5}, source=Source.PUSH))
    update = apply_update(
        Proposal(provider=provider, fields={"total_nodes": 6, "total_clients": 1, "sla": None}, source=source)
    )
    assert update.provider.total_nodes == 6
    marks = update.provider.provenance
    assert {name: mark["pinned"] for name, mark in marks.items()} == {"totalNodes": True, "totalClients": False}


@pytest.mark.django_db
def test_a_pull_is_a_sign_of_life_and_moves_the_etag():
    provider = make_provider(fields={"total_nodes": 5})
    after = pull(provider, {"total_nodes": 5}).provider
    assert after.last_pull_at is not None
    assert after.last_push_at is None
    assert (after.version, after.updated_at) == (provider.version, provider.updated_at)
    assert after.etag != provider.etag


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "after", "is_held"),
    [
        ({"total_nodes": 100}, {"total_nodes": 20}, False),
        ({"total_nodes": 100}, {"total_nodes": 19}, True),
        ({"total_nodes": 100}, {"total_nodes": None}, True),
        ({"total_nodes": 0}, {"total_nodes": None}, False),
        ({}, {"total_nodes": 3}, False),
        ({"tiers": [tier("7.99")]}, {"tiers": [tier("79.89")]}, False),
        ({"tiers": [tier("7.99")]}, {"tiers": [tier("79.90")]}, True),
        ({"tiers": [tier("7.99")]}, {"tiers": [tier("79.90", "Renamed")]}, True),
        ({"tiers": [tier("7.99")]}, {"tiers": [tier("79.90", "Big", TierName.STRATUS)]}, False),
        ({"tiers": [tier("0")]}, {"tiers": [tier("79.90")]}, False),
        ({"tiers": [tier("7.99")]}, {"tiers": []}, False),
    ],
)
def test_what_looks_broken_is_held_back(before, after, is_held):
    provider = make_provider(fields=before)
    update = pull(provider, after | {"total_clients": 4})
    assert [d.attribute for d in update.held] == (list(after) if is_held else [])
    assert ([d.attribute for d in update.differences] == ["total_clients"]) is is_held
    assert update.provider.total_clients == 4


@pytest.mark.django_db
def test_what_a_person_saw_is_applied():
    provider = make_provider(fields={"total_nodes": 100})
    update = pull(provider, {"total_nodes": 1}, guarded=False)
    assert (update.held, update.provider.total_nodes) == ((), 1)


@pytest.mark.django_db
def test_only_pulls_are_held_back():
    provider = make_provider(fields={"total_nodes": 100})
    assert (
        apply_update(
            Proposal(provider=provider, fields={"total_nodes": 1}, source=Source.PUSH)
        ).provider.total_nodes
        == 1
    )
