"""The base of every view that a key opens: authenticate → throttle → plan → scope → idempotency → handler."""

from typing import Any, ClassVar, cast

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.envelopes import product_of
from api.errors import NotFound
from api.views import PlatformAPIView
from apikeys import idempotency
from apikeys.authentication import KeyAuthentication, presented_key
from apikeys.errors import MissingScope
from apikeys.models import ApiKey
from apikeys.throttling import KeyThrottle, window_of
from plans.entitlements import require_in

VERBS = {"GET": "View", "HEAD": "View", "POST": "Edit", "PUT": "Edit", "PATCH": "Edit", "DELETE": "Delete"}

# Below this path people come with a sign-in token, which is no key and must not count as a wrong one.
PEOPLE_ONLY = "/api/stores"


class _Replayed(Exception):
    """The request was answered before; carries the kept answer to `handle_exception`."""

    def __init__(self, answer: idempotency.Answer) -> None:
        self.answer = answer


class IdempotentAPIView(PlatformAPIView):
    """A view whose POSTs may be sent twice under one `Idempotency-Key`. `begin_idempotent` is called by `initial`.

    secret_fields: names in the answer, however deep, that are never kept for a replay.
    """

    secret_fields: ClassVar[tuple[str, ...]] = ()
    _lease: idempotency.Lease | None = None

    @property
    def idempotency_owner(self) -> ApiKey | User:
        """Return whose names these are, since two senders may use the same one: the person who signed in."""
        return cast(User, self.request.user)

    def idempotency_fingerprint(self, request: Request) -> str:
        """Return what a repeat must equal; views with large bodies override it."""
        return idempotency.fingerprint(request.method or "", request.get_full_path(), request.body)

    def begin_idempotent(self, request: Request) -> None:
        """Take the lease of a POST that has a name, or stop here with the answer of the first request."""
        if request.method != "POST" or "HTTP_IDEMPOTENCY_KEY" not in request.META:
            return
        outcome = idempotency.begin(
            owner=self.idempotency_owner,
            name=request.META["HTTP_IDEMPOTENCY_KEY"],
            print_=self.idempotency_fingerprint(request),
        )
        if isinstance(outcome, idempotency.Answer):
            raise _Replayed(outcome)
        self._lease = outcome

    def renew_lease(self) -> None:
        """Keep the lease of a long request: call it at least once a minute."""
        if self._lease is not None:
            idempotency.renew(self._lease)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer a refusal, or repeat a kept answer."""
        if isinstance(exc, _Replayed):
            return Response(exc.answer.data, status=exc.answer.status, headers={"Idempotency-Replayed": "true"})
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Keep the answer of an idempotent request."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self._lease is not None:
            lease, self._lease = self._lease, None
            if isinstance(response, Response):
                data = self._without_secrets(response.data)
                idempotency.finish(lease, status=response.status_code, data=data)
            else:
                # Bytes (an image) are not kept; the same request may be made again.
                idempotency.release(lease)
        return response

    def _without_secrets(self, data: Any) -> Any:
        if self.secret_fields and isinstance(data, dict):
            items = data.items()
            return {name: None if name in self.secret_fields else self._without_secrets(v) for name, v in items}
        if self.secret_fields and isinstance(data, list):
            return [self._without_secrets(item) for item in data]
        return data


class KeyedAPIView(IdempotentAPIView):
    """A view for holders of a key of `product`.

    area: of the product's scope matrix; the verb follows from the method unless `verbs` says otherwise.
    feature: what the plan must include.
    """

    area: ClassVar[str] = ""
    verbs: ClassVar[dict[str, str]] = VERBS
    feature: ClassVar[str] = "api"
    authentication_classes = [KeyAuthentication]
    throttle_classes = [KeyThrottle]

    @property
    def key(self) -> ApiKey:
        """Return the key that opened the request."""
        return cast(ApiKey, self.request.auth)

    @property
    def idempotency_owner(self) -> ApiKey:
        """Return the key."""
        return self.key

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Run the checks in the platform's order, each refusal before the next look."""
        self.negotiate(request)
        self.perform_authentication(request)
        self.check_throttles(request)
        self.check_hygiene(request)
        self.check_plan()
        self.check_scope(request)
        self.begin_idempotent(request)

    def negotiate(self, request: Request) -> None:
        """Choose the renderer first, so that every refusal below has one."""
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)

    def check_plan(self) -> None:
        """Raise PlanRequired, with the product's status, unless the plan has the view's feature."""
        require_in(self.key.plan, self.product, self.feature)

    def check_scope(self, request: Request) -> None:
        """Raise MissingScope (403) unless the key has the area's verb. Unknown methods fall to 405."""
        verb = self.verbs.get(request.method or "")
        is_served = hasattr(self, (request.method or "").lower())
        if self.area and verb and is_served and not self.key.may(self.area, verb):
            raise MissingScope(self.area, verb)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add the rate headers."""
        response = super().finalize_response(request, response, *args, **kwargs)
        window = window_of(request)
        if window is not None:
            for name, value in window.headers().items():
                response.headers[name] = value
        return response


class UnknownRouteView(KeyedAPIView):
    """404 for paths below `/api/` that no route owns. A request with a key is counted like any other."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate and count when there is a credential; then there is nothing here."""
        self.product = product_of(request.path)  # type: ignore[misc]  # one view serves all products
        self.negotiate(request)
        is_for_people = request.path.startswith(PEOPLE_ONLY)
        if self.product and not is_for_people and presented_key(request) is not None:
            self.perform_authentication(request)
            self.check_throttles(request)
        self.check_hygiene(request)
        raise NotFound
