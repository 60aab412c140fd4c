"""Celery entry points of what composes products."""

from celery import shared_task

from fluxplatform import node_counts


@shared_task(ignore_result=True)
def count_provider_nodes() -> None:
    """Count the nodes of the providers that name payment addresses."""
    node_counts.count_provider_nodes()
