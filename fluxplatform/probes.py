"""`/livez` and `/readyz` for those who call by address: container engines and load balancers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from api import health

PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/livez": health.livez, "/readyz": health.readyz}


class ProbeMiddleware:
    """Answers the two probes before the host name and the scheme are judged; probes know neither."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a probe, or pass the request on."""
        return PROBES.get(request.path, self.get_response)(request)
