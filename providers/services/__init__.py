"""Every write to listings. Whatever brings a change, `apply_update` makes it: the source decides, not the way."""

from providers.services.differences import Difference, Update, shown_values, tiers_of
from providers.services.held import accept_change, hold_changes, reject_change
from providers.services.imports import Imported, import_listing
from providers.services.listings import RESERVED_SLUGS, create_provider, set_standing
from providers.services.naming import name_key
from providers.services.owners import edit_listing
from providers.services.pulls import (
    drafted,
    remove_old_runs,
    remove_pull,
    renew_seals,
    request_refresh,
    save_pull,
)
from providers.services.updates import Proposal, apply_in_transaction, apply_update, preview_update, release_pin

__all__ = [
    "RESERVED_SLUGS",
    "Difference",
    "Imported",
    "Proposal",
    "Update",
    "accept_change",
    "apply_in_transaction",
    "apply_update",
    "create_provider",
    "drafted",
    "edit_listing",
    "hold_changes",
    "import_listing",
    "name_key",
    "preview_update",
    "reject_change",
    "release_pin",
    "remove_old_runs",
    "remove_pull",
    "renew_seals",
    "request_refresh",
    "save_pull",
    "set_standing",
    "shown_values",
    "tiers_of",
]
