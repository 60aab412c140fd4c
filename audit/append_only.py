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
        """Insert; what has a key already is refused, so that no conflict turns into an update."""
        rows = list(objs)
        if any(row.pk is not None for row in rows):
            raise AppendOnly
        return super().bulk_create(rows, *args, **kwargs)


class AppendOnlyModel(models.Model):
    """A row that is inserted and never changed or deleted."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a saved row is never saved again."""
        if self.pk is not None:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly
