"""No owner reads or takes anything of another, by any door of the store admin; the walk sees it when one can."""

import pytest
from django.contrib.admin import RelatedFieldListFilter
from django.contrib.admin.options import BaseModelAdmin

from accounts.tests.factories import make_user
from store.models import Package, StoreMember, TeamPermission
from store.store_admin import filters, forms, order_filters
from store.store_admin.access import StoreAccess
from store.store_admin.site import store_admin_site as site
from store.store_admin.tenancy import TenantModelAdmin
from store.tests.two_stores import build
from store.tests.walk import ROOT, Walk

# Others measure the code that these go over again.
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]

KINDS = ("routes", "own_pages", "searches", "filters", "actions", "forms")


@pytest.fixture
def walk(client):
    return Walk(client, build("Myownword"), build("Qzforeign"))


def test_an_owner_sees_and_takes_nothing_of_another(walk):
    _see_and_take_nothing(walk)


def test_a_member_sees_and_takes_nothing_of_a_second_store_of_the_same_account(client):
    mine = build("Myownword")
    other = build("Qzforeign", account=mine.store.account)
    StoreMember.objects.filter(store=mine.store).update(permissions=list(TeamPermission.values))
    mine.owner = StoreMember.objects.get(store=mine.store).user
    _see_and_take_nothing(Walk(client, mine, other))


def _see_and_take_nothing(walk):
    before = walk.other.snapshot()
    for kind in KINDS:
        assert list(getattr(walk, kind)()) == [], kind
    assert walk.other.snapshot() == before


def test_a_member_without_permission_changes_nothing(walk, client):
    person = make_user()
    StoreMember.objects.create(store=walk.mine.store, user=person, permissions=[])
    client.force_login(person)
    before = walk.mine.snapshot()
    for model, admin in site._registry.items():
        base = f"{ROOT}store/{model._meta.model_name}/"
        row = walk.mine.first(model)
        for path in (f"{base}add/", f"{base}{row.pk}/change/", f"{base}{row.pk}/delete/"):
            assert client.post(path, {"post": "yes"}).status_code == 403, path
        for name in admin.get_actions(walk.request()):
            if name != "export_csv":
                client.post(base, {"action": name, "_selected_action": [str(row.pk)], "post": "yes"})
    assert walk.mine.snapshot() == before


def open_rows(monkeypatch):
    monkeypatch.setattr(StoreAccess, "get_queryset", BaseModelAdmin.get_queryset)


def open_fields(monkeypatch):
    monkeypatch.setattr(forms, "scope_fields", lambda form, store: None)
    monkeypatch.setattr(StoreAccess, "get_field_queryset", BaseModelAdmin.get_field_queryset)


def open_filters(monkeypatch):
    monkeypatch.setattr(filters.TenantRelatedFilter, "field_choices", RelatedFieldListFilter.field_choices)


def open_own_filters(monkeypatch):
    everything = lambda self, store: [(str(row.pk), row.name) for row in Package.objects.all()]  # noqa: E731
    monkeypatch.setattr(order_filters.PackageFilter, "options", everything)


def open_searches(monkeypatch):
    unscoped = lambda self, request, rows, term: (self.model.objects.all(), False)  # noqa: E731
    monkeypatch.setattr(TenantModelAdmin, "get_search_results", unscoped)


@pytest.mark.parametrize(
    ("break_it", "kinds"),
    [
        (open_rows, ("routes", "searches", "filters", "actions")),
        (open_fields, ("forms",)),
        (open_filters, ("filters",)),
        (open_own_filters, ("filters",)),
        (open_searches, ("searches",)),
    ],
)
def test_the_walk_sees_what_is_open(walk, monkeypatch, break_it, kinds):
    break_it(monkeypatch)
    for kind in kinds:
        assert any("other store" in fault for fault in getattr(walk, kind)()), kind
