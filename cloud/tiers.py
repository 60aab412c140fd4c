"""Who may call what: the tiers of the Flux node API."""

from cloud.identities import same_id

TIERS = ("public", "user", "admin", "fluxteam", "adminandfluxteam", "appowner", "appownerabove")
PRIVILEGES = ("public", "user", "admin", "fluxteam")
_PRIVILEGED = {
    "admin": frozenset({"admin"}),
    "fluxteam": frozenset({"fluxteam"}),
    "adminandfluxteam": frozenset({"admin", "fluxteam"}),
}


def allows(tier: str, *, zelid: str | None, privilege: str, owner: str | None = None) -> bool:
    """Return whether a caller may make a call of the tier.

    zelid: the caller's id, None for nobody. privilege: one of PRIVILEGES. owner: the id of the owner of the app
    that the call is about, None when there is no such app. Raises KeyError for a tier that is not in TIERS.
    """
    if tier == "public":
        return True
    if zelid is None:
        return False
    if tier == "user":
        return True
    is_owner = owner is not None and same_id(owner, zelid)
    if tier == "appowner":
        return is_owner
    if tier == "appownerabove":
        return is_owner or privilege in _PRIVILEGED["adminandfluxteam"]
    return privilege in _PRIVILEGED[tier]
