"""Celery entry points of Flux Cloud."""

from celery import shared_task

from cloud import health, jobs


@shared_task(ignore_result=True)
def tidy() -> None:
    """Remove phrases, sessions and arrivals that are over."""
    jobs.tidy()


@shared_task(ignore_result=True)
def check_nodes() -> None:
    """Look how the Flux nodes are."""
    health.check_nodes()
