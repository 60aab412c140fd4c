"""Every write to stores and what is in them."""

from store.services.categories import CategoryFields, add_category, remove_category, update_category
from store.services.packages import PackageFields, create_package, hide_package, update_package
from store.services.stores import add_server, open_store

__all__ = [
    "CategoryFields",
    "PackageFields",
    "add_category",
    "add_server",
    "create_package",
    "hide_package",
    "open_store",
    "remove_category",
    "update_category",
    "update_package",
]
