"""How much an account has compressed in this billing period, in the words of the product's document."""

from typing import Any

from accounts.models import Account
from images.credits import usage as credits_of
from plans.catalogue import Plan

UNLIMITED_FROM = 50_000
"""Plans that give this many compressions a period are called unlimited; it is their technical cap."""

SHOWN_AS_UNLIMITED = 99_999


def usage_of(account: Account, plan: Plan) -> dict[str, Any]:
    """Return the body of `GET /api/usage`. The AI features are not offered, so their fields are 0 and false."""
    usage = credits_of(account)
    is_unlimited = usage.limit is None or usage.limit >= UNLIMITED_FROM
    return {
        "plan": plan.name,
        "compressor_used": usage.used,
        "compressor_limit": SHOWN_AS_UNLIMITED if is_unlimited else usage.limit,
        "ia_credits_used": 0,
        "ia_credits_monthly": 0,
        "ia_topup_credits": 0,
        "ia_credits_remaining": 0,
        "canCompress": usage.limit is None or usage.used < usage.limit,
        "canUseIA": False,
        "topups": {"small": "", "medium": "", "large": ""},
    }
