"""The append-only log of what changed in listings."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from providers.models.listing import Provider, Source


class ChangeQuerySet(AppendOnlyQuerySet["Change"]):
    """Reads of the log."""

    def of(self, provider: Provider) -> "ChangeQuerySet":
        """Return the provider's changes, newest first."""
        return self.filter(provider=provider).order_by("-id")

    def price_lists(self) -> "ChangeQuerySet":
        """Return the changes of prices with their listings, newest first."""
        return self.filter(field="tiers").select_related("provider").defer("provider__words").order_by("-id")


class Change(AppendOnlyModel):
    """One field of one listing got another value. Append-only.

    version: the listing's version that this change made. field: the API's name of it. old, new: JSON, in
    which decimals are texts with their digits.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now, editable=False)
    source = models.CharField(max_length=6, choices=Source.choices)
    field = models.CharField(max_length=32)
    old = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    new = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    objects: ClassVar[ChangeQuerySet] = ChangeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "version", "field"], name="one_change_per_field")
        ]
        indexes = [
            models.Index(fields=["provider", "field", "-at"], name="changes_of_field"),
            models.Index(fields=["-id"], name="changes_of_prices", condition=models.Q(field="tiers")),
        ]

    def __str__(self) -> str:
        return f"{self.field} of provider {self.provider_id}, version {self.version}"
