"""FluxStore in the staff admin; Django looks for admin pages in this module alone."""

from store.staff_admin import discounts, orders, stores

__all__ = ["discounts", "orders", "stores"]
