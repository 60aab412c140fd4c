"""The base of the staff's pages: fast lists, and deeds that ask for a reason and leave it in the audit trail."""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from api.errors import PlatformError
from audit.admin_base import BoundedPaginator, ReadOnlyAdmin
from audit.services import record
from store.models import Store
from store.staff_admin.search import found
from store.store_admin import refusals
from store.store_admin.amounts import shown

MAX_REASON = 500


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        max_length=MAX_REASON,
        help_text="Kept in the audit trail under your name. Write no e-mail address, code or key.",
        widget=UnfoldAdminTextInputWidget,
    )

    def clean_reason(self) -> str:
        """Refuse what looks like an address: the trail is kept for good."""
        reason: str = self.cleaned_data["reason"]
        if "@" in reason:
            raise forms.ValidationError("Leave the e-mail address out: the audit trail is kept for good.")
        return reason


def amount(column: str, title: str) -> Callable[[Any, Any], str]:
    """Return a column of an admin that shows an amount with its currency's decimals."""

    @admin.display(description=title)
    def show(self: "StaffAdmin", row: Any) -> str:
        return shown(getattr(row, column), self.store_of(row))

    return show


class StaffAdmin(ReadOnlyAdmin):
    """Rows of every store.

    store_path: the lookup to the store. by_id, by_word: what a UUID and any other word of a search mean.
    """

    store_path: ClassVar[str] = "store"
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    list_select_related = ["store"]
    ordering = ["-created_at", "-pk"]
    # Django draws the search box for these; `get_search_results` looks.
    search_fields = ["pk"]
    search_help_text = "A store's id, an id, or a name; several words narrow the list."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by indexes, a word after the other."""
        rows = found(queryset, search_term, store_path=self.store_path, by_id=self.by_id, by_word=self.by_word)
        return rows, False

    def by_id(self, wanted: str) -> Q:
        """Return what a UUID means: the row of that key."""
        return Q(pk=wanted)

    def by_word(self, word: str) -> Q:
        """Return what a word means: a part of the name."""
        return Q(name__icontains=word)

    def has_act_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether this member of the staff may do anything about these rows."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def may_act(self, request: HttpRequest, object_id: str | None, is_possible: Callable[[Any], bool]) -> bool:
        """Return whether a deed is allowed, and possible as the row stands."""
        row = self.get_object(request, object_id or "") if self.has_act_permission(request) else None
        return row is not None and is_possible(row)

    @admin.display(description="Audit trail")
    def trail(self, row: Model) -> SafeString:
        """Return the way to what is on record about the row."""
        url = reverse("admin:audit_auditevent_changelist")
        return format_html('<a href="{}?q={}:{}">Show the events</a>', url, self.opts.label_lower, row.pk)

    def deed(
        self,
        request: HttpRequest,
        object_id: str,
        act: Callable[[Any, dict[str, Any], User], str],
        *,
        verb: str,
        done: str,
        text: str,
        form: Callable[[Any, Any], forms.Form] | None = None,
    ) -> HttpResponse:
        """Ask for a reason, then act by a service, with an event `<noun>.<done>_by_staff` in the same transaction.

        act: gets the row, the cleaned values and the person; returns what to say. form: makes another form of what
        was posted and the row; it has a `reason` too. A refusal comes back in the form (400).
        """
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        person = cast(User, request.user)
        posted = request.POST if request.method == "POST" else None
        asked = form(posted, row) if form else ReasonForm(posted)
        if posted is not None and asked.is_valid():
            try:
                with transaction.atomic():
                    said = act(row, asked.cleaned_data, person)
                    self._record(row, done, asked.cleaned_data["reason"], person)
            except PlatformError as error:
                refusals.add_to(asked, error)
            else:
                self.message_user(request, said)
                return HttpResponseRedirect(self._url_after(row))
        return self._ask(request, row, asked, verb, text)

    def store_of(self, row: Any) -> Store:
        """Return the store of a row."""
        return cast(Store, row if isinstance(row, Store) else row.store)

    def _record(self, row: Any, done: str, reason: str, person: User) -> None:
        noun = str(self.opts.verbose_name).replace(" ", "_")
        account_id = self.store_of(row).account_id
        record(f"{noun}.{done}_by_staff", target=row, account_id=account_id, user=person, data={"reason": reason})

    def _url_after(self, row: Any) -> str:
        kind = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        exists = self.model._default_manager.filter(pk=row.pk).exists()
        return reverse(f"{kind}_change", args=[row.pk]) if exists else reverse(f"{kind}_changelist")

    def _ask(self, request: HttpRequest, row: Any, form: forms.Form, verb: str, text: str) -> HttpResponse:
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
        context = self.admin_site.each_context(request) | {
            "title": verb,
            "subtitle": str(row),
            "opts": self.opts,
            "original": row,
            "form": form,
            "media": self.media + form.media,
            "verb": verb,
            "text": f"{text} Store: {self.store_of(row)}.",
            "is_dangerous": True,
            "back": back,
        }
        return TemplateResponse(request, "store_admin/ask.html", context, status=400 if form.errors else 200)
