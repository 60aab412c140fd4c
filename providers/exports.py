"""The directory as CSV, a part at a time: neither memory nor a transaction grows with the number of listings."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from api.csv_lines import csv_lines
from api.renderers import dumps
from providers.addresses import listing_path, whole
from providers.models import Provider
from providers.paging import page_of
from providers.serializers import ProviderOutput

ROWS_AT_ONCE = 500
# The text of a listing's page may have 10,000 characters; who wants it reads the page.
COLUMNS: list[str] = [name for name in list(ProviderOutput().fields) if name != "longDescription"] + ["url"]


def listings_as_csv(query: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of all listings that a validated `FilterQuery` asks for, the columns' names first.

    The cells are the values of `ProviderOutput`, lists as JSON.
    """
    yield csv_lines([COLUMNS])
    wanted = {**query, "limit": ROWS_AT_ONCE}
    while True:
        page, cursor = page_of(Provider.objects.chosen(query), wanted)
        yield csv_lines(_row(provider) for provider in page)
        if cursor is None:
            return
        wanted["after"] = cursor


def _row(provider: Provider) -> Iterator[object]:
    shown = ProviderOutput.show(provider) | {"url": whole(listing_path(provider.slug))}
    for name in COLUMNS:
        value = shown[name]
        match value:
            case Decimal():
                yield format(value, "f")
            case list():
                yield dumps(value).decode()
            case _:
                yield value
