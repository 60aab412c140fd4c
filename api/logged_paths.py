"""What of a path may be written down."""

from api.envelopes import product_of

_KEPT_PARTS = 2


def logged_path(path: str) -> str:
    """Return the path as logs may hold it: of Flux Cloud's no more than the name of the call.

    Behind it stand parameters, and a private key, a login phrase or a message may be among them.
    """
    if product_of(path) != "fluxcloud":
        return path
    parts = path.split("/")[1:]
    return path if len(parts) <= _KEPT_PARTS else "/" + "/".join([*parts[:_KEPT_PARTS], "[cut]"])
