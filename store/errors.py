"""Refusals of FluxStore. Conflicts of the business are 400, as the product's document has it."""

from api.errors import Conflict, FieldError, Forbidden, InvalidFields, PlatformError


class PermissionLacking(Forbidden):
    """403: the person works in the store, without the permission that this needs."""

    code = "store_permission"

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs {permission}. Ask somebody who manages the store's team to give it to you.")


class BeyondOwnPermissions(Forbidden):
    """403: nobody gives or takes what they do not hold themselves."""

    code = "beyond_own_permissions"
    message = "You can only give or take permissions that you hold yourself."


class InTeamAlready(Conflict):
    """409: the person works in the store already."""

    code = "in_team"
    message = "This person works in the store already."


class KeyIsRevoked(PlatformError):
    """400: a revoked key cannot get a new secret."""

    code = "key_revoked"
    message = "This API key is revoked. Create a new one."


class CouponIsUsed(PlatformError):
    """400: orders took the coupon, so it was switched off instead of deleted."""

    code = "coupon_used"
    message = "Orders have used this coupon, so it cannot be deleted. It is switched off now."


class CouponNotRedeemable(PlatformError):
    """400: the coupon cannot be taken now; the message says why."""

    code = "coupon_not_redeemable"
    message = "This coupon cannot be redeemed."


class GiftCardIsUsed(PlatformError):
    """400: the ledger of a card that paid for something is kept."""

    code = "gift_card_used"
    message = "This gift card has been redeemed, so it cannot be deleted. Void it instead."


class GiftCardIsVoid(PlatformError):
    """400: a voided card stays as it is."""

    code = "gift_card_voided"
    message = "This gift card is voided."


class GiftCardNotRedeemable(PlatformError):
    """400: the card cannot pay now; the message says why."""

    code = "gift_card_not_redeemable"
    message = "This gift card cannot be redeemed."


class OrderRefused(PlatformError):
    """400: limits, stock or requirements do not allow this order; `errors` names the lines."""

    code = "order_refused"
    message = "This order cannot be made."


class PlayerBanned(PlatformError):
    """400: a ban is in effect for this player."""

    code = "player_banned"
    message = "Player is banned."


class OrderIsNot(PlatformError):
    """400: where the order stands does not allow this; the message says what would."""

    code = "order_state"


class SubscriptionHasEnded(PlatformError):
    """400: what has ended cannot be cancelled."""

    code = "subscription_ended"
    message = "This subscription has ended already."


class StoreBusy(PlatformError):
    """503: somebody else held what the request needed for too long. Nothing was written."""

    status = 503
    code = "busy"
    message = "The store is busy. Nothing was changed; try again."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


def field_fault(field: str, code: str, message: str) -> InvalidFields:
    """Return a refusal (400) that names one field; the field has the name that clients write."""
    return InvalidFields(errors=(FieldError(field, code, message),))
