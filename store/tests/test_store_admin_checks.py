"""The system check sees every way in which an admin may forget the scope."""

import pytest
from django import forms
from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from accounts.models import User
from store.models import Coupon, Order, OrderItem, Package, PackageCommand, StoreMember
from store.store_admin.checks import check_site, check_store_admin
from store.store_admin.filters import StoreListFilter, TenantRelatedFilter
from store.store_admin.forms import TenantForm
from store.store_admin.site import StoreAdminSite
from store.store_admin.tenancy import TenantInline, TenantModelAdmin

pytestmark = pytest.mark.once


class Plain(ModelAdmin):  # type: ignore[misc]
    pass


class WrongPath(TenantModelAdmin):
    store_path = "customer"


class ManyPath(TenantModelAdmin):
    store_path = "team__store"


class OffersPeople(TenantModelAdmin):
    pass


class PersonForm(TenantForm):
    person = forms.ModelChoiceField(User.objects.all())


class DeclaresPeople(TenantModelAdmin):
    form = PersonForm
    exclude = ["user"]


class FiltersByRelation(TenantModelAdmin):
    list_filter = ["coupon"]


class FiltersThroughRelation(TenantModelAdmin):
    list_filter = [("coupon__store", TenantRelatedFilter)]


class OpenFilter(admin.SimpleListFilter):
    title = parameter_name = "x"


class FiltersOpenly(TenantModelAdmin):
    list_filter = [OpenFilter]


class OpenInline(TabularInline):  # type: ignore[misc]
    model = OrderItem


class HasOpenInline(TenantModelAdmin):
    inlines = [OpenInline]


class WrongInline(TenantInline):
    model = OrderItem
    store_path = "package"


class HasWrongInline(TenantModelAdmin):
    inlines = [WrongInline]


class OpenFormSet(forms.BaseInlineFormSet):
    pass


class InlineWithOpenFormSet(TenantInline):
    model = OrderItem
    store_path = "order__store"
    formset = OpenFormSet  # type: ignore[assignment]


class HasOpenFormSet(TenantModelAdmin):
    inlines = [InlineWithOpenFormSet]


class CompletesFromNowhere(TenantModelAdmin):
    autocomplete_fields = ["category"]


class RawIds(TenantModelAdmin):
    raw_id_fields = ["category"]


class EditsInTheList(TenantModelAdmin):
    list_editable = ["name"]


class OpenForm(forms.ModelForm):
    pass


class HasOpenForm(TenantModelAdmin):
    form = OpenForm  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("bad", "model", "number"),
    [
        (Plain, Package, "E001"),
        (WrongPath, Order, "E002"),
        (ManyPath, Coupon, "E002"),
        (OffersPeople, StoreMember, "E003"),
        (DeclaresPeople, StoreMember, "E003"),
        (FiltersByRelation, Order, "E004"),
        (FiltersThroughRelation, Order, "E004"),
        (FiltersOpenly, Order, "E004"),
        (HasOpenInline, Order, "E005"),
        (HasWrongInline, Order, "E002"),
        (HasOpenFormSet, Order, "E005"),
        (CompletesFromNowhere, Package, "E006"),
        (RawIds, Package, "E007"),
        (EditsInTheList, Package, "E007"),
        (HasOpenForm, Package, "E008"),
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_an_admin_that_forgets_the_scope_is_refused(bad, model, number):
    site = StoreAdminSite()
    site.register(model, bad)
    assert [fault.id for fault in check_site(site)] == [f"store_admin.{number}"]


class OwnFilter(StoreListFilter):
    title = parameter_name = "own"


class Commands(TenantInline):
    model = PackageCommand
    store_path = "package__store"


class Good(TenantModelAdmin):
    list_filter = [
        ("category", TenantRelatedFilter),
        "is_active",
        ("hidden_at", admin.EmptyFieldListFilter),
        OwnFilter,
    ]
    inlines = [Commands]


def test_an_admin_that_scopes_everything_passes():
    site = StoreAdminSite()
    site.register(Package, Good)
    assert check_site(site) == []
    assert check_store_admin() == []
