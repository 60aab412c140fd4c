"""Refusals of the door."""

from api.errors import Conflict, Forbidden, PlatformError


class MissingScope(Forbidden):
    """403: the key is not allowed this."""

    code = "missing_permission"

    def __init__(self, area: str, verb: str) -> None:
        super().__init__(f"This API key lacks the permission {area}:{verb}.")


class KeyChanged(Conflict):
    """409: the key was rolled, regenerated or revoked since it was looked at."""

    code = "key_changed"
    message = "This key was changed in the meantime. Reload and look before you try again."


class LiveKeyExists(Conflict):
    """409: the product gives one live key per account."""

    code = "live_key_exists"
    message = "This account has a key already. Roll it to get a new one."


class WeakKey(PlatformError):
    """400: an imported key is too short, too long, too easy to guess, or one of our own."""

    code = "weak_key"


class KeyInUse(WeakKey):
    """400: an imported key is somebody's, revoked, or in its grace; never says whose."""

    code = "key_in_use"
    message = "This key is in use already, or was once. Make a new one."


class InvalidIdempotencyKey(PlatformError):
    """400: the header is not 1 to 255 visible ASCII characters."""

    code = "invalid_idempotency_key"
    message = "Idempotency-Key must be 1 to 255 visible ASCII characters."


class IdempotencyMismatch(PlatformError):
    """400: the same Idempotency-Key came with another request before."""

    code = "idempotency_mismatch"
    message = "This Idempotency-Key was used for a different request. Use a new one."


class StillRunning(Conflict):
    """409: the first request with this Idempotency-Key has not been answered yet."""

    code = "idempotency_in_flight"
    message = "The first request with this Idempotency-Key is still running. Try again shortly."
