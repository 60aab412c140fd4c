"""Routes for tests of the door: one plain keyed view for each product."""

from typing import Any, cast

from django.http import HttpResponse
from django.urls import path, re_path
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.views import KeyedAPIView, UnknownRouteView

calls: list[str] = []


class EchoView(KeyedAPIView):
    """Answers with the body it got and counts how often it ran."""

    def get(self, request: Request) -> Response:
        maker = getattr(request.user, "email", None)
        return self.answer({"key": str(self.key.pk), "maker": maker})

    def post(self, request: Request) -> Response:
        calls.append(self.product)
        body = cast(dict[str, Any], request.data)
        if body.get("fail"):
            raise RuntimeError("boom")
        if "status" in body:
            return self.answer({"n": len(calls)}, status=body["status"])
        code = {"code": "a-secret-code"}
        return self.answer({"n": len(calls), "results": [code]} if body.get("many") else {"n": len(calls)} | code)


class StoreEcho(EchoView):
    product = "fluxstore"
    area = "Packages"
    secret_fields = ("code",)


class LinksEcho(EchoView):
    product = "fluxly"


class ImagesEcho(EchoView):
    product = "fluximage"


class BytesEcho(EchoView):
    product = "fluximage"

    def post(self, request: Request) -> HttpResponse:  # type: ignore[override]  # bytes instead of JSON
        calls.append(self.product)
        return HttpResponse(b"bytes", content_type="image/png")


class LongEcho(EchoView):
    product = "fluximage"

    def post(self, request: Request) -> Response:
        self.renew_lease()
        return super().post(request)


class ProvidersEcho(EchoView):
    product = "fluxme"


urlpatterns = [
    path("api/v1/echo", StoreEcho.as_view()),
    path("api/links/echo", LinksEcho.as_view()),
    path("api/usage", ImagesEcho.as_view()),
    path("api/compress", BytesEcho.as_view()),
    path("api/compress/long", LongEcho.as_view()),
    path("api/providers/echo", ProvidersEcho.as_view()),
    re_path(r"^api(/|$)", UnknownRouteView.as_view()),
]
handler404 = "api.handlers.page_not_found"
handler500 = "api.handlers.server_error"
