"""The append-only log of what changed in listings."""

from functools import reduce
from operator import or_
from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Min, Q
from django.utils import timezone

from audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from providers.models.listing import Provider, Source


class ChangeQuerySet(AppendOnlyQuerySet["Change"]):
    """Reads of the log."""

    def of(self, provider: Provider) -> "ChangeQuerySet":
        """Return the provider's changes, newest first.

        By version, as an index has them: by number, the log of all others would be read to find these.
        """
        return self.filter(provider=provider).order_by("-version", "-id")

    def first_of_each_field(self, *, after: int) -> "ChangeQuerySet":
        """Return the first change of each field after a version, oldest first: few rows, however long the log."""
        firsts = self.filter(version__gt=after).order_by().values_list("field").annotate(first=Min("version"))
        wanted = [Q(field=field, version=version) for field, version in firsts]
        return self.filter(reduce(or_, wanted)).order_by("id") if wanted else self.none()

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
            models.Index(fields=["-id"], name="changes_of_prices", condition=Q(field="tiers")),
        ]

    def __str__(self) -> str:
        return f"{self.field} of provider {self.provider_id}, version {self.version}"
