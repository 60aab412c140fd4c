"""Pages of lists that may be a million rows long."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

# What a person pages through; PostgreSQL counts them in some milliseconds. Filters and search lead further.
MOST = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Counts no further than it lets people page."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, 10,000 at most."""
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:MOST].count())
