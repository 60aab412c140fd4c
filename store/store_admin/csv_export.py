"""Lists as files that spreadsheets may open."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Field, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.html import strip_tags

from api.csv_lines import csv_lines
from audit.services import record
from store import money
from store.models import Store
from store.store_admin.chosen import person_of, store_of

if TYPE_CHECKING:
    from store.store_admin.tenancy import TenantModelAdmin

MOST, AT_ONCE = 100_000, 2_000


@admin.action(description="Export as CSV", permissions=["view"])
def export_csv(
    modeladmin: "TenantModelAdmin", request: HttpRequest, queryset: QuerySet[Any]
) -> StreamingHttpResponse | HttpResponse | None:
    """Send the chosen rows as CSV, with the columns of the list. No cell is a formula."""
    if queryset.order_by()[MOST : MOST + 1].exists():
        text = f"A file has at most {MOST:,} rows: narrow the list by its filters, then export in parts."
        modeladmin.message_user(request, text, messages.ERROR)
        return None
    store, name = store_of(request), str(modeladmin.opts.model_name)
    with transaction.atomic():
        data = {"rows": name}
        record("store.exported", target=store, account_id=store.account_id, user=person_of(request), data=data)
    response = StreamingHttpResponse(_lines(modeladmin, request, queryset, store), content_type="text/csv")
    day = timezone.now().strftime("%Y-%m-%d")
    response["Content-Disposition"] = f'attachment; filename="{name}-{store.store_id}-{day}.csv"'
    return response


def _lines(
    modeladmin: "TenantModelAdmin", request: HttpRequest, rows: QuerySet[Any], store: Store
) -> Iterator[str]:
    columns = modeladmin.get_csv_columns(request)
    yield csv_lines([[str(label_for_field(name, modeladmin.model, modeladmin)) for name in columns]])
    batch: list[list[object]] = []
    for row in rows.iterator(AT_ONCE):
        batch.append([_cell(modeladmin, row, name, store) for name in columns])
        if len(batch) == AT_ONCE:
            yield csv_lines(batch)
            batch = []
    yield csv_lines(batch)


def _cell(modeladmin: "TenantModelAdmin", row: Any, name: Any, store: Store) -> object:
    try:
        field, _, value = lookup_field(name, row, modeladmin)
    except ObjectDoesNotExist:
        return None
    if isinstance(value, Decimal):
        return money.written(value, money.quantum(store.currency)) if _is_money(field) else value
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return strip_tags(value) if hasattr(value, "__html__") else value
    return ", ".join(str(part) for part in value) if isinstance(value, Iterable) else str(value)


def _is_money(field: "Field[Any, Any] | None") -> bool:
    """Return whether a column has the three decimals of the widest currency: percentages have two."""
    return field is None or getattr(field, "decimal_places", None) == money.MAX_EXPONENT
