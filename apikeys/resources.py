"""What a key is bound to: the providers and stores of an account, asked of the products' app configs."""

from typing import Any

from django.apps import apps
from django.urls import reverse

from accounts.models import Account


def bound_resources(product: str, account: Account) -> list[str] | None:
    """Return the provider slugs or store ids of the account, oldest first; None where keys are not bound.

    Products whose keys are bound say so in their app config: `key_product` and `key_resources(account)`.
    """
    config = _config_of(product)
    return None if config is None else list(config.key_resources(account))


def known_words(product: str, resource: str) -> tuple[str, ...]:
    """Return what everybody knows about a resource, such as a provider's name, which no key may be built on.

    A product with such words gives them in its app config: `key_known_words(resource)`.
    """
    words = getattr(_config_of(product), "key_known_words", None)
    return tuple(words(resource)) if words is not None and resource else ()


def keys_url(product: str, resource: str) -> str:
    """Return the address of the page that lists the keys of a resource: the product's own, or the shared one.

    A product with such a page names it in its app config: `key_page(resource)` returns the address.
    """
    page = getattr(_config_of(product), "key_page", None)
    return str(page(resource)) if page is not None and resource else reverse("apikeys:keys", args=[product])


def _config_of(product: str) -> Any:
    return next((c for c in apps.get_app_configs() if getattr(c, "key_product", None) == product), None)
