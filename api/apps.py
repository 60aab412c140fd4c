"""App config of the shared answer layer."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The lowest layer: no models, imported by everyone."""

    name = "api"
    label = "api"
