"""Every write to stores and what is in them."""

from store.services.categories import CategoryFields, add_category, remove_category, update_category
from store.services.packages import PackageFields, create_package, hide_package, update_package
from store.services.servers import add_server, remove_server, rename_server
from store.services.stores import open_store, update_store

__all__ = [
    "CategoryFields",
    "PackageFields",
    "add_category",
    "add_server",
    "create_package",
    "hide_package",
    "open_store",
    "remove_category",
    "remove_server",
    "rename_server",
    "update_category",
    "update_package",
    "update_store",
]
