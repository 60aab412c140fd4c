"""Asking before something is done: a page with a form, and what to do with it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from api.errors import PlatformError
from store.store_admin import refusals
from store.store_admin.chosen import store_of
from store.store_admin.forms import scope_fields

if TYPE_CHECKING:
    from store.store_admin.tenancy import TenantModelAdmin


class Nothing(Form):
    """The form of a question that needs no more than a yes."""


def ask(
    admin: "TenantModelAdmin",
    request: HttpRequest,
    row: Any,
    form: Form,
    act: Callable[[dict[str, Any]], str],
    *,
    title: str,
    verb: str,
    text: str = "",
    is_dangerous: bool = False,
) -> HttpResponse:
    """Show a form about a row, or do what it asks for and go back to the row.

    form: bound to `posted(request)`. act: gets the cleaned values, calls a service and returns the sentence that
    says what was done. A refusal of the service comes back in the form (400).
    """
    scope_fields(form, store_of(request))
    back = reverse(f"{admin.admin_site.name}:{admin.opts.app_label}_{admin.opts.model_name}_change", args=[row.pk])
    if request.method == "POST" and form.is_valid():
        try:
            done = act(form.cleaned_data)
        except PlatformError as error:
            refusals.add_to(form, error)
        else:
            admin.message_user(request, done)
            return HttpResponseRedirect(back)
    context = admin.admin_site.each_context(request) | {
        "title": title,
        "subtitle": str(row),
        "opts": admin.opts,
        "original": row,
        "form": form,
        "media": admin.media + form.media,
        "verb": verb,
        "text": text,
        "is_dangerous": is_dangerous,
        "back": back,
    }
    request.current_app = admin.admin_site.name
    return TemplateResponse(request, "store_admin/ask.html", context, status=400 if form.errors else 200)


def posted(request: HttpRequest) -> Any:
    """Return what a form is bound to: the posted fields, also when there are none; None for a GET."""
    return request.POST if request.method == "POST" else None
