"""People at the API's door: the access token of allauth's headless app client."""

from typing import Any

from allauth.headless.tokens.strategies.jwt.internal import validate_access_token
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from api.errors import Unauthorized


class SessionTokenAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer <JWT>` and checks the session behind it, so that signing out ends it at once.

    An API key is not accepted here, as a token is not accepted where keys are.
    """

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        """Return the user and the token's claims; raises Unauthorized (401)."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        has_token = scheme.lower() == "bearer" and token
        found: tuple[Any, Any] | None = validate_access_token(token.strip()) if has_token else None
        if "HTTP_X_API_KEY" in request.META or found is None or not found[0].is_active:
            raise Unauthorized
        return found
