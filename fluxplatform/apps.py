"""The wiring's app config: it carries the commands that compose all products."""

from django.apps import AppConfig


class FluxplatformConfig(AppConfig):
    """Start the Celery app with Django, so that `delay()` finds the configured broker."""

    name = "fluxplatform"

    def ready(self) -> None:
        """Import the Celery app."""
        from fluxplatform import celery  # noqa: F401
