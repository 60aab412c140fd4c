"""Celery entry points of the accounts."""

from celery import shared_task

from accounts import closing


@shared_task
def finish_closing() -> int:
    """Remove closed accounts whose removal was interrupted; safe to run twice."""
    return closing.finish_all()
