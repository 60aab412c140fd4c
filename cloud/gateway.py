"""The gateway: which call a request makes, whether its caller may make it, and where the answer comes from.

Nothing is forwarded before the tier of the route let the caller through, whatever the back end would decide
itself. Answers that are kept are asked for on behalf of nobody, so that nothing in them can be somebody's own.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import structlog

from cloud.backends import Answer, Call
from cloud.backends.choice import backend_for, fingerprint
from cloud.backends.mock import MockBackend
from cloud.backends.rpc import read_json
from cloud.cache import Kept
from cloud.callers import PUBLIC, Caller, may_call
from cloud.errors import BackendDown, Forbidden, NotSignedIn, UnknownRoute, WrongMethod
from cloud.keeping import answers, kept_of
from cloud.matching import Match, Matcher
from cloud.route_table import ROUTES
from cloud.routes import Route

OWNERS_TIERS = frozenset({"appowner", "appownerabove"})
OWNER_PATH = "/apps/appowner"
_DOWN = frozenset({502, 503, 504})
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer and where it comes from.

    source: a back end's name. kept: set when the answer may be given to others, key: what it is kept under.
    """

    answer: Answer
    source: str
    kept: Kept | None = None
    was_kept: bool = False
    key: str = ""


@cache
def matcher() -> Matcher:
    """Return what finds the gateway's routes; those with views of their own are not among them."""
    return Matcher(route for route in ROUTES if not route.is_own)


def find(method: str, path: str) -> Match:
    """Return the route of a request. Raises UnknownRoute (404) and WrongMethod (405).

    HEAD is answered where GET has no effect.
    """
    match = matcher().find("GET" if method == "HEAD" else method, path)
    if match is not None and (method != "HEAD" or match.route.is_kept):
        return match
    raise WrongMethod(allowed(path))


def allowed(path: str) -> tuple[str, ...]:
    """Return the methods of a path. Raises UnknownRoute (404)."""
    methods = matcher().methods(path)
    if not methods:
        raise UnknownRoute
    return (*methods, "OPTIONS")


def check_tier(call: Call, caller: Caller) -> None:
    """Raise NotSignedIn (401) or Forbidden (403) unless the caller may make the call."""
    tier = tier_of(call)
    owner = None
    if tier in OWNERS_TIERS and caller.zelid is not None and not may_call(caller, tier):
        app = app_of(call)
        owner = owner_of(app) if app else None
    if may_call(caller, tier, owner=owner):
        return
    raise NotSignedIn if caller.zelid is None else Forbidden


def tier_of(call: Call) -> str:
    """Return the tier of a call; that of a route may depend on a parameter."""
    route = call.route
    return route.decrypt_tier if route.decrypt_tier and call.parameters.get("decrypt") else route.tier


def app_of(call: Call) -> str:
    """Return the name of the app that a call is about, "" for none.

    A component is named `<component>_<app>`, and its owner is the app's.
    """
    given = call.parameters.get("appname")
    if given is None and isinstance(call.body_json, dict):
        given = call.body_json.get("appname")
    if not isinstance(given, str):
        return ""
    parts = given.split("_")
    return parts[1] if len(parts) > 1 and parts[1] else given


def owner_of(app: str) -> str | None:
    """Return the Flux id of an app's owner, None for an app that nobody knows. Raises BackendDown (503)."""
    owner = ask(OWNER_PATH, {"appname": app})
    return owner if isinstance(owner, str) and owner else None


def ask(path: str, parameters: Mapping[str, str] | None = None) -> Any:
    """Return the data of a public call that the platform makes for itself, through the cache.

    Numbers with a fraction are Decimal. None: the service refused. Raises BackendDown (503).
    """
    match = find("GET", path)
    outcome = answer(Call(match.route, {**match.values, **(parameters or {})}))
    kept = outcome.kept
    if kept is None or kept.is_good:
        body = outcome.answer.body
        data = read_json(body if isinstance(body, bytes) else b"".join(body))
        return data.get("data") if isinstance(data, dict) else None
    if kept.status in _DOWN:
        raise BackendDown
    return None


def is_made_up(path: str) -> bool:
    """Return whether the mock answers a GET: then nothing in the answer is so."""
    return backend_for(find("GET", path).route).name == MockBackend.name


def answer(call: Call) -> Outcome:
    """Return the answer to a call that its caller may make: the kept one, or a back end's.

    A refusal of the back end comes as an answer where answers are kept, else it is raised.
    """
    if not is_kept(call):
        backend = backend_for(call.route)
        _note(call, backend.name)
        return Outcome(backend.call(call), backend.name)
    key = _key(call)
    kept = answers().get(key)
    was_kept = kept is not None
    if kept is None:
        kept, was_kept = answers().answer(key, lambda: kept_of(backend_for(call.route), call))
    given = Answer(kept.status, kept.content_type, kept.body, dict(kept.headers))
    return Outcome(given, kept.source, kept, was_kept, key)


def is_kept(call: Call) -> bool:
    """Return whether the call's answer is for everybody."""
    sees_more = bool(call.route.private_fields) and call.caller.privilege == "admin"
    return call.route.is_kept and not sees_more


def on_behalf_of(route: Route, caller: Caller) -> Caller:
    """Return who a call is made for: nobody, where everybody gets the answer."""
    return PUBLIC if is_kept(Call(route, caller=caller)) else caller


def _key(call: Call) -> str:
    """Return the key of an answer: what was asked, of whom; never by whom."""
    query = urlencode(sorted([*call.parameters.items(), *call.query]))
    text = f"{fingerprint()} {call.route.method} {call.route.path}?{query}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _note(call: Call, source: str) -> None:
    """Write down who used a privilege on what; a path may hold secrets, so the route stands for it."""
    if not call.route.is_public:
        log.info(
            "cloud_privileged_call",
            route=call.route.path,
            method=call.route.method,
            zelid=call.caller.zelid,
            privilege=call.caller.privilege,
            backend=source,
        )
