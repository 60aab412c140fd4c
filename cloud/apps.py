"""App config of Flux Cloud."""

from django.apps import AppConfig

from accounts.sections import Section


class CloudConfig(AppConfig):
    """Flux Cloud."""

    name = "cloud"
    verbose_name = "Flux Cloud"
    sections = (Section("Flux ID", "cloud:flux-ids", "key", group="Flux Cloud"),)
