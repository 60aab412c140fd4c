"""Every write to listings. Whatever brings a change, `apply_update` makes it: the source decides, not the way."""

from providers.services.differences import Difference, Update, shown_values, tiers_of
from providers.services.listings import RESERVED_SLUGS, create_provider, set_standing
from providers.services.naming import name_key
from providers.services.owners import edit_listing
from providers.services.updates import apply_update, preview_update, release_pin

__all__ = [
    "RESERVED_SLUGS",
    "Difference",
    "Update",
    "apply_update",
    "create_provider",
    "edit_listing",
    "name_key",
    "preview_update",
    "release_pin",
    "set_standing",
    "shown_values",
    "tiers_of",
]
