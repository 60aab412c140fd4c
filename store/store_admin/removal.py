"""Deleting several rows at once."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from api.errors import PlatformError

if TYPE_CHECKING:
    from store.store_admin.tenancy import TenantModelAdmin

MOST = 500


@admin.action(description="Delete selected %(verbose_name_plural)s", permissions=["delete"])
def remove_selected(
    modeladmin: "TenantModelAdmin", request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Ask, then end each row by its service; what a service refuses stays, and is said."""
    if queryset.order_by()[MOST : MOST + 1].exists():
        text = f"At most {MOST} rows can be deleted at once: choose fewer, then try again."
        modeladmin.message_user(request, text, messages.ERROR)
        return None
    if not request.POST.get("post"):
        return delete_selected(modeladmin, request, queryset)
    number = 0
    for row in queryset:
        try:
            modeladmin.remove(request, row)
            number += 1
        except PlatformError as error:
            modeladmin.message_user(request, f"{row}: {error.message}", messages.ERROR)
    if number:
        noun = modeladmin.opts.verbose_name if number == 1 else modeladmin.opts.verbose_name_plural
        modeladmin.message_user(request, f"{number} {noun} deleted.", messages.SUCCESS)
    return None
