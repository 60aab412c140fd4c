"""Refusals of Flux Cloud: the node's words, with the status that the node does not send."""

from api.errors import Conflict, PlatformError, TooManyRequests


class NotSignedIn(PlatformError):
    """401: no `zelidauth` header, or one without a live session; never says which."""

    status = 401
    code = "not_signed_in"
    message = "Unauthorized. Access denied."

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "zelidauth"})


class Forbidden(PlatformError):
    """403: signed in, but below the tier of the call."""

    status = 403
    code = "forbidden"
    message = "Your Flux ID may not call this. It is for a higher permission tier."


class BadSignIn(PlatformError):
    """400: what was sent to sign in is incomplete or not in shape; the sentence is the node's."""

    code = "bad_sign_in"

    def __init__(self, message: str) -> None:
        super().__init__(message, extra={"name": "Error"})


class PhraseOver(PlatformError):
    """401: this phrase was not given out here, or was used, or its fifteen minutes are over."""

    status = 401
    code = "phrase_over"
    message = "Signed message is no longer valid. Please request a new one."

    def __init__(self) -> None:
        super().__init__(extra={"name": "Error"})


class InvalidSignature(PlatformError):
    """401: the holder of the Flux id did not sign this phrase. The phrase can still be used."""

    status = 401
    code = "invalid_signature"
    message = "Invalid signature"

    def __init__(self) -> None:
        super().__init__(extra={"name": "Error"})


class NoPrivilege(PlatformError):
    """401: `/id/checkprivilege` about credentials that are good for nothing."""

    status = 401
    code = "no_privilege"
    message = "none"


class NoSuchSession(PlatformError):
    """404: no live session of one's own has this phrase."""

    status = 404
    code = "no_such_session"
    message = "You have no session with this login phrase. It may have ended already."


class NothingArrived(Conflict):
    """409: no wallet has sent a signature of this browser's phrase yet, or one did from another network."""

    code = "nothing_arrived"
    message = (
        "No signature has arrived from your network yet. Confirm in ZelCore, then press Continue again. If your "
        "phone uses another connection than this browser, paste address and signature instead."
    )


class FluxIdTaken(Conflict):
    """409: the Flux id signs in somebody: the same person, or another."""

    code = "flux_id_taken"
    message = "This Flux ID is already linked."


class TooManyFluxIds(Conflict):
    """409: a person has as many Flux ids as one may have."""

    code = "too_many_flux_ids"
    message = "You have linked 10 Flux IDs, and more cannot be linked. Unlink one first."


class UnknownRoute(PlatformError):
    """404: the Flux API has no such path."""

    status = 404
    code = "unknown_route"
    message = "The Flux API has no such path. A value that holds a slash goes into the query; see /docs/cloud/."


class WrongMethod(PlatformError):
    """405, with `Allow`."""

    status = 405
    code = "wrong_method"
    message = "This path does not take this method."

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(headers={"Allow": ", ".join(allowed)})


class TooMany(TooManyRequests):
    """429: the minute's calls are used up."""

    message = "Too many requests. Wait until the minute is over, then try again."


class BackendDown(PlatformError):
    """503: nothing answers behind this call."""

    status = 503
    code = "backend_down"
    message = "The service behind this call does not answer. Try again in a minute."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message, headers={"Retry-After": "10"})


class BackendFailed(PlatformError):
    """502: what answered made no sense, or did not let the platform in."""

    status = 502
    code = "backend_failed"
    message = "The service behind this call gave an answer that could not be read."


class BackendSlow(PlatformError):
    """504: no answer in time. A call that changes something may have been carried out."""

    status = 504
    code = "backend_slow"
    message = "The service behind this call took too long. Look whether it had an effect before you repeat it."


class BackendRefused(PlatformError):
    """The service behind the call refused it in words of its own. code: its number, name: its kind of error."""

    code = "backend_refused"

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(message, extra={"code": code, "name": name})


class BackendUnready(BackendRefused):
    """503: the service is up, but is still starting, catching up or without peers."""

    status = 503
    code = "backend_unready"


class BackendLacks(BackendRefused):
    """501: the service behind the call does not know this method."""

    status = 501
    code = "backend_lacks"


class NeverForwarded(PlatformError):
    """403: a call that a node answers by where it comes from; behind a gateway that says nothing."""

    status = 403
    code = "never_forwarded"
    message = (
        "This call is between Flux nodes, which trust the address that it comes from. "
        "It is not passed on from here; call the node itself."
    )


class NotForPrefetch(PlatformError):
    """403: a browser asked in advance for something that may have an effect."""

    status = 403
    code = "not_for_prefetch"
    message = "This call may have an effect, so it is not answered in advance. Make it when it is meant."
