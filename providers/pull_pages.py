"""The provider's own pages of pulls: settings with a test, the sync log, and changes that wait for a decision."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from api.errors import Conflict, InvalidFields, NotFound, PlatformError
from api.renderers import dumps
from providers import services
from providers.errors import AlreadyDecided, PulledJustNow
from providers.mapping import MAX_RULES, NAMES
from providers.models import HeldChange, Provider, PullSource, SyncRun
from providers.own_pages import OwnProviderPage
from providers.pull_forms import PullForm, redrawn
from providers.services.differences import plain
from providers.trials import Trial, try_pull
from providers.wording import LABELS, value_text

RUNS_A_PAGE = 25
_MAX_CURSOR = 18


class PullPage(OwnProviderPage):
    """The settings of a pull; Test shows what they would do, and works without JavaScript."""

    tab = "pull"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show the form."""
        provider = self.provider()
        return self._draw(provider, PullForm(present=source_of(provider)))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Save, test, or draw the form again with a rule more or less."""
        provider = self.provider()
        present, wish = source_of(provider), request.POST.get("do", "")
        if wish.startswith(("add-row", "remove-row")):
            return self._draw(provider, redrawn(request.POST, present=present, wish=wish))
        form = PullForm(request.POST, present=present)
        if not form.is_valid():
            return self._draw(provider, form, status=400)
        try:
            if wish == "test":
                return self._draw(provider, form, trial=try_pull(services.drafted(provider, form.wanted, present)))
            services.save_pull(provider=provider, settings=form.settings, is_partial=False, actor=self.person)
        except PlatformError as error:
            form.add_error(None, error.message)
            return self._draw(provider, form, status=error.status)
        messages.success(request, "The settings are saved.")
        return redirect("providers:pages:pull", slug)

    def _draw(
        self, provider: Provider, form: PullForm, status: int = 200, trial: Trial | None = None
    ) -> HttpResponse:
        form.focus()
        context = editor_context(form, trial) | {"is_part": bool(getattr(self.request, "htmx", False))}
        return self.show("providers/own/pull.html", provider, status, **context)


class PullActPage(OwnProviderPage):
    """The buttons beside the settings: pull now, resume, remove."""

    tab = "pull"

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Do what the button says; what cannot be done now is said at the top of the settings."""
        provider, act = self.provider(), request.POST.get("act", "")
        try:
            if act == "resume":
                settings = {"paused": False}
                services.save_pull(provider=provider, settings=settings, is_partial=True, actor=self.person)
                messages.success(request, "Pulling goes on; the first pull is made within a minute.")
            else:
                services.request_refresh(provider=provider, actor=self.person)
                messages.success(request, "A pull is queued; its run appears in the sync log within a minute.")
        except (Conflict, InvalidFields, PulledJustNow) as error:
            messages.error(request, error.message)
        return redirect("providers:pages:pull", slug)


class PullRemovePage(OwnProviderPage):
    """Removes the settings, after asking."""

    tab = "pull"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Ask."""
        provider = self.provider()
        if source_of(provider) is None:
            raise NotFound
        return self.show("providers/own/pull_remove.html", provider)

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Remove them; raises NoPull (404)."""
        services.remove_pull(provider=self.provider(), actor=self.person)
        messages.success(request, "Nothing is pulled any more.")
        return redirect("providers:pages:pull", slug)


class SyncLogPage(OwnProviderPage):
    """What each pull did, the newest first, and above it what waits for a decision."""

    tab = "sync-log"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show one page. `after`: the last run of the page before; anything else begins anew."""
        provider = self.provider()
        after = request.GET.get("after", "")
        is_cursor = after.isascii() and after.isdigit() and len(after) <= _MAX_CURSOR
        runs, cursor = SyncRun.objects.of(provider).page(limit=RUNS_A_PAGE, after=after if is_cursor else None)
        return self.show(
            "providers/own/sync_log.html",
            provider,
            runs=runs,
            next_after=cursor,
            is_first=not is_cursor,
            held=held_rows(HeldChange.objects.of(provider).pending()),
            has_source=source_of(provider) is not None,
        )


class HeldChangePage(OwnProviderPage):
    """Accepts or rejects a change that was held back."""

    tab = "sync-log"

    def post(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        """Decide; raises NotFound (404) for another listing's."""
        provider = self.provider()
        held = HeldChange.objects.of(provider).filter(pk=pk).first()
        if held is None:
            raise NotFound
        try:
            message = decide(
                held, request.POST.get("decision", ""), self.person, seen=request.POST.get("seen", "")
            )
        except AlreadyDecided as error:
            messages.error(request, error.message)
        else:
            messages.success(request, message)
        return redirect("providers:pages:sync-log", slug)


def decide(held: HeldChange, decision: str, person: User, *, seen: str) -> str:
    """Accept or reject a held change and return what to tell the person. seen: the mark of the value they saw.

    Raises AlreadyDecided (409), NotFound (404) for another decision.
    """
    label = LABELS[held.field]
    if seen != held.mark:
        raise AlreadyDecided
    if decision == "reject":
        services.reject_change(held=held, actor=person)
        return f"Not taken over: {label}."
    if decision != "accept":
        raise NotFound
    update = services.accept_change(held=held, actor=person)
    return f"Pushed since, so left alone: {label}." if update.skipped else f"Changed: {label}."


def source_of(provider: Provider) -> PullSource | None:
    """Return the settings of a listing's pull, None where there are none."""
    source = PullSource.objects.filter(provider=provider).first()
    if source is not None:
        source.provider = provider
    return source


def editor_context(form: PullForm, trial: Trial | None) -> dict[str, Any]:
    """Return what the editor of a pull is drawn with, on any page."""
    return {
        "form": form,
        "source": form.present,
        "names": NAMES,
        "can_add": len(form.rows) < MAX_RULES,
        "trial": trial,
        "differences": change_rows(plain(trial.difference)) if trial else [],
        "held": change_rows(plain(trial.held)) if trial else [],
        "mapped": [(name, dumps(value).decode()) for name, value in trial.mapped.items()] if trial else [],
    }


def change_rows(changes: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return changes as the pages show them."""
    return [
        {
            "label": LABELS[change["field"]],
            "old": value_text(change["field"], change["old"]),
            "new": value_text(change["field"], change["new"]),
        }
        for change in changes
    ]


def held_rows(held: Any) -> list[dict[str, Any]]:
    """Return held changes as the pages show them."""
    return [{"row": row} | change_rows([{"field": row.field, "old": row.old, "new": row.new}])[0] for row in held]
