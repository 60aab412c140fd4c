"""Sums of what was sold, kept so that nobody has to add up a million orders: `store.services.sums` writes them."""

from django.db import models

from store.models.catalogue import Package
from store.models.orders import Order
from store.models.stores import Store


class SalesBook(models.Model):
    """Whose sums there are, and in which time zone their days begin. A store without one is read from its orders.

    The row is locked by whoever writes the sums. version: grows with every write of them.
    """

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="book")
    timezone = models.CharField(max_length=64)
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.store_id} in {self.timezone}"


class SalesEntry(models.Model):
    """What one change of an order adds to the sums, and is not in them yet.

    Written in the transaction of the change: rows that are only inserted wait for nobody. orders: 1, -1 or 0.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    paid_at = models.DateTimeField()
    orders = models.SmallIntegerField()
    revenue = models.DecimalField(max_digits=14, decimal_places=3)
    refunded = models.DecimalField(max_digits=14, decimal_places=3)

    class Meta:
        verbose_name_plural = "sales entries"

    def __str__(self) -> str:
        return f"{self.orders:+} {self.revenue:+}"


class SoldDay(models.Model):
    """One day of the store's zone. orders: paid on it and not undone. revenue: of these, less refunds in parts.

    refunded: given back of orders that were paid on this day.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    orders = models.IntegerField()
    revenue = models.DecimalField(max_digits=18, decimal_places=3)
    refunded = models.DecimalField(max_digits=18, decimal_places=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "day"], name="one_sum_per_sold_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.revenue}"


class SoldPackage(models.Model):
    """One package on one day, or in one month, of the store's zone. start: the day, or the first of the month.

    Of orders that are paid and not undone. revenue: what the lines cost, after coupons.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="+")
    is_month = models.BooleanField()
    start = models.DateField()
    units = models.BigIntegerField()
    revenue = models.DecimalField(max_digits=18, decimal_places=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "package", "is_month", "start"], name="one_sum_per_package_and_time"
            )
        ]
        indexes = [models.Index(fields=["store", "is_month", "start", "-revenue"], name="best_packages")]

    def __str__(self) -> str:
        return f"{self.start}: {self.units} × {self.package_id}"
