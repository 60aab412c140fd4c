"""App config of Fluxme."""

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from accounts.models import Account


class ProvidersConfig(AppConfig):
    """Fluxme. Its keys are bound to one provider each."""

    name = "providers"
    key_product = "fluxme"

    def key_resources(self, account: "Account") -> list[str]:
        """Return the slugs of the account's providers, the oldest first."""
        from providers.models import Provider

        return list(Provider.objects.of(account).order_by("pk").values_list("slug", flat=True))
