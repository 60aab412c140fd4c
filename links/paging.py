"""Pages of a list, newest first: a cursor names the last row of the page before, so nothing is skipped."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from links.models import Link
from links.querysets import LinkQuerySet

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def page_of(links: LinkQuerySet, *, limit: int, cursor: str | None) -> tuple[Sequence[Link], str | None]:
    """Return at most `limit` links, and the cursor of the next page where there is one.

    cursor: microseconds since 1970 in base 36, a hyphen, the link id's tail; every text of that form is valid.
    """
    if cursor:
        moment, _, tail = cursor.partition("-")
        links = links.before(_EPOCH + timedelta(microseconds=int(moment, 36)), f"lnk_{tail}")
    rows = list(links[: limit + 1])
    return rows[:limit], _cursor_of(rows[limit - 1]) if len(rows) > limit else None


def next_page_headers(url: str, params: Mapping[str, str], cursor: str) -> dict[str, str]:
    """Return `Link` (RFC 8288) and `X-Next-Cursor`. url: the list's; params: its present query."""
    address = f"{url}?{urlencode({**params, 'cursor': cursor})}"
    return {"Link": f'<{address}>; rel="next"', "X-Next-Cursor": cursor}


def _cursor_of(link: Link) -> str:
    number = (link.created_at - _EPOCH) // timedelta(microseconds=1)
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return f"{digits or '0'}-{link.link_id.removeprefix('lnk_')}"
