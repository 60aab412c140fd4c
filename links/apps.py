"""App config of Fluxly."""

from django.apps import AppConfig


class LinksConfig(AppConfig):
    """Fluxly."""

    name = "links"
