"""The one throttle: a fixed window for each key, exact under concurrency.

DRF's own throttles read, append and write back, and let several times the limit through.
"""

from typing import Any

from django.views import View
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from api.errors import TooManyRequests
from apikeys.models import ApiKey
from apikeys.windows import Window, rate_windows


class KeyThrottle(BaseThrottle):
    """Counts the request for its key; the window stays on the request for the answer's headers."""

    def allow_request(self, request: Request, view: View | Any) -> bool:
        """Return True, or raise TooManyRequests (429) with `Retry-After`."""
        key = request.auth
        if not isinstance(key, ApiKey):
            # A view with a public method: nobody to count.
            return True
        window = rate_windows().hit(f"key:{key.pk}", key.limit_per_minute)
        request._request.rate_window = window  # type: ignore[attr-defined]  # read by `window_of`
        if window.exceeded:
            raise TooManyRequests(retry_after_seconds=window.retry_after_seconds)
        return True


def window_of(request: Request) -> Window | None:
    """Return the window that the request was counted in, None for one that no key made."""
    return getattr(request._request, "rate_window", None)
