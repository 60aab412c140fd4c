"""Every write to stores and what is in them."""

from store.services.packages import PackageFields, create_package, hide_package, update_package
from store.services.stores import add_category, add_server, open_store

__all__ = [
    "PackageFields",
    "add_category",
    "add_server",
    "create_package",
    "hide_package",
    "open_store",
    "update_package",
]
