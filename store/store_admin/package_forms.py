"""The form of a package, and its commands."""

from typing import Any, ClassVar

from django.forms import ModelForm
from django.http import HttpRequest

from store.models import CommandType, Package, PackageCommand, TeamPermission
from store.package_serializers import MAX_COMMANDS
from store.store_admin.forms import TenantForm
from store.store_admin.tenancy import TenantInline

# How the fields stand in the form.
FIRST = ["name", "price", "category", "description", "image_url", "is_active", "sort_order"]
PAID = ["type", "interval", "interval_count", "trial_days", "duration_days", "duration_hours", "is_cumulative"]
LIMITS = ["global_limit", "per_user_limit", "available_from", "available_until", "required_packages"]
DELIVERY = ["servers", "user_server_selection_enabled"]


class PackageForm(TenantForm):
    """What a package is."""

    class Meta:
        model = Package
        fields = (*FIRST, *PAID, "allow_custom_price", *LIMITS, *DELIVERY)
        labels = {
            "image_url": "Picture",
            "sort_order": "Place",
            "is_active": "On sale",
            "allow_custom_price": "Players may pay more",
            "global_limit": "Units in all",
            "per_user_limit": "Units for one player",
            "is_cumulative": "Adds up",
            "user_server_selection_enabled": "The player chooses the server",
            "type": "Lasts",
            "interval": "Renews every",
            "interval_count": "Number of these",
            "trial_days": "Trial days",
            "available_from": "On sale from",
            "available_until": "On sale until",
            "required_packages": "Needs",
        }
        help_texts = {
            "price": "In the store's currency, with its decimals.",
            "description": "HTML. What could run, frame or load code is taken out when it is saved.",
            "image_url": "An address that starts with https:// or http://.",
            "sort_order": "The smallest comes first.",
            "global_limit": "Empty: unlimited. Not below what was sold.",
            "per_user_limit": "Empty: unlimited.",
            "type": "For good, until it is cancelled, or for a while.",
            "interval": "Of a subscription. Empty: every month.",
            "interval_count": "3 with Month is every three months. Empty: 1.",
            "trial_days": "Free days before the first period of a subscription, once for each player.",
            "duration_days": "Of a timed package, added to the hours.",
            "duration_hours": "Of a timed package, added to the days.",
            "is_cumulative": "Of a timed package: a second purchase begins when the first ends.",
            "available_from": "Empty: since ever. In the store's time zone.",
            "available_until": "Empty: without end. In the store's time zone.",
            "required_packages": "What a player must have bought before. Type a name to find a package.",
            "servers": "Where its commands run. Without any, wherever the player is.",
        }


class CommandForm(ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """One command."""

    class Meta:
        model = PackageCommand
        fields = ("type", "command", "server", "require_online")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            # What the list shows first, so that a line that nobody touched is no command without words.
            self.initial["type"] = CommandType.INITIAL.value


class Commands(TenantInline):
    """What a server's console runs for a package, in this order."""

    model = PackageCommand
    store_path = "package__store"
    permission = TeamPermission.EDIT
    field_name: ClassVar[str] = "commands"
    form = CommandForm
    fields = ["type", "command", "server", "require_online"]
    extra = 1
    max_num = MAX_COMMANDS
    verbose_name_plural = (
        "commands — {player}, {uuid}, {quantity}, {package}, {packageId}, {orderId}, {price}, {currency} and "
        "{server} are filled in; without a server they run on all of the package's"
    )

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Refuse more than a package may have."""
        return super().get_formset(request, obj, **({"validate_max": True} | kwargs))
