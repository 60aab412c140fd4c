"""App config of Fluxme."""

from typing import TYPE_CHECKING

from django.apps import AppConfig

from accounts.sections import Section

if TYPE_CHECKING:
    from accounts.models import Account


class ProvidersConfig(AppConfig):
    """Fluxme. Its keys are bound to one provider each."""

    name = "providers"
    key_product = "fluxme"
    sections = (Section("Providers", "providers:pages:list", "globe", group="Fluxme"),)
    person_closers = ("providers.services.reviews.remove_reviews_of",)

    def key_resources(self, account: "Account") -> list[str]:
        """Return the slugs of the account's providers, the oldest first."""
        from providers.models import Provider

        return list(Provider.objects.of(account).order_by("pk").values_list("slug", flat=True))

    def key_known_words(self, resource: str) -> list[str]:
        """Return what everybody knows about a provider: no key may be built on it."""
        from providers.models import Provider

        return list(Provider.objects.filter(slug=resource).values_list("name", flat=True))

    def key_page(self, resource: str) -> str:
        """Return the address of the page with a provider's keys."""
        from django.urls import reverse

        return reverse("providers:pages:keys", args=[resource])
