"""Celery entry points of Fluxly."""

from celery import shared_task

from links import ingest, jobs, retention


@shared_task(ignore_result=True, expires=5)
def ingest_clicks() -> None:
    """Deliver the clicks that wait on this machine."""
    ingest.ingest()


@shared_task(ignore_result=True)
def tidy() -> None:
    """Remove what is older than it may be."""
    jobs.tidy()


@shared_task(ignore_result=True)
def forget_clicks() -> None:
    """Remove single clicks that are older than twelve months; their sums stay."""
    retention.remove_old_clicks()
