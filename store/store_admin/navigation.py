"""The menu: every admin and page that is registered, by what it is about."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

GROUPS = ("Sales", "Catalogue", "Discounts", "Players", "Configuration")


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu as unfold draws it, with what the person may open."""
    from store.store_admin.chosen import may, stores_of
    from store.store_admin.site import store_admin_site as site
    from store.store_admin.tenancy import TenantModelAdmin

    found: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
    for model, admin in site._registry.items():
        if isinstance(admin, TenantModelAdmin):
            link = reverse(f"{site.name}:{model._meta.app_label}_{model._meta.model_name}_changelist")
            title = str(model._meta.verbose_name_plural).capitalize()
            found[admin.group].append(_item(title, admin.icon, link))
    for page in site.pages:
        if page.group and (page.permission is None or may(request, page.permission)):
            found[page.group].append(_item(page.title, page.icon, reverse(f"{site.name}:{page.name}")))
    first = [_item("Dashboard", "dashboard", reverse(f"{site.name}:index"))]
    if stores_of(request)[:2].count() > 1:
        first.append(_item("Switch store", "swap_horiz", reverse(f"{site.name}:stores")))
    named = [{"title": title, "separator": True, "items": items} for title, items in found.items() if items]
    return [{"items": first}, *named]


def store_name(request: HttpRequest) -> str:
    """Return the name of the chosen store, as the heading of the menu."""
    store = getattr(request, "store", None)
    return store.name if store else "Store admin"


def stylesheet(request: HttpRequest) -> str:
    """Return the address of our own sheet beside unfold's."""
    return static("store-admin.css")


def _item(title: str, icon: str, link: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": link}
