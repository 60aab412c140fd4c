"""The end of an account's images."""

from accounts.models import Account
from images.cleaning import delete_results, remove_job
from images.models import Job, Result


def remove_images(account: Account) -> None:
    """Remove the jobs of a closed account with what was sent for them, and its results; may be called again."""
    for job in Job.objects.of(account):
        remove_job(job)
    delete_results(Result.objects.of(account))
