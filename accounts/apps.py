"""App config of the people."""

from django.apps import AppConfig

from accounts.sections import Section


class AccountsConfig(AppConfig):
    """Users, accounts, memberships."""

    name = "accounts"
    sections = (
        Section("Overview", "accounts:dashboard", "home"),
        Section("Members", "accounts:members", "users", group="Account"),
        Section("Security", "accounts:security", "shield", group="Account"),
    )

    def ready(self) -> None:
        """Tell OpenAPI about the sign-in token."""
        from accounts import openapi  # noqa: F401
