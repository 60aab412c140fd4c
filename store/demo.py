"""Demo data: one store with everything that a first look wants to see."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from store import services
from store.demo_orders import COUPON, load_orders
from store.models import Category, PackageType, Server, Store
from store.pricing import DiscountType, Scope
from store.services import PackageFields, bans, cards, coupons, sales

_SERVERS = ("Survival", "Skyblock", "Creative")
# Category, and below it name and price of each package; prices are in EUR.
_SHELVES: dict[str, tuple[tuple[str, str], ...]] = {
    "Ranks": (
        ("VIP", "4.99"),
        ("VIP Plus", "9.99"),
        ("Elite", "19.99"),
        ("Legend", "34.99"),
        ("Founder", "79.00"),
        ("Mythic", "49.99"),
        ("VIP, 30 Days", "2.99"),
        ("Upgrade, VIP to Elite", "15.00"),
    ),
    "Keys": (
        ("Common Crate Key", "0.99"),
        ("Rare Crate Key", "2.49"),
        ("Epic Crate Key", "4.99"),
        ("Five Epic Crate Keys", "19.99"),
        ("Vote Key", "0.00"),
        ("Legendary Crate Key", "8.99"),
        ("Spawner Key", "6.50"),
        ("Ten Rare Crate Keys", "19.90"),
    ),
    "Cosmetics": (
        ("Flame Trail", "3.50"),
        ("Cherry Trail", "3.50"),
        ("Fox Companion", "6.00"),
        ("Dragon Wings", "12.00"),
        ("Chat Colours", "1.99"),
        ("Rainbow Name", "4.50"),
        ("Firework Join", "2.50"),
        ("Panda Companion", "6.00"),
    ),
    "Boosts": (
        ("Double Experience, 1 Day", "1.49"),
        ("Double Experience, 7 Days", "6.99"),
        ("Flight, 30 Days", "7.50"),
        ("Server Supporter", "5.00"),
        ("Tip Jar", "1.00"),
        ("Double Drops, 3 Days", "3.99"),
        ("Extra Island Slot", "9.00"),
        ("Three More Homes", "2.00"),
    ),
    "Kits": (
        ("Starter Kit", "1.99"),
        ("Miner Kit", "3.99"),
        ("Builder Kit", "4.99"),
        ("Farmer Kit", "3.49"),
        ("Archer Kit", "4.49"),
        ("Knight Kit", "7.99"),
        ("Redstone Kit", "5.99"),
        ("Dragon Slayer Kit", "14.99"),
    ),
}
_SPECIAL: dict[str, PackageFields] = {
    "Founder": {"global_limit": 100, "per_user_limit": 1},
    "Vote Key": {"per_user_limit": 1},
    "Chat Colours": {"is_active": False},
    "Double Experience, 1 Day": {"type": PackageType.TIMED, "duration_days": 1},
    "Double Experience, 7 Days": {"type": PackageType.TIMED, "duration_days": 7},
    "Flight, 30 Days": {"type": PackageType.TIMED, "duration_days": 30},
    "VIP, 30 Days": {"type": PackageType.TIMED, "duration_days": 30},
    "Double Drops, 3 Days": {"type": PackageType.TIMED, "duration_days": 3},
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
    store = services.open_store(
        account=account, name="Pixelhaven", timezone_name="Europe/Berlin", is_demo=True, by_operator=True
    )
    servers = [services.add_server(store=store, name=name) for name in _SERVERS]
    shop = services.add_category(store=store, name="Shop")
    for title, shelf in _SHELVES.items():
        category = services.add_category(store=store, name=title, parent=shop)
        _fill(store, category, servers, shelf)
    _add_discounts(store)
    load_orders(store)
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


def _add_discounts(store: Store) -> None:
    """Give the demo store coupons, sales, gift cards and bans. Nobody learns the codes of its cards."""
    now = timezone.now()
    percentage, fixed = DiscountType.PERCENTAGE.value, DiscountType.FIXED.value
    whole, shelf = Scope.STORE, [Category.objects.of_store(store).get(name="Cosmetics")]
    coupons.create_coupon(
        store=store, code=COUPON, discount_type=percentage, discount_value=Decimal(10), reach_scope=whole
    )
    coupons.create_coupon(
        store=store,
        code="BIGCART",
        discount_type=fixed,
        discount_value=Decimal("5.00"),
        reach_scope=whole,
        minimum_purchase_amount=Decimal("30.00"),
        max_uses=500,
        max_uses_per_user=1,
        valid_until=now + timedelta(days=60),
    )
    sales.create_sale(
        store=store,
        name="Cosmetics week",
        discount_percentage=Decimal(20),
        reach_scope=Scope.CATEGORIES,
        categories=shelf,
        end_date=now + timedelta(days=7),
    )
    sales.create_sale(
        store=store,
        name="Winter sale",
        discount_percentage=Decimal(30),
        reach_scope=whole,
        start_date=now + timedelta(days=20),
        end_date=now + timedelta(days=34),
    )
    for amount, name in (("10.00", "Alex"), ("25.00", "Steve"), ("50.00", "Efe")):
        cards.issue_card(store=store, amount=Decimal(amount), reach_scope=whole, recipient_name=name)
    lost = cards.issue_card(store=store, amount=Decimal("15.00"), reach_scope=whole, message="Happy birthday!")
    cards.void_card(card=lost, store=store, note="Sent to the wrong player.")
    bans.create_ban(store=store, player_username="MossyCreeper13", reason="Took a payment back.")
    bans.create_ban(store=store, ip_address="203.0.113.0/24", reason="Stolen cards.")
    bans.create_ban(store=store, player_username="LavaGolem9", reason="Chat.", expires_at=now + timedelta(days=14))
