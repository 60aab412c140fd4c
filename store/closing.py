"""The end of an account's stores, with all that was sold in them."""

from django.db import DatabaseError, models, transaction

from accounts.models import Account
from store.models import (
    Ban,
    Category,
    Coupon,
    CouponUse,
    Customer,
    GiftCard,
    GiftCardEntry,
    Order,
    OrderCommand,
    OrderItem,
    Package,
    PackageUse,
    Refund,
    Sale,
    SalesEntry,
    SoldDay,
    SoldPackage,
    Store,
    Subscription,
)

ROWS = 5_000
ATTEMPTS = 5
# What points at something stands before it: orders keep their customers, coupons, gift cards and packages.
_FIRST_TO_LAST: tuple[tuple[type[models.Model], str], ...] = (
    (SalesEntry, "store"),
    (SoldPackage, "store"),
    (SoldDay, "store"),
    (Subscription, "store"),
    (OrderCommand, "item__order__store"),
    (Refund, "order__store"),
    (GiftCardEntry, "card__store"),
    (OrderItem, "order__store"),
    (Order, "store"),
    (GiftCard, "store"),
    (CouponUse, "coupon__store"),
    (Coupon, "store"),
    (Sale, "store"),
    (Customer, "store"),
    (PackageUse, "package__store"),
    (Package, "store"),
    (Category, "store"),
    (Ban, "store"),
)


def remove_stores(account: Account) -> None:
    """Remove the stores of a closed account: orders, players' names, ledgers, all of it.

    In transactions of at most 5,000 rows of one table, since a store may have millions of orders. May be
    interrupted and called again.
    """
    for store in Store.objects.of_account(account):
        _remove_rows(store)
        _remove_store(store)


def _remove_rows(store: Store) -> None:
    for model, owner in _FIRST_TO_LAST:
        # Not the manager's: the ledger refuses to be deleted line by line.
        rows: models.QuerySet[models.Model] = models.QuerySet(model).filter(**{owner: store}).order_by()
        while models.QuerySet(model).filter(pk__in=rows.values("pk")[:ROWS]).delete()[0]:
            pass


def _remove_store(store: Store) -> None:
    """Delete the store, with what a request that had begun before the account was closed has just stored."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                # Whoever writes into the store waits for this at the end, and finds it gone.
                list(Store.objects.select_for_update().filter(pk=store.pk))
                _remove_rows(store)
                Store.objects.filter(pk=store.pk).delete()
        except DatabaseError:
            # A request and we have waited for each other, and the database has ended our turn.
            if attempt == ATTEMPTS:
                raise
        else:
            return
