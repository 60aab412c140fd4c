"""HTTP of one listing: anyone reads it, its provider pushes to it."""

import re
from typing import Any

from django.http import HttpRequest
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import FieldError, NotFound
from api.views import PlatformAPIView
from apikeys.models import ApiKey
from apikeys.views import KeyedAPIView
from providers import services
from providers.errors import WrongProvider
from providers.models import Provider, Source
from providers.openapi import ProviderAutoSchema
from providers.public import PUBLIC_METHODS, REVALIDATED, OpenToBrowsers, is_known
from providers.queries import PushQuery
from providers.serializers import ProviderDetailOutput, ProviderInput, read_push

MAX_PUSH_BYTES = 64 * 1024
_STRICT = re.compile(r'(?:^|[,;])\s*handling\s*=\s*"?strict"?\s*(?=$|[,;])', re.IGNORECASE)


class ProviderDetailView(KeyedAPIView, OpenToBrowsers):
    """`/api/providers/<slug>`: anyone reads; the provider's own key writes."""

    product = "fluxme"
    area = "Listing"
    max_body_bytes = MAX_PUSH_BYTES
    schema = ProviderAutoSchema()

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Look for a key only where one is needed."""
        request: HttpRequest | None = getattr(self, "request", None)
        is_public = request is not None and request.method in PUBLIC_METHODS
        return [] if is_public else super().get_authenticators()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Run the checks of a keyed request for all but the public reads."""
        if request.method in PUBLIC_METHODS:
            PlatformAPIView.initial(self, request, *args, **kwargs)
        else:
            super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="getProvider",
        summary="Read a provider",
        description="Public. Answers 304 when `If-None-Match` names the current `ETag`.",
        auth=[],
        parameters=[OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)],
        responses={200: ProviderDetailOutput, 304: OpenApiResponse(description="Not modified")},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return one listing."""
        provider = Provider.objects.live().with_tiers().filter(slug=slug).first()
        if provider is None:
            raise NotFound
        if is_known(request.META.get("HTTP_IF_NONE_MATCH", ""), provider.etag):
            response = Response(status=304)
        else:
            response = self.answer(ProviderDetailOutput.show(provider))
        response.headers["ETag"] = provider.etag
        response.headers["Cache-Control"] = REVALIDATED
        return response

    @extend_schema(
        operation_id="updateProvider",
        summary="Update a provider",
        description=(
            "Absent fields stay, `null` clears where it may, lists replace as a whole. Fields that Fluxme manages "
            "and unknown ones are ignored and named in `warnings`; `Prefer: handling=strict` makes them errors. "
            "`If-Match` with another `ETag` than the current one is answered 412. The key must be the provider's "
            "own (403). A tier and planName may come once (400)."
        ),
        parameters=[
            OpenApiParameter("dryRun", bool, description="Validate and show the difference; write nothing")
        ],
        request=ProviderInput,
        responses=ProviderDetailOutput,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Apply a push to the key's own listing."""
        dry_run: bool = PushQuery.parse_query(request)["dryRun"]
        strict = bool(_STRICT.search(request.META.get("HTTP_PREFER", "")))
        fields, ignored = read_push(request.data, strict=strict)
        provider = own_provider(self.key, slug)
        etags = request.META.get("HTTP_IF_MATCH")
        proposal = services.Proposal(
            provider=provider,
            fields=fields,
            source=Source.PUSH,
            key=self.key,
            if_match=parse_etags(etags) if etags is not None else None,
        )
        update = services.preview_update(proposal) if dry_run else services.apply_update(proposal)
        verb = "would be updated; nothing was written" if dry_run else "updated successfully"
        body = self.envelope.succeed(ProviderDetailOutput.show(update.provider), f'Provider "{slug}" {verb}')
        body["changed"] = [difference.field for difference in update.differences]
        body["warnings"] = [_shown(warning) for warning in ignored + update.warnings]
        if dry_run:
            body |= {"dryRun": True, "difference": [d.shown() for d in update.differences]}
        response = Response(body)
        response.headers["ETag"] = provider.etag if dry_run else update.provider.etag
        if strict:
            response.headers["Preference-Applied"] = "handling=strict"
        return response


def own_provider(key: ApiKey, slug: str) -> Provider:
    """Return the listing that the key is bound to.

    Raises WrongProvider (403) for another one that the public can see, NotFound (404) for any other slug.
    """
    provider = Provider.objects.opened_by(key).filter(slug=slug).first()
    if provider is None:
        raise WrongProvider if Provider.objects.live().filter(slug=slug).exists() else NotFound
    return provider


def _shown(warning: FieldError) -> dict[str, str]:
    return {"field": warning.field, "code": warning.code, "message": warning.message}
