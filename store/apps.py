"""App config of FluxStore."""

from typing import TYPE_CHECKING, ClassVar

from django.apps import AppConfig

if TYPE_CHECKING:
    from accounts.models import Account


class StoreConfig(AppConfig):
    """FluxStore."""

    name = "store"
    key_product: ClassVar[str] = "fluxstore"

    def key_resources(self, account: "Account") -> list[str]:
        """Return the ids of the account's stores: what a FluxStore key can be bound to, oldest first."""
        from store.models import Store

        return list(Store.objects.of_account(account).values_list("store_id", flat=True))
