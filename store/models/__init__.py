"""The tables of FluxStore, a module for each noun."""

from store.models.cards import CardStatus, EntryKind, GiftCard, GiftCardEntry
from store.models.catalogue import Category, CommandType, Interval, Package, PackageCommand, PackageType
from store.models.discounts import Coupon, CouponUse, Sale
from store.models.orders import Order, OrderCommand, OrderItem, OrderStatus, PaymentProvider, Refund
from store.models.players import Ban, Customer, PackageUse
from store.models.reaches import Reaching
from store.models.stores import Server, Store, StoreMember, TeamPermission, new_store_id
from store.models.subscriptions import Subscription, SubscriptionStatus
from store.models.sums import SalesBook, SalesEntry, SoldDay, SoldPackage

__all__ = [
    "Ban",
    "CardStatus",
    "Category",
    "CommandType",
    "Coupon",
    "CouponUse",
    "Customer",
    "EntryKind",
    "GiftCard",
    "GiftCardEntry",
    "Interval",
    "Order",
    "OrderCommand",
    "OrderItem",
    "OrderStatus",
    "Package",
    "PackageCommand",
    "PackageType",
    "PackageUse",
    "PaymentProvider",
    "Reaching",
    "Refund",
    "Sale",
    "SalesBook",
    "SalesEntry",
    "Server",
    "SoldDay",
    "SoldPackage",
    "Store",
    "StoreMember",
    "Subscription",
    "SubscriptionStatus",
    "TeamPermission",
    "new_store_id",
]
