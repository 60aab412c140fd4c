"""Names of listings: how they are compared, and how a taken one is refused."""

import unicodedata
from typing import Any

from django.db import IntegrityError

from providers.errors import NameTaken
from providers.models import Provider
from providers.searching import visible


def name_key(name: str) -> str:
    """Return a name as it is compared: case folded, accents composed, runs of white space one space.

    What shows nothing counts for nothing: no listing may look like another one.
    """
    return " ".join(unicodedata.normalize("NFC", visible(name)).casefold().split())


def save_named(row: Provider, **how: Any) -> None:
    """Save, translating the database's "this name is taken" into NameTaken; the transaction is spoilt then."""
    try:
        row.save(**how)
    except IntegrityError as error:
        if _is_about_names(error):
            raise NameTaken from None
        raise


def _is_about_names(error: IntegrityError) -> bool:
    """Return whether the unique index of names refused; PostgreSQL tells the index, SQLite its columns."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is None:
        return str(error) == "UNIQUE constraint failed: providers_provider.name_key"
    return bool(diagnosis.constraint_name == "one_live_provider_per_name")
