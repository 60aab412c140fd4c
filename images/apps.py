"""App config of Fluximage."""

from django.apps import AppConfig


class ImagesConfig(AppConfig):
    """Fluximage."""

    name = "images"
    account_closers = ("images.closing.remove_images",)
