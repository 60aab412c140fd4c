"""What is counted of customers. The caller has locked the row."""

from datetime import datetime
from decimal import Decimal

from store.models import Customer, Order


def count_purchase(customer: Customer, order: Order, now: datetime) -> None:
    """Add a paid order to its customer, who is called from now on as in this order."""
    customer.total_spent += order.total_amount
    customer.orders_count += 1
    customer.last_purchase_at = now
    customer.player_username = order.player_username
    customer.player_uuid = order.player_uuid or customer.player_uuid
    customer.save(force_update=True)


def count_back(customer: Customer, amount: Decimal, *, is_whole: bool) -> None:
    """Take money that was given back from a customer's sum; is_whole: the order does not count any more."""
    customer.total_spent = max(Decimal(0), customer.total_spent - amount)
    customer.orders_count = max(0, customer.orders_count - 1) if is_whole else customer.orders_count
    customer.save(force_update=True, update_fields=["total_spent", "orders_count"])
