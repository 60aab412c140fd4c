"""App config of the API keys."""

from django.apps import AppConfig

from accounts.sections import Section


class ApikeysConfig(AppConfig):
    """Keys, throttle, idempotency."""

    name = "apikeys"
    sections = (Section("API keys", "apikeys:overview", "key", group="Account"),)
