"""App config of Fluxme."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    """Fluxme."""

    name = "providers"
