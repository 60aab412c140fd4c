"""Who makes a request: the `zelidauth` header, checked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request.

    zelid: their Flux id, None for nobody. privilege: `public`, `user`, `admin` or `fluxteam`. session_id: None
    without a session row. phrase: the login phrase of the header.
    """

    zelid: str | None = None
    privilege: str = "public"
    session_id: int | None = None
    phrase: str | None = None


PUBLIC = Caller()
