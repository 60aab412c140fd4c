"""App config of Flux Cloud."""

from django.apps import AppConfig

from accounts.sections import Section


class CloudConfig(AppConfig):
    """Flux Cloud."""

    name = "cloud"
    verbose_name = "Flux Cloud"
    sections = (Section("Flux ID", "cloud:flux-ids", "key", group="Flux Cloud"),)

    def ready(self) -> None:
        """Tell `/readyz` how the Flux nodes are, where there are any."""
        from django.conf import settings

        from api import health
        from cloud import nodes

        if settings.CLOUD.nodes:
            health.CHECKS["flux_nodes"] = lambda: nodes.readiness(settings.CLOUD.nodes)
