"""Celery entry points of Fluxme."""

from celery import shared_task

from providers import services, uptime_runs
from providers.pull_workers import Pulls
from providers.services import uptime

# The next one comes every minute; what has begun then is finished.
ROUND_SECONDS = 50


@shared_task(ignore_result=True, expires=ROUND_SECONDS)
def pull_due() -> None:
    """Pull the providers that are due."""
    Pulls().run(seconds=ROUND_SECONDS)


@shared_task(ignore_result=True)
def tidy_pulls() -> None:
    """Remove old runs from the sync log, and seal with the newest key what an older one sealed."""
    services.remove_old_runs()
    services.renew_seals()


@shared_task(ignore_result=True, expires=uptime_runs.ROUND_SECONDS)
def check_uptime() -> None:
    """Look at the status pages that are due."""
    uptime_runs.check_due()


@shared_task(ignore_result=True)
def forget_uptime() -> None:
    """Remove days and incidents that are older than 400 days."""
    uptime.forget_old_days()
