"""The trail in the staff admin: visible, searchable, read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from audit.admin_base import BoundedPaginator, ReadOnlyAdmin
from audit.models import AuditEvent

# The largest number that the column holds.
_MOST = 2**63 - 1


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what, newest first. Every change of every product is here: nothing is counted or listed whole."""

    list_display = ["at", "action", "actor", "account_id", "target", "network", "request_id"]
    search_fields = ["target"]
    search_help_text = "Whole: store.order:<id>, order.refunded, an account's number, user:<number>, a request"
    ordering = ["-id"]
    paginator = BoundedPaginator
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by what a word is written like."""
        for word in search_term.split():
            queryset = queryset.filter(_meaning(word))
        return queryset, False


def _meaning(word: str) -> Q:
    """Return what a word asks for; only people and requests have no index."""
    if word.isdecimal() and int(word) <= _MOST:
        return Q(account_id=int(word))
    found = Q(target__in=[word, word.lower()]) | Q(action=word.lower())
    if word.lower().startswith(("user:", "key:")) or not {".", ":"} & set(word):
        found |= Q(actor=word.lower()) | Q(request_id=word)
    return found
