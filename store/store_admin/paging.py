"""Pages of lists that may be a million rows long."""

from django.http import HttpRequest
from unfold.views import ChangeList


class TenantChangeList(ChangeList):
    """A list that says how many rows it has only once it is narrowed."""

    def get_results(self, request: HttpRequest) -> None:
        """Read a page."""
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count
