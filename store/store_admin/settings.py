"""The settings of the chosen store."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from api.errors import PlatformError
from store.models import Store, TeamPermission
from store.page_forms import name_field, zone_field
from store.services import update_store
from store.store_admin import refusals
from store.store_admin.chosen import person_of, store_of
from store.store_admin.site import Page, store_admin_site


class SettingsForm(forms.Form):
    """What of a store may change."""

    name = name_field()
    timezone = zone_field()
    bans_on_chargeback = forms.BooleanField(
        label="Ban players who charge back",
        required=False,
        help_text="Whoever has a payment taken back by the bank cannot buy here, until you lift the ban.",
        widget=UnfoldBooleanWidget,
    )
    # A form that was opened in one store must not write into another, chosen meanwhile in a second tab.
    seen_store = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, store: Store) -> None:
        names = ("name", "timezone", "bans_on_chargeback")
        super().__init__(data, initial={name: getattr(store, name) for name in names})
        self.store = store
        self.label_suffix = ""
        self.fields["name"].widget = UnfoldAdminTextInputWidget(attrs={"maxlength": 120})
        self.fields["timezone"].widget = UnfoldAdminSelectWidget(choices=self.fields["timezone"].choices)  # type: ignore[attr-defined]
        self.initial["seen_store"] = store.store_id

    def clean_seen_store(self) -> str:
        """Refuse what was meant for another store."""
        if self.cleaned_data["seen_store"] != self.store.store_id:
            text = f"You are working in {self.store.name} now, so nothing was saved. Switch back, then try again."
            raise forms.ValidationError(text)
        return self.store.store_id


def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the settings, or save them."""
    store = store_of(request)
    form = SettingsForm(request.POST if request.method == "POST" else None, store=store)
    if form.is_valid():
        fields = {name: form.cleaned_data[name] for name in form.cleaned_data if name != "seen_store"}
        try:
            update_store(store=store, actor=person_of(request), **fields)
        except PlatformError as error:
            refusals.add_to(form, error)
        else:
            messages.success(request, "The settings are saved.")
            return redirect("store_admin:settings")
    context = store_admin_site.each_context(request) | {"title": "Settings", "form": form, "store": store}
    return render(request, "store_admin/settings.html", context, status=400 if form.errors else 200)


store_admin_site.add_page(
    Page(
        "settings/",
        "settings",
        settings_page,
        "Settings",
        group="Configuration",
        icon="settings",
        permission=TeamPermission.EDIT,
    )
)
