"""The directory as files for other programs: CSV for spreadsheets, Atom for feed readers."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django_ratelimit.core import get_usage

from accounts.page_views import PageView
from api.addresses import client_address, home_of
from api.errors import InvalidFields, TooManyRequests
from providers.atom import directory_feed
from providers.exports import listings_as_csv
from providers.filters import FilterQuery, without_blanks
from providers.places import Held, Places
from providers.public import REVALIDATED, open_to_browsers, unless_known

EXPORTS_PER_MINUTE = 10
"""How many exports one network may begin in a minute: each reads the whole directory."""


RETRY_SECONDS = 5
TOO_MANY = "Others are exporting the directory right now. Try again in a few seconds."
# An export holds a thread of the web server as long as its reader takes.
_places = Places()


class FilePage(PageView):
    """A file that scripts of any web site may read; what its filters refuse is said on the error page."""

    http_method_names = ["get", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the CORS headers."""
        response = super().dispatch(request, *args, **kwargs)
        open_to_browsers(response)
        return response

    def query(self) -> dict[str, Any]:
        """Return the validated filters; raises InvalidFields (400) with a sentence that names what is wrong."""
        try:
            return FilterQuery.read(without_blanks(self.request.GET))
        except InvalidFields as error:
            sentence = "; ".join(fault.sentence() for fault in error.errors)
            raise InvalidFields(f"Not a filter of the directory: {sentence}.", errors=error.errors) from None


class ExportPage(FilePage):
    """`/providers/export.csv`."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Stream all listings that the filters leave."""
        query = self.query()
        _count_export(request)
        lines = iter(()) if request.method == "HEAD" else _held(listings_as_csv(query))
        name = f"flux-providers-{timezone.now():%Y-%m-%d}.csv"
        return StreamingHttpResponse(
            lines,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": REVALIDATED},
        )


def _held(lines: Iterator[str]) -> Held:
    """Return the lines, which hold a place until they are sent. Raises TooManyRequests (429) without one."""
    if not _places.take():
        raise TooManyRequests(retry_after_seconds=RETRY_SECONDS, message=TOO_MANY)
    return Held(lines, _places.give_back)


class FeedPage(FilePage):
    """`/providers/feed.atom`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer the feed, or 304 when the reader has it."""
        query = self.query()
        body, newest_at = directory_feed(query, without_blanks(request.GET).urlencode())
        return unless_known(request, body.encode(), "application/atom+xml; charset=utf-8", modified_at=newest_at)


def _count_export(request: HttpRequest) -> None:
    """Raise TooManyRequests (429) when the network began too many. Without a cache nothing is counted."""
    usage: dict[str, Any] | None = get_usage(
        request,
        group="providers.export",
        key=lambda _group, asking: home_of(client_address(asking)),
        rate=f"{EXPORTS_PER_MINUTE}/m",
        increment=True,
    )
    if usage and usage["should_limit"]:
        raise TooManyRequests(retry_after_seconds=max(1, int(usage["time_left"])))
