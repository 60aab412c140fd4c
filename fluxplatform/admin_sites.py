"""How the two admin sites look: the staff's at `/admin/`, the store owners' at `/store-admin/`."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static


def stylesheet(request: HttpRequest) -> str:
    """Return the address of what both sites add to the theme's look."""
    return static("admin.css")


def script(request: HttpRequest) -> str:
    """Return the address of what both sites add for keyboards and screen readers."""
    return static("admin.js")


def icon(request: HttpRequest) -> str:
    """Return the address of the platform's icon, which browsers would ask for elsewhere at each page."""
    return static("favicon.svg")


_EVERYWHERE: dict[str, Any] = {
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": icon}],
    "SCRIPTS": [script],
}

UNFOLD: dict[str, Any] = _EVERYWHERE | {
    "SITE_TITLE": "Flux Platform",
    "SITE_HEADER": "Flux Platform",
    "SITE_URL": "/",
    "STYLES": [stylesheet],
}

UNFOLD_STORE: dict[str, Any] = _EVERYWHERE | {
    "SITE_TITLE": "Store admin",
    "SITE_HEADER": "store.store_admin.navigation.store_name",
    "SITE_SUBHEADER": "Store admin",
    "SITE_SYMBOL": "storefront",
    "SITE_URL": "/dashboard/",
    "STYLES": [stylesheet, "store.store_admin.navigation.stylesheet"],
    "SIDEBAR": {"navigation": "store.store_admin.navigation.groups"},
}
