"""Redirects leave the platform with the same headers, whichever way they were answered."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from links.redirects import headers_of


class LinkRedirect(HttpResponse):
    """A redirect of a short link. Not HttpResponseRedirect: it would rewrite characters that the owner chose."""

    def __init__(self, location: str, status: int) -> None:
        super().__init__(status=status, headers=headers_of(location))


class BareRedirectMiddleware:
    """Takes back what other middleware put onto the redirect of a short link; cookies stay."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        response = self.get_response(request)
        if isinstance(response, LinkRedirect):
            kept = headers_of(response["Location"])
            for name in [name for name, _ in response.items() if name not in kept]:
                del response[name]
        return response
