"""Tags of the signed-in shell."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse

from accounts.current import current_membership
from accounts.models import Account
from accounts.sections import ICONS, Section
from api.errors import NotFound

register = template.Library()

ACCOUNT_GROUP = "Account"
# People's own pages (password, e-mail, second factor) are reached from the security page.
SECURITY_PREFIX, SECURITY_URL_NAME = "/accounts/", "accounts:security"


@dataclass(frozen=True, slots=True)
class Entry:
    """A section with its address. is_current: the page in view belongs to it."""

    title: str
    url: str
    icon: str
    is_current: bool


def all_sections() -> Iterator[Section]:
    """Return the sections of every app, in the order of the apps."""
    for config in apps.get_app_configs():
        yield from getattr(config, "sections", ())


def menu_of(path: str) -> dict[str, list[Entry]]:
    """Return the menu by heading: what has none first, the products, and the account last."""
    addressed = [(section, reverse(section.url_name)) for section in all_sections()]
    if path.startswith(SECURITY_PREFIX):
        current = reverse(SECURITY_URL_NAME)
    else:
        current = max((url for _, url in addressed if path.startswith(url)), key=len, default="")
    groups: dict[str, list[Entry]] = {"": []}
    for section, url in addressed:
        icon = section.icon if section.icon in ICONS else "dot"
        groups.setdefault(section.group, []).append(Entry(section.title, url, icon, url == current))
    groups[ACCOUNT_GROUP] = groups.pop(ACCOUNT_GROUP, [])
    return groups


@register.inclusion_tag("accounts/menu.html", takes_context=True)
def shell_menu(context: dict[str, Any]) -> dict[str, Any]:
    """Draw the menu, and the choice of account for those who are in several."""
    request: HttpRequest = context["request"]
    if not request.user.is_authenticated:
        return {}
    try:
        membership = current_membership(request)
    except NotFound:
        membership = None
    return {
        "membership": membership,
        "accounts": list(Account.objects.of_user(request.user)),
        "menu": menu_of(request.path),
        "csrf_token": context.get("csrf_token"),
        "path": request.path,
    }
