"""API keys of a store over HTTP, for people who signed in (JWT); keys themselves are not accepted here."""

import uuid
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import SessionTokenAuthentication
from accounts.models import User
from api.addresses import client_address, home_of
from api.errors import MethodNotAllowed, NotFound, Unauthorized
from apikeys import services
from apikeys.authentication import count_failure
from apikeys.models import ApiKey
from apikeys.views import IdempotentAPIView
from plans import entitlements
from store import teams
from store.errors import KeyIsRevoked
from store.key_serializers import IssuedKeyOutput, KeyInput, KeyOutput
from store.listing import BY_IDS, CREATED, Listing
from store.models import Store, TeamPermission
from store.resources import IDEMPOTENCY_KEY, list_parameters, page_schema
from store.searching import Search

KEYS = Listing(
    output=KeyOutput,
    sorts={"createdAt": "created_at", "name": "name"},
    default_sort="createdAt",
    search=Search(("name",)),
    filters={**CREATED, **BY_IDS},
)
_NEEDS = (
    "Needs the access token of a person in the store's team with Stores:Edit, which owners and admins of the "
    "account always have."
)


class StoreKeyView(IdempotentAPIView):
    """A view for people who may manage a store."""

    product = "fluxstore"
    tag: ClassVar[str] = "api-keys"
    secret_fields = ("key",)
    authentication_classes = [SessionTokenAuthentication]
    store: Store

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find the store among those of the person.

        Raises MethodNotAllowed (405) first: that permissions cannot be changed is true for everyone. Then
        Unauthorized (401), NotFound (404) for a foreign store, PermissionLacking (403) without Stores:Edit.
        """
        if not hasattr(self, (request.method or "").lower()):
            raise MethodNotAllowed
        try:
            super().initial(request, *args, **kwargs)
        except Unauthorized:
            if "HTTP_AUTHORIZATION" in request.META:
                count_failure(home_of(client_address(request)))
            raise
        known = Store.objects.known_to(self.user).select_related("account")
        store = known.filter(store_id=kwargs["store_id"]).first()
        if store is None:
            raise NotFound
        teams.require(self.user, store, TeamPermission.EDIT)
        self.store = store
        self.begin_idempotent(request)

    @property
    def user(self) -> User:
        """Return the person who signed in."""
        return cast(User, self.request.user)

    def keys(self) -> QuerySet[ApiKey]:
        """Return the store's keys, revoked ones too."""
        return ApiKey.objects.of(self.store.account, "fluxstore").filter(resource=self.store.store_id)

    def find(self, pk: uuid.UUID) -> ApiKey:
        """Return one key; raises NotFound (404) for a missing one and for another store's."""
        key = self.keys().filter(pk=pk).first()
        if key is None:
            raise NotFound
        return key

    def shown_once(self, issued: services.Issued) -> Response:
        """Return the answer with the secret, which nobody may keep on its way."""
        response = self.answer(IssuedKeyOutput(issued.key, context={"secret": issued.secret}).data)
        response.headers["Cache-Control"] = "no-store"
        return response


class StoreKeyListView(StoreKeyView):
    """`/api/stores/{storeId}/api-keys`."""

    @extend_schema(
        operation_id="listApiKeys",
        summary="List API keys",
        description=f"Keys of the store, revoked ones too, without their secrets. {_NEEDS}",
        parameters=list_parameters(KEYS),
        responses=page_schema(KEYS),
    )
    def get(self, request: Request, store_id: str) -> Response:
        """Answer one page."""
        return self.answer(KEYS.page(self.keys(), request.query_params, {"store": self.store}))

    @extend_schema(
        operation_id="createApiKey",
        summary="Create an API key",
        description=f"The answer has the key, once. Permissions cannot be changed later. Needs Pro. {_NEEDS}",
        parameters=[IDEMPOTENCY_KEY],
        request=KeyInput,
        responses=IssuedKeyOutput,
    )
    def post(self, request: Request, store_id: str) -> Response:
        """Make a key and answer it with its secret."""
        entitlements.require(self.store.account, "fluxstore", "keys")
        fields = KeyInput.parse(request)
        issued = services.issue(
            account=self.store.account,
            product="fluxstore",
            resource=self.store.store_id,
            name=fields["name"],
            scopes=fields["permissions"],
            expires_at=fields.get("expires_at"),
            actor=self.user,
        )
        return self.shown_once(issued)


class StoreKeyDetailView(StoreKeyView):
    """`/api/stores/{storeId}/api-keys/{id}`; there is no PATCH, because permissions never change."""

    @extend_schema(
        operation_id="revokeApiKey",
        summary="Revoke an API key",
        description=f"Ends the key at once and for good; repeating it changes nothing. {_NEEDS}",
        request=None,
        responses={200: None},
    )
    def delete(self, request: Request, store_id: str, pk: uuid.UUID) -> Response:
        """End a key."""
        services.revoke(key=self.find(pk), actor=self.user)
        return self.answer()


class StoreKeyRegenerateView(StoreKeyView):
    """`/api/stores/{storeId}/api-keys/{id}/regenerate`."""

    @extend_schema(
        operation_id="regenerateApiKey",
        summary="Regenerate an API key",
        description="Gives the key a new secret, which the answer has once; the old one ends at once. Name, "
        f"permissions and expiry stay. A revoked key is a 400. {_NEEDS}",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses=IssuedKeyOutput,
    )
    def post(self, request: Request, store_id: str, pk: uuid.UUID) -> Response:
        """Replace the secret of a key and answer the new one."""
        key = self.find(pk)
        if key.revoked_at is not None:
            raise KeyIsRevoked
        return self.shown_once(services.regenerate(key=key, actor=self.user))
