"""App config of Fluxly."""

from django.apps import AppConfig


class LinksConfig(AppConfig):
    """Fluxly."""

    name = "links"

    def ready(self) -> None:
        """Tell `/readyz` about lost clicks."""
        from api import health
        from links import readiness

        health.CHECKS["clicks"] = readiness.clicks
