"""The base of every API view."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.envelopes import ENVELOPES, Envelope
from api.hygiene import url_fault
from api.parsers import DEFAULT_MAX_BODY_BYTES


class PlatformAPIView(APIView):
    """A view that answers in its product's envelope.

    product: one of `fluxme`, `fluxstore`, `fluxly`, `fluximage`,
    `fluxcloud`. max_body_bytes: what its parser reads.
    """

    product: ClassVar[str] = ""
    max_body_bytes: ClassVar[int] = DEFAULT_MAX_BODY_BYTES
    more_statuses: ClassVar[dict[str, tuple[int, ...]]] = {}

    @property
    def envelope(self) -> Envelope:
        """Return the product's envelope."""
        return ENVELOPES[self.product]

    def answer(self, data: Any = None, *, message: str | None = None, status: int = 200) -> Response:
        """Return a success in the product's envelope."""
        return Response(self.envelope.succeed(data, message), status=status)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Run the checks; a fault of the URL comes after authentication and throttle."""
        super().initial(request, *args, **kwargs)
        self.check_hygiene(request)

    def check_hygiene(self, request: Request) -> None:
        """Raise what is wrong with the URL or with how the body was sent."""
        fault = url_fault(request._request)
        if fault is not None:
            raise fault

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Answer with `Allow` alone; the description that DRF would send has no envelope."""
        return self.answer()

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Keep answers out of caches unless the view said otherwise."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response
