"""Rows that are written once: the bases of every log."""

from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from django.db import models

from audit.errors import AppendOnly

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class AppendOnlyQuerySet(models.QuerySet[Row_co]):
    """Reads and inserts; the other writes that a QuerySet offers are refused."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnly

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly

    def bulk_create(self, objs: Iterable[Row_co], *args: Any, **kwargs: Any) -> list[Row_co]:
        """Insert; a conflict that shall turn into an update is refused, and so is what was saved already."""
        rows = list(objs)
        # The third of the positional ones is update_conflicts.
        if kwargs.get("update_conflicts") or any(args[2:]) or not all(_is_new(row) for row in rows):
            raise AppendOnly
        return super().bulk_create(rows, *args, **kwargs)


class AppendOnlyModel(models.Model):
    """A row that is inserted and never changed or deleted."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a saved row is never saved again."""
        if not _is_new(self):
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly


def _is_new(row: models.Model) -> bool:
    """Return whether a row was never saved: it has no key, or one that its default drew (Django inserts those)."""
    return row._state.adding and (row.pk is None or row._meta.pk.has_default())
