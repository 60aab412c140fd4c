"""What an operator decides about Flux Cloud; `fluxplatform.environment` reads it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CloudSettings:
    """The operator's choices.

    admin_id: the one Flux id of tier `admin`, "" for none. team_ids: the ids of tier `fluxteam`.
    user_window_seconds, owner_window_seconds: how long a self-made phrase counts without a session, at the tier
    `user` and at the owners' tiers; 0: a session is required.
    """

    admin_id: str = ""
    team_ids: tuple[str, ...] = ()
    user_window_seconds: int = 0
    owner_window_seconds: int = 0
    daemon_url: str = ""
    benchmark_url: str = ""
    nodes: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
