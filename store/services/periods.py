"""Times that belong together, when they are written."""

from datetime import datetime

from django.utils import timezone

from store.errors import field_fault


def check_order(field: str, start: datetime | None, end: datetime | None, start_field: str) -> None:
    """Refuse an end that is not after its start; None is open.

    Raises InvalidFields (400) that names `field`, the end.
    """
    if start is not None and end is not None and end <= start:
        raise field_fault(field, "before_start", f"must be after {start_field}")


def check_future(field: str, moment: datetime | None) -> None:
    """Refuse a time that has passed; None is never. Raises InvalidFields (400)."""
    if moment is not None and moment <= timezone.now():
        raise field_fault(field, "past", "must be in the future")
