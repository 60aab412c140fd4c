"""Many links in one request: each succeeds or fails for itself, in a transaction of its own."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import structlog
from django.db import DatabaseError

from api.envelopes import Envelope
from api.errors import PlatformError, ServerError
from links.models import Link
from links.serializers import LinkInput, LinkOutput

log = structlog.get_logger(__name__)


def results_of(
    items: Sequence[dict[str, Any]], *, make: Callable[[dict[str, Any]], tuple[Link, bool]], envelope: Envelope
) -> Iterator[dict[str, Any]]:
    """Make the links one after the other; yield what became of each: `index`, `status`, `link` or `error`.

    make: takes the fields of a `LinkInput`, returns the link and whether it is new.
    """
    for index, item in enumerate(items):
        result: dict[str, Any]
        try:
            link, is_new = make(LinkInput.parse_data(item))
            result = {"status": 201 if is_new else 200, "link": LinkOutput(link).data}
        except PlatformError as refused:
            result = {"status": refused.status, "error": envelope.refuse(refused)}
        except DatabaseError:
            # The others are made or will be: who asked must learn which.
            log.exception("bulk_item_failed", index=index)
            result = {"status": ServerError.status, "error": envelope.refuse(ServerError())}
        yield {"index": index} | result
