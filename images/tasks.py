"""Celery entry points of Fluximage."""

from celery import shared_task

from images import jobs


@shared_task
def delete_expired() -> int:
    """Delete results whose time is over, with their files; safe to run twice and side by side."""
    return jobs.delete_expired()
