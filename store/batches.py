"""Up to 100 writes of one resource in one request: `POST /api/v1/<resource>/batch`.

`batched(ListView, DetailView)` makes the view of a resource from the two that it has already. An item without `id`
is what a POST takes, an item with `id` what a PATCH of that row takes.
"""

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.envelopes import FluxStoreEnvelope
from api.errors import FieldError, InvalidFields, NotFound, PlatformError
from api.fields import StrictBooleanField
from api.serializers import StrictSerializer
from store.errors import field_fault
from store.fields import UUID_TEXT
from store.models import Store
from store.resources import IDEMPOTENCY_KEY, Created, ResourceView, Updated

MAX_ITEMS = 100
_ENVELOPE = FluxStoreEnvelope()


@extend_schema_field({"type": "array", "minItems": 1, "maxItems": MAX_ITEMS, "items": {"type": "object"}})
class ItemsField(serializers.Field[Any, Any, Any, Any]):
    """1 to 100 items of any form; each is judged by itself."""

    default_error_messages = {"items": f"must be a list of 1 to {MAX_ITEMS} objects"}

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the list."""
        if not isinstance(data, list) or not 1 <= len(data) <= MAX_ITEMS:
            self.fail("items")
        return data


class BatchInput(StrictSerializer):
    """What a batch takes."""

    items = ItemsField(help_text="Without `id`, what a POST takes; with `id`, what a PATCH of that row takes.")
    atomic = StrictBooleanField(required=False, help_text="True: all or nothing. False (default): each by itself.")


@extend_schema_field({"type": "object", "nullable": True})
class DataField(serializers.JSONField):
    """The row as a GET shows it."""


class BatchResultOutput(serializers.Serializer[Any]):
    """The answer to one item. status: the HTTP status that it would have had by itself."""

    index = serializers.IntegerField(min_value=0, max_value=MAX_ITEMS - 1)
    status = serializers.IntegerField()
    success = serializers.BooleanField()
    data = DataField(allow_null=True)  # type: ignore[assignment]  # fields leave the class body
    message = serializers.CharField(allow_null=True)
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]  # so does this


class BatchOutput(serializers.Serializer[Any]):
    """What a batch answers, a result for each item in the items' order."""

    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = BatchResultOutput(many=True)


@dataclass(slots=True)
class Outcome:
    """What became of one item: a row, or a refusal. is_new: the item made the row."""

    row: Any = None
    is_new: bool = False
    refusal: PlatformError | None = None


class BatchView(ResourceView):
    """POST of many items. makes, changes: the views that create and change one row."""

    makes: ClassVar[type[Created]]
    changes: ClassVar[type[Updated]]

    def post(self, request: Request) -> Response:
        """Write the items and answer the result of each.

        All is one transaction in which a refused item leaves nothing, and a crash leaves nothing at all.
        Raises InvalidFields (400) for an atomic batch with a refused item.
        """
        fields = BatchInput.parse(request)
        items = fields["items"]
        with transaction.atomic():
            targets = self._lock([_id_of(item) for item in items])
            repeated = Counter(_id_of(item) for item in items)
            outcomes = [self._outcome(item, targets, repeated) for item in items]
            if fields.get("atomic"):
                _require_all(outcomes)
            results = self._results(outcomes)
        failed = sum(outcome.refusal is not None for outcome in outcomes)
        response = self.answer({"succeeded": len(items) - failed, "failed": failed, "results": results})
        if self.secret_fields:
            response.headers["Cache-Control"] = "no-store"
        return response

    def _lock(self, ids: list[uuid.UUID | None]) -> dict[uuid.UUID, Any]:
        """Return the rows that the items name, locked: the store first, then they in the order of their ids.

        So two batches never wait for one another in a circle, nor does a batch and an order.
        """
        Store.objects.select_for_update(no_key=True).filter(pk=self.store.pk).first()
        rows = self._changer.rows(self.store)
        wanted = {pk for pk in ids if pk is not None}
        plain = rows.model._default_manager.filter(store=self.store, pk__in=wanted)
        locked = (
            list(plain.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
            if wanted
            else []
        )
        return {row.pk: row for row in rows.filter(pk__in=locked)} if locked else {}

    def _outcome(self, item: Any, targets: dict[uuid.UUID, Any], repeated: Counter[Any]) -> Outcome:
        # A service is atomic, so what it refuses it takes back.
        try:
            if isinstance(item, dict) and "id" in item:
                return Outcome(self._changed(item, targets, repeated))
            return Outcome(self._maker.create(self._maker.input.parse_data(item, context=self._shared)), True)
        except PlatformError as refusal:
            return Outcome(refusal=refusal)

    def _changed(self, item: dict[str, Any], targets: dict[uuid.UUID, Any], repeated: Counter[Any]) -> Any:
        pk = _id_of(item)
        if pk is None:
            raise field_fault("id", "not_uuid", "must be a UUID")
        if repeated[pk] > 1:
            raise field_fault("id", "repeated", "must be in one item of a batch only")
        if pk not in targets:
            raise NotFound
        changes = {name: value for name, value in item.items() if name != "id"}
        shape = self._changer.changes or self._changer.input
        fields = shape.parse_data(changes, partial=True, context=self._shared)
        return self._changer.update(targets[pk], fields)

    def _results(self, outcomes: list[Outcome]) -> list[dict[str, Any]]:
        pks = [outcome.row.pk for outcome in outcomes if outcome.refusal is None]
        shown = {row.pk: row for row in self.rows(self.store).filter(pk__in=pks)}
        return [self._result(index, outcome, shown) for index, outcome in enumerate(outcomes)]

    def _result(self, index: int, outcome: Outcome, shown: dict[Any, Any]) -> dict[str, Any]:
        if outcome.refusal is not None:
            return {"index": index, "status": outcome.refusal.status, **_ENVELOPE.refuse(outcome.refusal)}
        if outcome.is_new and self._maker.created is not None:
            body = self._maker.shown_new(outcome.row).data
        else:
            body = _ENVELOPE.succeed(self.output(shown[outcome.row.pk], context=self._shared).data)
        return {"index": index, "status": 200, **body}

    def rows(self, store: Store) -> Any:
        """Return what the resource's own views show."""
        return self._maker.rows(store)

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Prepare the views that write one row: they see the request of the batch."""
        super().setup(request, *args, **kwargs)
        self._maker, self._changer = self.makes(), self.changes()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the two see the request once its key is known."""
        super().initial(request, *args, **kwargs)
        for view in (self._maker, self._changer):
            view.request = request
            view.store = self.store
        self._shared = self.context


def batched(makes: type[Created], changes: type[Updated]) -> type[BatchView]:
    """Return the batch view of a resource from the views that create and change one row of it."""
    parts: Any = makes
    names = ("area", "noun", "plural", "output", "secret_fields")
    attributes = {name: getattr(parts, name) for name in names}
    title = "".join(word.capitalize() for word in parts.plural.split(" "))
    view = type(f"{title}BatchView", (BatchView,), attributes | {"makes": makes, "changes": changes})
    # As OpenAPI calls the shapes of a POST and a PATCH.
    takes = f"{parts.input.__name__}Request"
    patches = f"Patched{(changes.changes or changes.input).__name__}Request"
    document = extend_schema(
        operation_id=f"batch{title}",
        summary=f"Create and change many {parts.plural}",
        description=f"Up to {MAX_ITEMS} {parts.plural} of the key's store in one request of the limit. An item "
        f"without `id` is a {takes} and creates; one with `id` is a {patches} and changes what it names. Each "
        "item has its result, with the status that it would have had by itself; with `atomic`, one refused item "
        f"refuses the batch. Needs {parts.area}:Edit.",
        parameters=[IDEMPOTENCY_KEY],
        request=BatchInput,
        responses=BatchOutput,
    )
    return extend_schema_view(post=document)(view)


def _id_of(item: Any) -> uuid.UUID | None:
    text = item.get("id") if isinstance(item, dict) else None
    return uuid.UUID(text) if isinstance(text, str) and UUID_TEXT.fullmatch(text) else None


def _require_all(outcomes: list[Outcome]) -> None:
    """Refuse an atomic batch, naming what is wrong with every item."""
    faults: list[FieldError] = []
    for index, outcome in enumerate(outcomes):
        refusal = outcome.refusal
        if refusal is not None:
            inner = refusal.errors or (FieldError("", refusal.code, refusal.message),)
            faults += (FieldError(f"items[{index}]{_below(e.field)}", e.code, e.message) for e in inner)
    if faults:
        raise InvalidFields("Some items are not valid, so nothing was written.", errors=tuple(faults))


def _below(field: str) -> str:
    return f".{field}" if field else ""
