"""What happened to a row, from the audit trail: by people here, by API keys, by the staff and by tasks."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import User
from apikeys.models import ApiKey
from audit.models import AuditEvent
from store.models import Store
from store.store_admin.chosen import store_of

if TYPE_CHECKING:
    from store.store_admin.tenancy import TenantModelAdmin

NEWEST = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One event, in words."""

    at: datetime
    who: str
    what: str
    details: dict[str, Any]


def page(admin: "TenantModelAdmin", request: HttpRequest, row: Any) -> HttpResponse:
    """Return the page with the newest hundred events of a row. The caller has found it in the chosen store."""
    context = {
        **admin.admin_site.each_context(request),
        "title": "History",
        "subtitle": str(row),
        "opts": admin.opts,
        "object": row,
        "lines": lines_of(store_of(request), row),
    }
    request.current_app = admin.admin_site.name
    return TemplateResponse(request, "store_admin/history.html", context)


def lines_of(store: Store, row: Any) -> list[Line]:
    """Return the events of a row, newest first."""
    target = f"{row._meta.label_lower}:{row.pk}"
    events = list(AuditEvent.objects.filter(account_id=store.account_id, target=target).order_by("-id")[:NEWEST])
    names = _names(store, {event.actor for event in events})
    return [
        Line(event.at, names.get(event.actor, "Flux staff"), _words(event.action), event.data) for event in events
    ]


def _names(store: Store, actors: set[str]) -> dict[str, str]:
    """Return who the actors are to the store: its own people and keys by name, others not."""
    people = [int(actor[5:]) for actor in actors if actor.startswith("user:")]
    keys = [uuid.UUID(actor[4:]) for actor in actors if actor.startswith("key:")]
    own = Q(memberships__account=store.account_id) | Q(store_teams__store=store)
    names = {"system": "Automatic"}
    for user in User.objects.filter(own, pk__in=people).distinct() if people else ():
        names[f"user:{user.pk}"] = user.get_full_name()
    for key in ApiKey.objects.filter(account=store.account_id, pk__in=keys) if keys else ():
        names[f"key:{key.pk}"] = f"API key {key.name or key.hint}"
    return names | {actor: "A deleted API key" for actor in actors - names.keys() if actor.startswith("key:")}


def _words(action: str) -> str:
    """`gift_card.adjusted` is `Gift card adjusted`."""
    return action.replace("_", " ").replace(".", " ").capitalize()
