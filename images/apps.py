"""App config of Fluximage."""

from django.apps import AppConfig

from accounts.sections import Section


class ImagesConfig(AppConfig):
    """Fluximage."""

    name = "images"
    account_closers = ("images.closing.remove_images",)
    sections = (
        Section("Images", "images:pages:compress", "image", group="Fluximage"),
        Section("Settings", "images:pages:settings", "settings", group="Fluximage"),
    )
