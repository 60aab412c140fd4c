"""Celery entry points of FluxStore."""

from celery import shared_task

from store import jobs

# The next one comes every minute.
ROUND_SECONDS = 50


@shared_task(ignore_result=True, expires=ROUND_SECONDS)
def move_on() -> None:
    """Renew and end manual subscriptions and timed packages that are due."""
    jobs.move_subscriptions_on()
    jobs.end_timed_packages()


@shared_task(ignore_result=True, expires=ROUND_SECONDS)
def keep_sums() -> None:
    """Add what was sold to the sums that statistics are read from."""
    jobs.keep_sums()
