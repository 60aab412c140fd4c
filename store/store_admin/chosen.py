"""Which of a person's stores is worked in: the one chosen in the session, judged anew by each request."""

from contextlib import AbstractContextManager
from typing import cast
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from store import teams
from store.models import Store, TeamPermission
from store.querysets import StoreQuerySet
from store.teams import Permissions

SESSION_KEY = "store_admin_store"


def stores_of(request: HttpRequest) -> StoreQuerySet:
    """Return the stores that the person may enter; none without a person who signed in and is active."""
    if not (request.user.is_authenticated and request.user.is_active):
        return Store.objects.none()
    return teams.stores_of(request.user)


def choose(request: HttpRequest) -> Store | None:
    """Set `request.store`: the chosen store if it is still the person's, else the oldest; None without any."""
    known: Store | None = getattr(request, "store", None)
    if known is not None:
        return known
    stores = stores_of(request).select_related("account").order_by("pk")
    wanted = request.session.get(SESSION_KEY)
    chosen = (stores.filter(store_id=wanted).first() if wanted else None) or stores.first()
    request.store = chosen  # type: ignore[attr-defined]  # read by everything in this package
    return chosen


def switch(request: HttpRequest, store_id: str) -> bool:
    """Work in another store from now on; return False, with nothing changed, for one that is not the person's."""
    store = stores_of(request).filter(store_id=store_id).first()
    if store is None:
        return False
    request.session[SESSION_KEY] = store.store_id
    return True


def store_of(request: HttpRequest) -> Store:
    """Return the store that this request works in; the site lets nobody in without one."""
    store = choose(request)
    if store is None:
        raise RuntimeError("a page of the store admin was reached without a store")
    return store


def in_zone_of(store: Store | None) -> AbstractContextManager[object]:
    """Show and read times in the store's zone, for as long as the context lasts."""
    return timezone.override(ZoneInfo(store.timezone) if store else None)


def person_of(request: HttpRequest) -> User:
    """Return who is signed in."""
    return cast(User, request.user)


def may(request: HttpRequest, permission: TeamPermission) -> bool:
    """Return whether the person may do this in the chosen store. The database is asked once a request."""
    store = choose(request)
    if store is None:
        return False
    known: Permissions | None = getattr(request, "store_permissions", None)
    if known is None:
        known = teams.permissions_of(person_of(request), store)
        request.store_permissions = known  # type: ignore[attr-defined]  # gone with the request
    return permission in known
