"""How the two admin sites look: the staff's at `/admin/`, the store owners' at `/store-admin/`."""

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Flux Platform",
    "SITE_HEADER": "Flux Platform",
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
}

UNFOLD_STORE: dict[str, Any] = {
    "SITE_TITLE": "Store admin",
    "SITE_HEADER": "store.store_admin.navigation.store_name",
    "SITE_SUBHEADER": "Store admin",
    "SITE_SYMBOL": "storefront",
    "SITE_URL": "/dashboard/",
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": ["store.store_admin.navigation.stylesheet"],
    "SIDEBAR": {"navigation": "store.store_admin.navigation.groups"},
}
