"""App config of FluxStore."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """FluxStore."""

    name = "store"
