"""What visitors get at `/r/<slug>`: the redirect, or one of the pages that stand in its way."""

import time
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from links import gate
from links.clicks import write_click
from links.middleware import LinkRedirect
from links.models import Link, RedirectType
from links.passwords import MAX_LENGTH, MIN_LENGTH, password_matches
from links.redirects import IS_ABSENT
from links.targets import location_of

_HEADERS = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the visitor on. HEAD answers as GET does and is never a click.

    POST brings a password to a link that has one, and is a program's call to a link that redirects with 307, which
    takes the call on to the target. Only the password's form can have, and needs, a token against forgery.
    """
    link = None if request.META.get(IS_ABSENT) else Link.objects.at(slug).first()
    if link is None:
        return _page(request, "missing", 404)
    if link.is_over():
        return _ended(request, link)
    if link.has_password and not gate.is_open(request, link):
        return _try_password(request, link) if request.method == "POST" else _gate(request, link)
    if request.method == "POST" and (link.has_password or link.redirect_type != RedirectType.TEMPORARY):
        return _to_itself(request, link)
    if request.method != "HEAD" and not _count(request, link):
        return _ended(request, link)
    query = request.META.get("QUERY_STRING", "") if link.forward_query else ""
    return LinkRedirect(location_of(link.target_url, query), link.redirect_type)


@require_http_methods(["GET", "HEAD"])
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Show where a link leads without going there. A gated link's target stays behind its gate."""
    link = Link.objects.at(slug).first()
    if link is None:
        return _page(request, "missing", 404)
    if link.is_over():
        return _page(request, "gone", 410)
    hidden = link.has_password and not gate.is_open(request, link)
    return _page(request, "preview", 200, link=link, target="" if hidden else link.target_url)


def _count(request: HttpRequest, link: Link) -> bool:
    """Count the redirect that is about to be answered; return False when the link has ended meanwhile.

    Each redirect takes one of `max_clicks` in one conditional UPDATE, so that it is exact however many come at
    once. Bots take one too: a limit that is passed by calling oneself a bot is none.
    """
    if link.max_clicks is not None:
        live = Link.objects.filter(pk=link.pk, deleted_at__isnull=True).with_room()
        if not live.update(redirect_count=F("redirect_count") + 1):
            return False
    write_click(link.pk, time.time(), request.META)
    return True


@csrf_protect
def _try_password(request: HttpRequest, link: Link) -> HttpResponse:
    wait_seconds = gate.begin_try(request, link)
    if wait_seconds:
        response = _page(request, "too_many", 429, wait_minutes=-(-wait_seconds // 60))
        response["Retry-After"] = str(wait_seconds)
        return response
    is_right = password_matches(request.POST.get("password", ""), link.password_hash)
    gate.end_try(request, link, is_right=is_right)
    if not is_right:
        return _gate(request, link, is_wrong=True)
    response = _to_itself(request, link)
    gate.open_for(response, link)
    return response


def _gate(request: HttpRequest, link: Link, *, is_wrong: bool = False) -> HttpResponse:
    return _page(request, "gate", 401, link=link, is_wrong=is_wrong, min_length=MIN_LENGTH, max_length=MAX_LENGTH)


def _to_itself(request: HttpRequest, link: Link) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "") if link.forward_query else ""
    return LinkRedirect(location_of(reverse("links:visit", args=[link.slug]), query), 303)


def _ended(request: HttpRequest, link: Link) -> HttpResponse:
    if link.expired_url:
        return LinkRedirect(location_of(link.expired_url), 302)
    return _page(request, "gone", 410)


def _page(request: HttpRequest, name: str, status: int, **context: Any) -> HttpResponse:
    response = render(request, f"links/{name}.html", context, status=status)
    for header, value in _HEADERS.items():
        response[header] = value
    return response
