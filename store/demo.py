"""Demo data: one store with everything that a first look wants to see."""

from decimal import Decimal

from django.db import transaction

from accounts.models import Account
from store import services
from store.models import Category, PackageType, Server, Store
from store.services import PackageFields

_SERVERS = ("Survival", "Skyblock", "Creative")
# Category, and below it name and price of each package; prices are in EUR.
_SHELVES: dict[str, tuple[tuple[str, str], ...]] = {
    "Ranks": (
        ("VIP", "4.99"),
        ("VIP Plus", "9.99"),
        ("Elite", "19.99"),
        ("Legend", "34.99"),
        ("Founder", "79.00"),
    ),
    "Keys": (
        ("Common Crate Key", "0.99"),
        ("Rare Crate Key", "2.49"),
        ("Epic Crate Key", "4.99"),
        ("Five Epic Crate Keys", "19.99"),
        ("Vote Key", "0.00"),
    ),
    "Cosmetics": (
        ("Flame Trail", "3.50"),
        ("Cherry Trail", "3.50"),
        ("Fox Companion", "6.00"),
        ("Dragon Wings", "12.00"),
        ("Chat Colours", "1.99"),
    ),
    "Boosts": (
        ("Double Experience, 1 Day", "1.49"),
        ("Double Experience, 7 Days", "6.99"),
        ("Flight, 30 Days", "7.50"),
        ("Server Supporter", "5.00"),
        ("Tip Jar", "1.00"),
    ),
}
_SPECIAL: dict[str, PackageFields] = {
    "Founder": {"global_limit": 100, "per_user_limit": 1},
    "Vote Key": {"per_user_limit": 1},
    "Chat Colours": {"is_active": False},
    "Double Experience, 1 Day": {"type": PackageType.TIMED, "duration_days": 1},
    "Double Experience, 7 Days": {"type": PackageType.TIMED, "duration_days": 7},
    "Flight, 30 Days": {"type": PackageType.TIMED, "duration_days": 30},
    "Server Supporter": {"type": PackageType.SUBSCRIPTION, "trial_days": 7},
    "Tip Jar": {"allow_custom_price": True},
}


@transaction.atomic
def load_demo(*, account: Account) -> str:
    """Give the account its demo store, once, and return the store's id, which stays the same ever after."""
    # The account's row is the lock: of two loads at once the second finds what the first made.
    Account.objects.select_for_update().get(pk=account.pk)
    existing = Store.objects.of_account(account).filter(is_demo=True).first()
    if existing is not None:
        return existing.store_id
    store = services.open_store(account=account, name="Pixelhaven", timezone_name="Europe/Berlin", is_demo=True)
    servers = [services.add_server(store=store, name=name) for name in _SERVERS]
    shop = services.add_category(store=store, name="Shop")
    for title, shelf in _SHELVES.items():
        category = services.add_category(store=store, name=title, parent=shop)
        _fill(store, category, servers, shelf)
    return store.store_id


def _fill(store: Store, category: Category, servers: list[Server], shelf: tuple[tuple[str, str], ...]) -> None:
    for place, (name, price) in enumerate(shelf):
        fields: PackageFields = {
            "name": name,
            "price": Decimal(price),
            "description": f"{name} for all who play on our servers. Delivered within a minute.",
            "category": category,
            "servers": servers[: 1 + place % len(servers)],
            "sort_order": place,
        }
        services.create_package(store=store, **(fields | _SPECIAL.get(name, {})))
