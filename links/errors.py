"""Refusals of Fluxly."""

from api.errors import Conflict, PlatformError


class SlugTaken(Conflict):
    """409: a link has this slug, had it within the last 30 days, or has one that looks the same."""

    code = "slug_taken"
    message = "This slug is taken. Choose another one, or leave it out to get a random one."


class NoFreeSlug(PlatformError):
    """503: every slug that was drawn is in use. The caller chose none, so this is no conflict of theirs."""

    status = 503
    code = "no_free_slug"
    message = "No free slug was found. Send the request again."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})
