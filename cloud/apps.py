"""App config of Flux Cloud."""

from django.apps import AppConfig


class CloudConfig(AppConfig):
    """Flux Cloud."""

    name = "cloud"
    verbose_name = "Flux Cloud"
