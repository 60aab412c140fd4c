"""Routes for tests of the token: one view that people with a token enter, and where they get it."""

from typing import Any

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import SessionTokenAuthentication
from api.views import PlatformAPIView


class WhoView(PlatformAPIView):
    """Says who asks."""

    product = "fluxstore"
    authentication_classes = [SessionTokenAuthentication]

    def get(self, request: Request) -> Response:
        who: Any = request
        return self.answer({"email": who.user.email, "use": who.auth["token_use"]})


urlpatterns = [
    path("api/stores/who", WhoView.as_view()),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
]
