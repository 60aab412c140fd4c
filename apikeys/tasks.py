"""Celery entry points of the keys."""

from celery import shared_task

from apikeys import idempotency


@shared_task
def forget_answers() -> int:
    """Delete kept answers older than 24 hours; safe to run twice."""
    return idempotency.forget_old()
