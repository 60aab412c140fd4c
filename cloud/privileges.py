"""Who stands above other Flux ids. Decided anew at every call, so that a change of the settings counts at once."""

from django.conf import settings

from cloud.configuration import CloudSettings
from cloud.identities import same_id


def privilege_of(zelid: str) -> str:
    """Return `admin` for the operator's id, `fluxteam` for the team's, else `user`."""
    cloud: CloudSettings = settings.CLOUD
    if cloud.admin_id and same_id(zelid, cloud.admin_id):
        return "admin"
    return "fluxteam" if any(same_id(zelid, other) for other in cloud.team_ids) else "user"
