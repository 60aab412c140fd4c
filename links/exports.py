"""Links as CSV, a part at a time: neither memory nor a transaction grows with their number."""

import json
from collections.abc import Iterator
from datetime import datetime

from api.csv_lines import csv_lines
from links.fields import as_text
from links.models import Link
from links.paging import page_of
from links.querysets import LinkQuerySet
from links.serializers import LinkOutput

COLUMNS = list(LinkOutput().fields)
ROWS_AT_ONCE = 500


def links_as_csv(links: LinkQuerySet) -> Iterator[str]:
    """Yield the lines of all links, the columns' names first. Links made meanwhile are not among them.

    The cells are the values of `LinkOutput`; tags are a JSON array.
    """
    yield csv_lines([COLUMNS])
    cursor: str | None = ""
    while cursor is not None:
        page, cursor = page_of(links, limit=ROWS_AT_ONCE, cursor=cursor)
        yield csv_lines(_row(link) for link in page)


def _row(link: Link) -> Iterator[object]:
    for name in COLUMNS:
        value = getattr(link, name)
        match value:
            case datetime():
                yield as_text(value)
            case list():
                yield json.dumps(value, ensure_ascii=False)
            case _:
                yield value
