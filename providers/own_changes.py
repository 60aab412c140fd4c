"""The log of a listing's changes, for its provider."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse

from accounts.models import Membership, User
from apikeys.models import ApiKey
from audit.models import AuditEvent
from providers.models import Change, Provider
from providers.own_pages import OwnProviderPage
from providers.wording import LABELS, value_text

ROWS_A_PAGE = 25
MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Line:
    """One change as the page shows it. who: the person or the key, "" where neither did it."""

    change: Change
    label: str
    old: str
    new: str
    who: str


class ChangesPage(OwnProviderPage):
    """What changed in a listing, the newest first."""

    tab = "changes"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show one page of it. `before`: the last line of the page before; anything else begins anew."""
        provider = self.provider()
        rows = Change.objects.of(provider)
        before = request.GET.get("before", "")
        is_cursor = before.isascii() and before.isdigit() and len(before) <= MAX_DIGITS
        rows = rows.filter(id__lt=int(before)) if is_cursor else rows
        found = list(rows[: ROWS_A_PAGE + 1])
        page = found[:ROWS_A_PAGE]
        actors = _actors(provider, page)
        return self.show(
            "providers/own/changes.html",
            provider,
            lines=[_line(change, actors.get(change.version, "")) for change in page],
            next_before=page[-1].pk if len(found) > len(page) else None,
            is_first=not is_cursor,
        )


def _line(change: Change, who: str) -> Line:
    field = change.field
    return Line(change, LABELS[field], value_text(field, change.old), value_text(field, change.new), who)


def _actors(provider: Provider, changes: Iterable[Change]) -> dict[int, str]:
    """Return who made each version, as the audit trail has it: a person's name or a key's.

    Of members without a name the e-mail address, which members know of each other; of nobody else.
    """
    versions = {change.version for change in changes}
    if not versions:
        return {}
    events = AuditEvent.objects.filter(
        target=f"{provider._meta.label_lower}:{provider.pk}",
        action="provider.updated",
        data__version__gte=min(versions),
        data__version__lte=max(versions),
    )
    # Each version has one event, so the trail is read from its end no further than the page reaches.
    newest = events.order_by("-id").values_list("data__version", "actor")
    found: dict[int, str] = dict(newest[: max(versions) - min(versions) + 1])
    by_kind: dict[str, set[str]] = {"user": set(), "key": set()}
    for actor in found.values():
        kind, _, pk = actor.partition(":")
        by_kind.setdefault(kind, set()).add(pk)
    members = Membership.objects.filter(account=provider.account_id, user=OuterRef("pk"))
    people = User.objects.filter(pk__in=by_kind["user"]).annotate(is_member=Exists(members))
    names = {f"user:{u.pk}": u.name or (u.email if u.is_member else "") for u in people}
    names |= {f"key:{k.pk}": f"key {k.name}" for k in ApiKey.objects.filter(pk__in=by_kind["key"])}
    return {version: names.get(actor, "") for version, actor in found.items()}
