"""App config of the API keys."""

from django.apps import AppConfig

from accounts.sections import Section


class ApikeysConfig(AppConfig):
    """Keys, throttle, idempotency."""

    name = "apikeys"
    sections = (Section("API keys", "apikeys:overview", "key", group="Account"),)

    def ready(self) -> None:
        """Tell OpenAPI about the key headers."""
        from apikeys import openapi  # noqa: F401
