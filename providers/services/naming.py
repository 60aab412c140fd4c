"""Names of listings: how they are compared, and how a taken one is refused."""

import unicodedata
from typing import Any

from django.db import IntegrityError, transaction

from providers.errors import NameTaken
from providers.models import Provider


def name_key(name: str) -> str:
    """Return a name as it is compared: case folded, accents composed, runs of white space one space."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def save_named(row: Provider, **how: Any) -> None:
    """Save, translating the database's "this name is taken" into NameTaken."""
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError:
        if Provider.objects.live().filter(name_key=row.name_key).exclude(slug=row.slug).exists():
            raise NameTaken from None
        raise
