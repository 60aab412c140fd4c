"""Sign-in and sessions: `/id/…`, and `/zelid/…` under their old name."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.parsers import StrictJSONParser
from api.views import PlatformAPIView
from apikeys.throttling import window_of
from cloud import inputs, limits, services, shapes
from cloud.callers import PUBLIC, Caller, caller_of, holder_of, may_call
from cloud.errors import BadSignIn, Forbidden, NoPrivilege, NotSignedIn
from cloud.models import LoginPhrase, Session
from cloud.moments import now_ms
from cloud.serializers import (
    CredentialsInput,
    LoginInput,
    MessageOutput,
    PhraseInput,
    PhraseOutput,
    ProvidedOutput,
    SessionOutput,
    SignedInOutput,
)
from cloud.zelidauth import Claim

SIGNED: list[Any] = [{"zelidauth": []}]
# A list shows the newest; who has more sessions than that needs no list to end them all.
LISTED = 1000


class IdView(PlatformAPIView):
    """The base: who calls, whether they may, and how often they did.

    tier: who may call. bucket: what an address without a session is counted for.
    """

    product = "fluxcloud"
    tag: ClassVar[str] = "ID"
    tier: ClassVar[str] = "public"
    bucket: ClassVar[str] = "id"
    # For the documentation alone: bodies are read by `inputs`.
    parser_classes = [StrictJSONParser, FormParser]
    http_method_names = ["get", "post", "options"]

    @property
    def caller(self) -> Caller:
        """Return who calls."""
        return caller_of(self.request)

    @property
    def zelid(self) -> str:
        """Return the id of who calls; only where the tier asks for one."""
        return self.caller.zelid or ""

    @property
    def fields(self) -> dict[str, Any]:
        """Return the fields of the body; read them once."""
        return inputs.fields_of(self.request._request)

    def check_throttles(self, request: Request) -> None:
        """Count the call; raises TooMany (429), NotSignedIn (401), Forbidden (403).

        A method that the path does not have is a 405 for everybody, as at the other paths of the API.
        """
        if not hasattr(self, str(request.method).lower()):
            self.http_method_not_allowed(request)
        caller = PUBLIC if self.tier == "public" else caller_of(request)
        if caller.zelid is None:
            limits.count_address(request._request, self.bucket)
        else:
            limits.count_caller(request._request, caller.zelid)
        if not may_call(caller, self.tier):
            raise NotSignedIn if caller.zelid is None or self.tier == "user" else Forbidden

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Say what is left of the minute."""
        response = super().finalize_response(request, response, *args, **kwargs)
        window = window_of(request)
        for name, value in (window.headers() if window else {}).items():
            response.headers[name] = value
        return response


class LoginPhraseView(IdView):
    """A phrase to sign."""

    tag = "Authentication"
    bucket = "phrase"

    @extend_schema(summary="Get a login phrase", responses=OpenApiTypes.STR, auth=[])
    def get(self, request: Request) -> Response:
        """Give out a phrase that is good for one sign-in within 15 minutes."""
        return self.answer(services.issue_phrase().phrase)


class EmergencyPhraseView(LoginPhraseView):
    """A phrase to sign; a Flux node gives it out even when it is not well."""

    tag = "ID"

    @extend_schema(summary="Get an emergency login phrase", responses=OpenApiTypes.STR, auth=[])
    def get(self, request: Request) -> Response:
        """Give out a phrase, as `/id/loginphrase` does."""
        return super().get(request)


class VerifyLoginView(IdView):
    """Signing in."""

    tag = "Authentication"
    bucket = "sign-in"

    @extend_schema(summary="Sign in", request=LoginInput, responses=SignedInOutput, auth=[])
    def post(self, request: Request) -> Response:
        """Open a session of 14 days with a signed phrase."""
        login = inputs.login_of(self.fields, now_ms=now_ms())
        session = services.sign_in(zelid=login.zelid, phrase=login.message, signature=login.signature)
        return self.answer(shapes.signed_in(session, login.signature))


class ProvideSignView(IdView):
    """A signature for a page that waits on `/ws/sign/…`."""

    tag = "Authentication"
    bucket = "signature"

    @extend_schema(summary="Provide a signature", request=LoginInput, responses=ProvidedOutput, auth=[])
    def post(self, request: Request) -> Response:
        """Leave a signature for 15 minutes under the id followed by the message's last 13 signs."""
        given = inputs.provided_of(self.fields)
        return self.answer(
            services.provide_signature(zelid=given.zelid, message=given.message, signature=given.signature)
        )


class CheckPrivilegeView(IdView):
    """What credentials are good for."""

    bucket = "privilege"

    @extend_schema(summary="Check credentials", request=CredentialsInput, responses=MessageOutput, auth=[])
    def post(self, request: Request) -> Response:
        """Say whether credentials are those of a `user`, of the `fluxteam` or of the `admin`; `none` is a 401."""
        fields = self.fields
        for name, sentence in (
            ("zelid", "No user Flux ID specificed"),
            ("loginPhrase", "No user loginPhrase specificed"),
            ("signature", "No user Flux ID signature specificed"),
        ):
            if not fields.get(name):
                raise BadSignIn(sentence)
        texts = [fields["zelid"], fields["signature"], fields["loginPhrase"]]
        if not all(isinstance(text, str) for text in texts):
            raise NoPrivilege
        caller = holder_of(Claim(*texts))
        if caller is None or not may_call(caller, "user"):
            raise NoPrivilege
        return self.answer(message=caller.privilege)


class LoggedSessionsView(IdView):
    """One's own sessions."""

    tier = "user"

    @extend_schema(summary="List your sessions", responses=SessionOutput(many=True), auth=SIGNED)
    def get(self, request: Request) -> Response:
        """List the live sessions of the calling Flux id, oldest first; of more than 1,000 the newest."""
        return self.answer(_listed(Session.objects.of(self.zelid).live(), shapes.listed_session))


class LoggedUsersView(IdView):
    """Everybody's sessions."""

    tier = "admin"

    @extend_schema(summary="List all sessions", responses=SessionOutput(many=True), auth=SIGNED)
    def get(self, request: Request) -> Response:
        """List everybody's live sessions, oldest first; of more than 1,000 the newest."""
        return self.answer(_listed(Session.objects.live(), shapes.listed_session))


class ActiveLoginPhrasesView(IdView):
    """Phrases that nobody has used yet."""

    tier = "admin"

    @extend_schema(summary="List unused login phrases", responses=PhraseOutput(many=True), auth=SIGNED)
    def get(self, request: Request) -> Response:
        """List the phrases that can still be signed in with, oldest first; of more than 1,000 the newest."""
        return self.answer(_listed(LoginPhrase.objects.live(), shapes.listed_phrase))


class LogoutCurrentSessionView(IdView):
    """The end of the calling session."""

    tier = "user"

    @extend_schema(summary="Log out", responses=MessageOutput, auth=SIGNED)
    def get(self, request: Request) -> Response:
        """End the session that makes the call."""
        services.log_out(zelid=self.zelid, phrase=self.caller.phrase or "")
        return self.answer(message="Successfully logged out")


class LogoutSpecificSessionView(IdView):
    """The end of another session of one's own."""

    tag = "Authentication"
    tier = "user"

    @extend_schema(summary="Log out one session", request=PhraseInput, responses=MessageOutput, auth=SIGNED)
    def post(self, request: Request) -> Response:
        """End the session of a phrase; another id's session is a 404, as is none."""
        phrase = self.fields.get("loginPhrase")
        services.log_out_phrase(zelid=self.zelid, phrase=phrase if isinstance(phrase, str) else "")
        return self.answer(message="Session successfully logged out")


class LogoutAllSessionsView(IdView):
    """The end of all one's sessions."""

    tier = "user"

    @extend_schema(summary="Log out everywhere", responses=MessageOutput, auth=SIGNED)
    def get(self, request: Request) -> Response:
        """End all sessions of the calling Flux id."""
        services.log_out_everywhere(zelid=self.zelid)
        return self.answer(message="Successfully logged out all sessions")


class LogoutAllUsersView(IdView):
    """The end of everybody's sessions."""

    tier = "admin"

    @extend_schema(summary="Log everybody out", responses=MessageOutput, auth=SIGNED)
    def get(self, request: Request) -> Response:
        """End everybody's sessions, the operator's own among them."""
        services.log_out_everybody(zelid=self.zelid)
        return self.answer(message="Successfully logged out all users")


def _listed(rows: Any, shape: Callable[[Any], dict[str, str]]) -> list[dict[str, str]]:
    newest: Iterator[Any] = reversed(rows.order_by("-created_at", "-pk")[:LISTED])
    return [shape(row) for row in newest]
