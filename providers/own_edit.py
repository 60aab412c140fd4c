"""The page on which a provider changes its listing."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.errors import FieldError
from providers import services
from providers.errors import NameTaken, PreconditionFailed
from providers.models import Change, Provider, TierName
from providers.own_forms import MAX_ROWS, ListingForm, posted, redrawn
from providers.own_pages import OwnProviderPage
from providers.own_values import canonical
from providers.wording import LABELS


class EditPage(OwnProviderPage):
    """Changes a listing, as a push would, unless somebody else changed it since it was shown."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show the form."""
        provider = self.provider()
        return self._draw(provider, ListingForm(present=_present(provider), version=provider.version))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Save, or draw the form again with a row more or less, with its faults, or with others' changes."""
        provider = self.provider()
        seen, wish = _whole(request.POST.get("version", "")), request.POST.get("do", "")
        present = _present(provider)
        if wish.startswith(("add-row", "remove-row")):
            return self._draw(provider, redrawn(request.POST, present=present, version=seen, wish=wish))
        form = ListingForm(request.POST, present=present, version=seen)
        if seen != provider.version:
            return self._merge(provider, seen)
        if not form.is_valid():
            return self._draw(provider, form, status=400)
        try:
            warnings = self._save(provider, form)
        except PreconditionFailed:
            provider.refresh_from_db()
            return self._merge(provider, seen)
        except NameTaken as error:
            form.add_faults(error.errors)
            return self._draw(provider, form, status=error.status)
        messages.success(request, "The changes are saved." if form.wanted else "There was nothing to change.")
        for warning in warnings:
            messages.warning(request, f"{LABELS[warning.field]}: {warning.message}.")
        return redirect("providers:pages:listing", slug)

    def _save(self, provider: Provider, form: ListingForm) -> tuple[FieldError, ...]:
        if not form.wanted:
            return ()
        update = services.edit_listing(
            provider=provider, fields=form.wanted, seen_version=form.version, actor=self.person
        )
        return update.warnings

    def _merge(self, provider: Provider, seen: int) -> HttpResponse:
        """Draw the form again: what the person typed, and what others changed where the person did not.

        Which is which follows from the log: it has each field's value of the version that the person saw.
        """
        present, mine = _present(provider), posted(self.request.POST)
        before: dict[str, Any] = {}
        for change in Change.objects.of(provider).first_of_each_field(after=seen):
            before[change.field] = canonical(change.field, change.old)
        merged = {
            name: present[name] if name in before and mine[name] == before[name] else mine[name]
            for name in present
        }
        form = ListingForm(present=merged, version=provider.version)
        clashes = [LABELS[name] for name in before if merged[name] != present[name]]
        others = [LABELS[name] for name in before if merged[name] == present[name]]
        return self._draw(provider, form, status=412, is_outdated=True, clashes=clashes, others=others)

    def _draw(self, provider: Provider, form: ListingForm, status: int = 200, **context: Any) -> HttpResponse:
        form.focus()
        context |= {"form": form, "tier_names": TierName.choices, "can_add": len(form.rows) < MAX_ROWS}
        return self.show("providers/own/edit.html", provider, status, **context)


def _present(provider: Provider) -> dict[str, Any]:
    return {name: canonical(name, value) for name, value in services.shown_values(provider).items()}


def _whole(text: str) -> int:
    """Return the version that the form carries; 0 for none, which never was one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
