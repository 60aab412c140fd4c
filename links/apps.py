"""App config of Fluxly."""

from django.apps import AppConfig

from accounts.sections import Section


class LinksConfig(AppConfig):
    """Fluxly."""

    name = "links"
    account_closers = ("links.closing.remove_links",)
    sections = (
        Section("Links", "links:pages:list", "link", group="Fluxly"),
        Section("Developer API", "links:pages:api", "code", group="Fluxly"),
    )

    def ready(self) -> None:
        """Tell `/readyz` about lost clicks."""
        from api import health
        from links import readiness

        health.CHECKS["clicks"] = readiness.clicks
