"""What the view and the short cut before it share: whom they count, and what they say of an answer's age."""

from api.addresses import home_of
from cloud.cache import Kept
from cloud.identities import canonical


def bucket_of_address(address: str) -> str:
    """Return what a call without a sign-in counts for: its address, or the /64 of an IPv6 one."""
    return f"cloud:address:{home_of(address)}"


def bucket_of_id(zelid: str) -> str:
    """Return what a signed call counts for, wherever it comes from."""
    return f"cloud:id:{canonical(zelid)}"


def freshness(kept: Kept, now: float, *, was_kept: bool) -> dict[str, str]:
    """Return the headers that say how old a kept answer is and how long it may be kept by others."""
    left = max(0, int(kept.ends_at - now))
    return {
        "X-Cache": "HIT" if was_kept else "MISS",
        "Age": str(max(0, int(now - kept.made_at))),
        "Cache-Control": f"public, max-age={left}" if kept.is_good else "no-store",
    }
