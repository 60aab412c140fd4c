"""Where allauth asks the platform."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.sites.models import Site
from django.db import transaction
from django.http import HttpRequest

from accounts import services
from accounts.models import User
from api.addresses import client_address


class AccountAdapter(DefaultAccountAdapter):
    """Opens an account for everyone who signs up, and knows one client address."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Save the person together with an account of their own."""
        with transaction.atomic():
            user = super().save_user(request, user, form, commit=commit)
            if commit:
                services.open_account(owner=user, name=user.get_short_name())
        return user

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """Do nothing: people are known by e-mail."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail in the name of this platform and its address; the row of `Site` says example.com."""
        domain = settings.BASE_URL.partition("://")[2]
        super().send_mail(
            template_prefix, email, {"current_site": Site(name="Flux Platform", domain=domain)} | context
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that throttles and audit rows use too."""
        return client_address(request)
