"""What a key is bound to: the providers and stores of an account, asked of the products' app configs."""

from django.apps import apps

from accounts.models import Account


def bound_resources(product: str, account: Account) -> list[str] | None:
    """Return the provider slugs or store ids of the account, oldest first; None where keys are not bound.

    Products whose keys are bound say so in their app config: `key_product` and `key_resources(account)`.
    """
    config = next((c for c in apps.get_app_configs() if getattr(c, "key_product", None) == product), None)
    if config is None:
        return None
    return list(config.key_resources(account))  # type: ignore[attr-defined]  # announced by key_product
