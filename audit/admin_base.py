"""The base of read-only admin pages, and of lists that may be a million rows long."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """Shows rows; adds, changes and deletes nothing."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Counts no further than it lets people page: PostgreSQL reads every row that it counts.

    Filters and search lead further than `most`.
    """

    most = 10_000

    @property
    def is_cut(self) -> bool:
        """Return whether there may be more rows."""
        return self.count >= self.most

    @cached_property
    def count(self) -> int:
        """Return the number of rows, 10,000 at most."""
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: self.most].count())
