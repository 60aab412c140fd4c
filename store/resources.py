"""The base of every resource of the management API.

A view picks what it can do by its mixins (`Listed`, `Created`, `Read`, `Updated`, `Deleted`, `Acted`), says in
class attributes what it is about, and calls one service for each write. `documented` writes its OpenAPI from the
same attributes. The store is the one that the key is bound to.
"""

import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.errors import NotFound, Unauthorized
from api.serializers import StrictSerializer
from apikeys.views import KeyedAPIView
from store.listing import Listing, Parameter
from store.models import Store

V = TypeVar("V", bound=type[APIView])
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="Repeats within 24 hours get the first answer again; another request under the name is a 400.",
)


class ResourceView(KeyedAPIView):
    """A view of one resource of the key's store.

    noun, plural: its words, as in `package` and `packages`. rows: what the store's clients may see.
    """

    product = "fluxstore"
    noun: ClassVar[str]
    plural: ClassVar[str]
    listing: ClassVar[Listing]
    input: ClassVar[type[StrictSerializer]]
    output: ClassVar[type[serializers.Serializer[Any]]]

    @cached_property
    def store(self) -> Store:
        """Return the store that the key is bound to, read once for a request.

        Raises Unauthorized (401) for a key without a store: it opens nothing.
        """
        # The id is unique, so there is nothing to order: `first()` would cost a third more.
        stores = Store.objects.filter(store_id=self.key.resource, account_id=self.key.account_id)
        store = next(iter(stores), None)
        if store is None:
            raise Unauthorized
        return store

    @property
    def context(self) -> dict[str, Any]:
        """Return what the serializers need to know."""
        return {"store": self.store}

    def rows(self, store: Store) -> QuerySet[Any]:
        """Return the store's rows with all that an answer shows."""
        raise NotImplementedError

    def find(self, pk: uuid.UUID) -> Any:
        """Return one row; raises NotFound (404) for a missing one and for another store's."""
        row = self.rows(self.store).filter(pk=pk).first()
        if row is None:
            raise NotFound
        return row

    def shown(self, row: Model) -> Response:
        """Return the answer with one row."""
        return self.answer(self.output(row, context=self.context).data)


class Listed(ResourceView):
    """GET of the collection. One below a row (`/{id}/transactions`) reads the row's id from `self.kwargs`."""

    def get(self, request: Request, **_: Any) -> Response:
        """Answer one page."""
        return self.answer(self.listing.page(self.rows(self.store), request.query_params, self.context))


class Created(ResourceView):
    """POST to the collection. created: the shape of the answer where a new row shows more than `output`."""

    created: ClassVar[type[serializers.Serializer[Any]] | None] = None

    def post(self, request: Request) -> Response:
        """Create a row and answer it."""
        return self.shown_new(self.create(self.input.parse(request, context=self.context)))

    def shown_new(self, row: Any) -> Response:
        """Return the answer with the row that `create` made."""
        return self.shown(self.find(row.pk))

    def create(self, fields: dict[str, Any]) -> Model:
        """Call the service."""
        raise NotImplementedError


class Read(ResourceView):
    """GET of one row."""

    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Answer the row."""
        return self.shown(self.find(pk))


class Updated(ResourceView):
    """PATCH of one row. changes: what it takes where that is not `input`."""

    changes: ClassVar[type[StrictSerializer] | None] = None

    def patch(self, request: Request, pk: uuid.UUID) -> Response:
        """Change the given fields and answer the row."""
        fields = (self.changes or self.input).parse(request, partial=True, context=self.context)
        row = self.update(self.find(pk), fields)
        return self.shown(self.find(row.pk))

    def update(self, row: Any, fields: dict[str, Any]) -> Model:
        """Call the service."""
        raise NotImplementedError


class Deleted(ResourceView):
    """DELETE of one row."""

    def delete(self, request: Request, pk: uuid.UUID) -> Response:
        """Delete the row; the answer has no data."""
        self.remove(self.find(pk))
        return self.answer()

    def remove(self, row: Any) -> None:
        """Call the service."""
        raise NotImplementedError


class Acted(ResourceView):
    """POST of one row to a route of its own, such as `/{id}/void`; `input` is what the action takes.

    action: its verb. rule: a sentence for the documentation. A view of this kind has no other mixin.
    """

    action: ClassVar[str]
    rule: ClassVar[str] = ""

    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Act on the row and answer it."""
        fields = self.input.parse(request, context=self.context)
        row = self.act(self.find(pk), fields)
        return self.shown(self.find(row.pk))

    def act(self, row: Any, fields: dict[str, Any]) -> Model:
        """Call the service."""
        raise NotImplementedError


def documented(view: V) -> V:
    """Write the OpenAPI of a resource view from its class attributes."""
    cls: Any = view
    noun, area = cls.noun, cls.area
    docs: dict[str, Any] = {}
    if issubclass(cls, Listed):
        docs["get"] = _list_operation(cls)
    if issubclass(cls, Read):
        docs["get"] = _operation("get", noun, f"{area}:View", f"Read {_a(noun)}", responses=cls.output)
    if issubclass(cls, Created):
        docs["post"] = _post_operation("create", cls, responses=cls.created or cls.output)
    if issubclass(cls, Acted):
        docs["post"] = _post_operation(cls.action, cls, cls.rule, responses=cls.output)
    if issubclass(cls, Updated):
        rule = "Absent fields stay as they are and null clears."
        shapes = {"request": cls.changes or cls.input, "responses": cls.output}
        docs["patch"] = _operation("update", noun, f"{area}:Edit", f"Change {_a(noun)}", rule, **shapes)
    if issubclass(cls, Deleted):
        docs["delete"] = _operation("delete", noun, f"{area}:Delete", f"Delete {_a(noun)}", responses={200: None})
    return extend_schema_view(**docs)(view)


def _list_operation(cls: Any) -> Any:
    title = cls.plural[0].upper() + cls.plural[1:]
    return extend_schema(
        operation_id=f"list{_camel(cls.plural)}",
        summary=f"List {cls.plural}",
        description=f"{title} of the key's store, a page at a time. Needs {cls.area}:View.",
        parameters=list_parameters(cls.listing),
        responses=page_schema(cls.listing),
    )


def _post_operation(verb: str, cls: Any, rule: str = "", **schema: Any) -> Any:
    summary = f"{verb.capitalize()} {_a(cls.noun)}"
    shapes = {"parameters": [IDEMPOTENCY_KEY], "request": cls.input} | schema
    return _operation(verb, cls.noun, f"{cls.area}:Edit", summary, rule, **shapes)


def _operation(verb: str, noun: str, scope: str, summary: str, rule: str = "", **schema: Any) -> Any:
    description = f"{summary} of the key's store. {rule} Needs {scope}.".replace("  ", " ")
    return extend_schema(
        operation_id=verb + _camel(noun), summary=summary, description=description, **({"request": None} | schema)
    )


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def list_parameters(listing: Listing) -> list[OpenApiParameter]:
    """Return the query parameters of a list for its OpenAPI."""
    return query_parameters(listing.parameters)


def query_parameters(parameters: Mapping[str, Parameter]) -> list[OpenApiParameter]:
    """Return query parameters for an OpenAPI."""
    return [
        OpenApiParameter(
            name,
            parameter.schema,
            OpenApiParameter.QUERY,
            description=parameter.description,
            style="form" if parameter.schema["type"] == "array" else None,
            explode=False if parameter.schema["type"] == "array" else None,
        )
        for name, parameter in parameters.items()
    ]


def page_schema(listing: Listing) -> type[serializers.Serializer[Any]]:
    """Return the shape of a page of a list for its OpenAPI."""
    output: Any = listing.output
    fields = {
        "items": output(many=True),
        "totalCount": serializers.IntegerField(min_value=0),
        "skip": serializers.IntegerField(min_value=0),
        "take": serializers.IntegerField(min_value=1, max_value=100),
    }
    name = output.__name__.removesuffix("Output") + "Page"
    return type(name, (serializers.Serializer,), fields)


def _camel(words: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in words.split(" "))
