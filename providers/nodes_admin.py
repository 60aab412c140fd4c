"""Payment addresses in the staff admin: the staff enter those that a provider has shown to be theirs."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts.admin_base import ServiceAdmin
from accounts.models import User
from providers.models import PaymentAddress
from providers.services import nodes as services


@admin.register(PaymentAddress)
class PaymentAddressAdmin(ServiceAdmin):
    """Addresses whose nodes count for a listing. None is changed: one is removed, another added."""

    list_display = ["address", "provider"]
    list_select_related = ["provider"]
    search_fields = ["=address", "=provider__slug"]
    autocomplete_fields = ["provider"]
    fields = ("provider", "address")
    ordering = ["provider__slug", "address"]
    show_full_result_count = False
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: PaymentAddress | None = None) -> bool:
        """Nobody changes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Leave it to the permissions of the staff."""
        return bool(super(ServiceAdmin, self).has_delete_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: PaymentAddress, form: Any, change: bool) -> None:
        """Add it through the service."""
        row = services.add_payment_address(
            provider=obj.provider, address=obj.address, actor=cast(User, request.user)
        )
        obj.pk = row.pk

    def delete_model(self, request: HttpRequest, obj: PaymentAddress) -> None:
        """Remove it through the service."""
        services.remove_payment_address(row=obj, actor=cast(User, request.user))
