"""What an operator decides about Flux Cloud; `fluxplatform.environment` reads it."""

import base64
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

# First segments of the paths that the gateway answers; sign-in has its own.
GATEWAY_SECTIONS = (
    *("daemon", "benchmark", "flux", "apps", "explorer", "syncthing", "backup", "ioutils"),
    *("arcane", "payment"),
)
# The paths that pages of other origins may call; in any case, as all paths of the Flux API.
CROSS_ORIGIN_PATHS = rf"(?i)^/(?:{'|'.join((*GATEWAY_SECTIONS, 'id', 'zelid'))})(?:/|$)"


@dataclass(frozen=True, slots=True)
class CloudSettings:
    """The operator's choices.

    admin_id: the one Flux id of tier `admin`, "" for none. team_ids: the ids of tier `fluxteam`.
    user_window_seconds, owner_window_seconds: how long a self-made phrase counts without a session, at the tier
    `user` and at the owners' tiers; 0: a session is required. daemon_url, benchmark_url:
    `http://user:password@host:port`, "" for none. nodes: `http://host:port` each. calls_per_minute: of one Flux
    id, or of one address without one. sockets, sockets_per_address: how many may wait at once, in a process.
    """

    admin_id: str = ""
    team_ids: tuple[str, ...] = ()
    user_window_seconds: int = 0
    owner_window_seconds: int = 0
    daemon_url: str = ""
    benchmark_url: str = ""
    nodes: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    calls_per_minute: int = 600
    sockets: int = 5_000
    sockets_per_address: int = 50


@dataclass(frozen=True, slots=True)
class RpcAddress:
    """Where a daemon listens. url: without credentials. authorization: the header's value, "" for none."""

    url: str
    authorization: str = ""

    @classmethod
    def of(cls, text: str) -> "RpcAddress":
        """Read `http://user:password@host:port`. Raises ValueError, in a sentence without the password."""
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("it must look like http://user:password@host:port")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        port = f":{parts.port}" if parts.port else ""
        credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}".encode()
        authorization = "Basic " + base64.b64encode(credentials).decode() if parts.username else ""
        return cls(f"{parts.scheme}://{host}{port}{parts.path or '/'}", authorization)


def node_address(text: str) -> str:
    """Return `http://host:port` in its normal form. Raises ValueError for anything else."""
    parts = urlsplit(text)
    is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_bare:
        raise ValueError("it must look like http://host:port")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
