"""App config of FluxStore."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, ClassVar

from django.apps import AppConfig

from accounts.sections import Section

if TYPE_CHECKING:
    from accounts.models import Account


class StoreConfig(AppConfig):
    """FluxStore."""

    name = "store"
    key_product: ClassVar[str] = "fluxstore"
    account_closers = ("store.closing.remove_stores",)
    # The page of stores leads to the admin of each: that of nobody's store would only refuse.
    sections = (Section("Stores", "store_pages:list", "store", group="FluxStore"),)

    def ready(self) -> None:
        """Register the store admin, whose modules register themselves, and what checks it."""
        from django.core import checks

        from store import store_admin
        from store.store_admin.checks import check_store_admin

        for module in iter_modules(store_admin.__path__):
            import_module(f"{store_admin.__name__}.{module.name}")
        checks.register(check_store_admin, checks.Tags.admin)

    def key_resources(self, account: "Account") -> list[str]:
        """Return the ids of the account's stores: what a FluxStore key can be bound to, oldest first."""
        from store.models import Store

        return list(Store.objects.of_account(account).values_list("store_id", flat=True))
