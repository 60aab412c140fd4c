"""The redirect of a plain live link, answered before Django is entered.

Plain is a link without password and without `max_clicks`. Whatever else comes, and any plain link that is not
asked for by a simple GET, goes to the view of `links.visits`, which decides what is right; a test drives both
with the same requests and compares status, headers and click.
"""

import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import Error, connection

from api.hygiene import url_fault
from links import slugs
from links.clicks import write_click
from links.connections import let_go
from links.models import Link
from links.table import LinkTable, Miss, PlainLink
from links.targets import location_of
from links.watcher import watch

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Environ = dict[str, Any]
Application = Callable[[Environ, "StartResponse"], Iterable[bytes]]

PREFIX = "/r/"
IS_ABSENT = "links.is_absent"
_STATUSES = {302: "302 Found", 307: "307 Temporary Redirect"}
_COLUMNS = ("pk", "target_url", "redirect_type", "expires_at", "forward_query", "password_hash", "max_clicks")
_NEVER = float("inf")
_MAX_DOORS = 1000
# Queries in which nothing is to be looked for: no NUL, nothing that only one of the two ways would decode.
_is_harmless = re.compile(r"[\w.~=&+-]{1,2000}", re.ASCII).fullmatch


def headers_of(location: str) -> dict[str, str]:
    """Return every header of a redirect to a location."""
    headers = {
        "Location": location,
        "Cache-Control": "private, no-store",
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer-when-downgrade",
    }
    if getattr(settings, "SECURE_SSL_REDIRECT", False) and settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = _hsts()
    return headers


def _header_list(location: str) -> list[tuple[str, str]]:
    """Return the same headers as WSGI takes them. What all links have in common is in memory once."""
    return [
        ("Location", location),
        *(_shared(*pair) for pair in headers_of(location).items() if pair[0] != "Location"),
    ]


@lru_cache(16)
def _shared(name: str, value: str) -> tuple[str, str]:
    return name, value


def _hsts() -> str:
    value = f"max-age={settings.SECURE_HSTS_SECONDS}"
    value += "; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else ""
    return value + ("; preload" if settings.SECURE_HSTS_PRELOAD else "")


def load_plain_link(slug: str) -> PlainLink | Miss:
    """Read what is at a slug; raises django.db.Error."""
    let_go()
    try:
        with connection.cursor() as cursor:
            cursor.execute(_statement(), [slug])
            row = cursor.fetchone()
    finally:
        let_go()
    if row is None:
        return Miss.ABSENT
    pk, target, redirect_type, expires_at, forward_query, password_hash, max_clicks = row
    # SQLite's times are UTC without saying so.
    ends_at = expires_at.replace(tzinfo=expires_at.tzinfo or UTC).timestamp() if expires_at else _NEVER
    if password_hash or max_clicks is not None or ends_at <= time.time():
        return Miss.OTHER
    headers = _header_list(location_of(target))
    return PlainLink(pk, _STATUSES[redirect_type], headers, ends_at, target if forward_query else "")


@cache
def _statement() -> str:
    """Return the SQL for the link at a slug: to compose it each time takes longer than to answer it."""
    sql, params = Link.objects.at("").values_list(*_COLUMNS).query.sql_with_params()
    if params != ("",):
        raise ValueError("the statement must have one parameter, the slug")
    return str(sql)


def answer_redirects(django: Application) -> Application:
    """Return an application that answers plain links itself and leaves the rest to `django`."""
    entrance = Entrance(django)
    # Bound once: what follows runs between a visitor and the answer.
    get, doors, scheme, now = entrance.table.links.get, entrance.doors, entrance.scheme, time.time

    def answer(environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        link, moment = get(environ["PATH_INFO"]), now()
        if (
            link is None
            or environ["REQUEST_METHOD"] != "GET"
            or (environ.get("HTTP_HOST"), environ.get(scheme)) not in doors
            or ((query := environ.get("QUERY_STRING")) and (link.target or not _is_harmless(query)))
            or moment >= link.ends_at
        ):
            return entrance.enter(environ, start_response)
        write_click(link.pk, moment, environ)
        start_response(link.status, link.headers)
        return [b""]

    return answer


class Entrance:
    """Where a request goes that cannot be answered at a glance.

    doors: hosts and schemes that this process has found to be ones that Django lets in.
    """

    def __init__(self, django: Application) -> None:
        self.table = LinkTable()
        self.doors: set[tuple[str | None, str | None]] = set()
        self.scheme = (getattr(settings, "SECURE_PROXY_SSL_HEADER", None) or ("wsgi.url_scheme",))[0]
        self._django = django

    def enter(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a plain link that is found; leave the rest to Django, where most requests belong."""
        found = self._find(environ)
        moment = time.time()
        if not isinstance(found, PlainLink) or environ["REQUEST_METHOD"] != "GET" or moment >= found.ends_at:
            environ[IS_ABSENT] = found is Miss.ABSENT
            return self._django(environ, start_response)
        if len(self.doors) < _MAX_DOORS:
            self.doors.add((environ.get("HTTP_HOST"), environ.get(self.scheme)))
        write_click(found.pk, moment, environ)
        start_response(found.status, headers_for(found, environ.get("QUERY_STRING", "")))
        return [b""]

    def _find(self, environ: Environ) -> PlainLink | Miss:
        path: str = environ["PATH_INFO"]
        slug = path[len(PREFIX) :]
        if not path.startswith(PREFIX) or not slugs.is_well_formed(slug) or not is_welcome(environ):
            return Miss.OTHER
        watch(self.table)
        try:
            return self.table.find(path, partial(load_plain_link, slug))
        except Error:
            # The view meets the same fault and says so in a page.
            return Miss.OTHER


def headers_for(link: PlainLink, query: str) -> list[tuple[str, str]]:
    """Return the headers of an answer to a visit with a query, which most links drop."""
    if link.target and query:
        return _header_list(location_of(link.target, query))
    return link.headers


def is_welcome(environ: Environ) -> bool:
    """Return whether Django would let the request in: a sound URL, a host of ours, HTTPS where it is required."""
    request = WSGIRequest(environ)
    try:
        request.get_host()
    except DisallowedHost:
        return False
    is_sure = request.is_secure() or not getattr(settings, "SECURE_SSL_REDIRECT", False)
    return is_sure and url_fault(request) is None
