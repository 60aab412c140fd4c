"""HTTP of pulls, for the provider's own key: settings, test, refresh, log, pins."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import NotFound
from apikeys.views import VERBS, KeyedAPIView
from providers import services
from providers.errors import NoPull
from providers.models import Provider, PullSource, SyncRun
from providers.names import WRITABLE_NAMES
from providers.pull_serializers import (
    PinOutput,
    PullOutput,
    RefreshOutput,
    RunOutput,
    RunPage,
    RunQuery,
    TrialOutput,
)
from providers.pull_settings import PullInput, PullSetup, read_settings
from providers.trials import try_pull
from providers.views import own_provider

MAX_SETTINGS_BYTES = 64 * 1024


class PullView(KeyedAPIView):
    """The base of what a provider's own key does about its pulls."""

    product = "fluxme"
    area = "Listing"
    # A listing's key has no Delete; taking settings or a pin away is an edit.
    verbs: ClassVar[dict[str, str]] = VERBS | {"DELETE": "Edit"}
    max_body_bytes = MAX_SETTINGS_BYTES

    def provider(self, slug: str) -> Provider:
        """Return the key's own listing; raises WrongProvider (403), NotFound (404)."""
        return own_provider(self.key, slug)

    def source(self, provider: Provider) -> PullSource:
        """Return the provider's settings; raises NoPull (404)."""
        source = PullSource.objects.filter(provider=provider).first()
        if source is None:
            raise NoPull
        source.provider = provider
        return source


class PullSettingsView(PullView):
    """`/api/providers/<slug>/pull`."""

    @extend_schema(operation_id="getPull", summary="Read the pull settings", responses=PullOutput)
    def get(self, request: Request, slug: str) -> Response:
        """Return the settings without the secret, and the state."""
        return self.answer(PullOutput(self.source(self.provider(slug))).data)

    @extend_schema(
        operation_id="setPull",
        summary="Set the pull up",
        description="Replaces all settings; `url` is needed, what else is absent gets its default. A stored "
        "secret stays while the kind, the name and the host of the address stay. The first pull is due at once.",
        request=PullSetup,
        responses=PullOutput,
    )
    def put(self, request: Request, slug: str) -> Response:
        """Replace the settings."""
        return self._save(request, slug, is_partial=False)

    @extend_schema(
        operation_id="updatePull",
        summary="Change pull settings",
        description='Absent settings stay. `{"paused": false}` ends a pause, whoever began it.',
        request=PullInput,
        responses=PullOutput,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change some settings."""
        return self._save(request, slug, is_partial=True)

    @extend_schema(
        operation_id="removePull",
        summary="Pull no more",
        description="Forgets the settings with their secret. The listing and the sync log stay.",
        responses={204: None},
    )
    def delete(self, request: Request, slug: str) -> Response:
        """Remove the settings."""
        services.remove_pull(provider=self.provider(slug), key=self.key)
        return Response(status=204)

    def _save(self, request: Request, slug: str, *, is_partial: bool) -> Response:
        source = services.save_pull(
            provider=self.provider(slug), settings=request.data, is_partial=is_partial, key=self.key
        )
        return self.answer(PullOutput(source).data, message="The pull settings are saved.")


class PullTestView(PullView):
    """`/api/providers/<slug>/pull/test`."""

    @extend_schema(
        operation_id="testPull",
        summary="Fetch now and show what would change",
        description="Fetches the stored address, or tries settings that are not stored yet: those of the body go "
        "before the stored ones. Nothing is written but a run of the kind `test`. Also answers 200 when the fetch "
        "failed: `run.error` says why. 409 while this host is being asked by another pull, or the account tests.",
        request=PullInput,
        responses=TrialOutput,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Try the settings."""
        provider = self.provider(slug)
        present = PullSource.objects.filter(provider=provider).first()
        if present is None and not request.data:
            raise NoPull
        fields = read_settings(request.data, present, is_partial=present is not None)
        trial = try_pull(services.drafted(provider, fields, present))
        return self.answer(TrialOutput(trial).data, message="Nothing was changed.")


class RefreshView(PullView):
    """`/api/providers/<slug>/refresh`."""

    @extend_schema(
        operation_id="refreshProvider",
        summary="Ask for a pull out of turn",
        description="The pull is made within a minute; its run appears in the sync log. Asking again while one "
        "waits changes nothing. 409 while one is under way or paused, 429 within a minute of the last pull.",
        request=None,
        responses={202: RefreshOutput},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Queue a pull."""
        source = services.request_refresh(provider=self.provider(slug), key=self.key)
        return self.answer(RefreshOutput(source).data, message="A pull is queued.", status=202)


class SyncRunListView(PullView):
    """`/api/providers/<slug>/sync-runs`."""

    @extend_schema(
        operation_id="listSyncRuns",
        summary="List sync runs",
        description="Newest first, kept 90 days. `after` takes the `nextCursor` of the page before.",
        parameters=[
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
            OpenApiParameter("after", {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"}),
        ],
        responses=RunPage,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return one page of the log."""
        query = RunQuery.parse_query(request)
        runs = SyncRun.objects.of(self.provider(slug))
        items, cursor = runs.page(limit=query["limit"], after=query.get("after"))
        return self.answer({"items": [RunOutput(run).data for run in items], "nextCursor": cursor})


class PinView(PullView):
    """`/api/providers/<slug>/pins/<field>`."""

    @extend_schema(
        operation_id="releasePin",
        summary="Let pulls set a field again",
        description="A push pins each field that it names. Releasing what is not pinned changes nothing.",
        responses=PinOutput,
    )
    def delete(self, request: Request, slug: str, field: str) -> Response:
        """Release the pin of a field; raises NotFound (404) for a name that no field has."""
        provider = self.provider(slug)
        if field not in WRITABLE_NAMES:
            raise NotFound("There is no such field.")
        services.release_pin(provider=provider, field=field, key=self.key)
        return self.answer({"field": field, "pinned": False}, message=f"Pulls may set {field} again.")
