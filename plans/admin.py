"""Subscriptions and usage in the staff admin."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin_base import ServiceAdmin
from accounts.models import User
from audit.admin_base import ReadOnlyAdmin
from plans.catalogue import PRODUCTS
from plans.models import Status, Subscription, UsageCounter
from plans.services import set_plan

PLAN_NAMES = list(dict.fromkeys(plan.name for product in PRODUCTS.values() for plan in product.plans))


class SubscriptionForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A plan that the product has."""

    plan = forms.ChoiceField(choices=[(name, name) for name in PLAN_NAMES], widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Subscription
        fields = ["account", "product", "plan", "status", "ends_at"]
        help_texts = {"ends_at": "UTC. Empty: renews without an end."}

    def clean(self) -> dict[str, Any] | None:
        """Refuse a plan of another product."""
        data = super().clean()
        product = PRODUCTS.get((data or {}).get("product") or self.instance.product)
        names = [plan.name for plan in product.plans] if product else []
        if product and (data or {}).get("plan") not in names:
            self.add_error("plan", f"{product.title} has: {', '.join(names)}.")
        return data


@admin.register(Subscription)
class SubscriptionAdmin(ServiceAdmin):
    """Plans of accounts. Saving goes through the same service as the shell's `set_plan`, so it is audited."""

    form = SubscriptionForm
    list_display = ["account", "product", "plan", "status", "ends_at", "anchored_at"]
    list_filter = ["product", "plan", "status"]
    list_select_related = ["account"]
    search_fields = ["account__name", "account__slug"]
    autocomplete_fields = ["account"]
    fields = ["account", "product", "plan", "status", "ends_at", "anchored_at", "updated_at"]
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Subscription | None = None) -> list[str]:
        """The account and the product stay; the anchor is the service's."""
        return [*(["account", "product"] if obj else []), "anchored_at", "updated_at"]

    def save_model(self, request: HttpRequest, obj: Subscription, form: Any, change: bool) -> None:
        """Set the plan through the service."""
        saved = set_plan(
            account=obj.account,
            product=obj.product,
            plan=obj.plan,
            until=obj.ends_at,
            status=Status(obj.status),
            actor=cast(User, request.user),
        )
        obj.pk = saved.pk


@admin.register(UsageCounter)
class UsageCounterAdmin(ReadOnlyAdmin):
    """What is used, to look at."""

    list_display = ["account", "product", "counter", "period_start", "used"]
    list_filter = ["product", "counter"]
    list_select_related = ["account"]
    search_fields = ["account__name", "account__slug"]
