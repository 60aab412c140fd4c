"""App config of the way out."""

from django.apps import AppConfig
from django.conf import settings


class EgressConfig(AppConfig):
    """The guarded HTTP client."""

    name = "egress"

    def ready(self) -> None:
        """Open the operator's networks, and register the check of that setting."""
        from egress import addresses, checks  # noqa: F401

        addresses.open_networks(settings.EGRESS_ALLOWED_NETWORKS)
