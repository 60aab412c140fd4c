"""Pages of lists that may be a million rows long."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

# What a person pages through; PostgreSQL counts them in some milliseconds. Filters and search lead further.
MOST = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Counts no further than it lets people page."""

    @property
    def is_cut(self) -> bool:
        """Return whether there may be more rows."""
        return self.count >= MOST

    @cached_property
    def count(self) -> int:
        """Return the number of rows, 10,000 at most."""
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:MOST].count())


class TenantChangeList(ChangeList):
    """A list that says how many rows it has only once it is narrowed."""

    def get_results(self, request: HttpRequest) -> None:
        """Read a page."""
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count
