"""Celery entry points of Fluximage. Each is safe to run twice and side by side."""

from uuid import UUID

from celery import shared_task

from images import cleaning, jobs


@shared_task
def run_job(job_id: str) -> None:
    """Work through an async job."""
    jobs.run(UUID(job_id))


@shared_task
def rescue_jobs() -> int:
    """Publish again the jobs that a dead worker left."""
    return jobs.rescue()


@shared_task
def delete_expired() -> int:
    """Delete results and jobs whose time is over, with their files."""
    return cleaning.delete_expired()


@shared_task
def delete_orphans() -> int:
    """Delete files without a row and rows without a file."""
    return cleaning.delete_orphans()
