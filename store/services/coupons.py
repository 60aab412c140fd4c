"""Every write to coupons, and what orders do with them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from api.errors import NotFound
from apikeys.models import ApiKey
from audit.services import record
from store import money
from store.errors import CouponIsUsed, CouponNotRedeemable, field_fault
from store.models import Category, Coupon, CouponUse, Package, Store
from store.pricing import DiscountType, Scope
from store.services.periods import check_order
from store.services.reaches import REACH, apply_reach, put_sets

_USED_BY_PLAYER = "This player has used this coupon as often as it allows."


class CouponChanges(TypedDict, total=False):
    """What of a coupon may change."""

    discount_value: Decimal
    max_uses: int | None
    max_uses_per_user: int | None
    valid_from: datetime | None
    valid_until: datetime | None
    is_active: bool


class CouponFields(CouponChanges, total=False):
    """What a coupon may be given. package_scope: `all` or `specific`, for packages only."""

    code: str
    discount_type: str
    reach_scope: Scope
    package_scope: str | None
    categories: list[Category] | None
    packages: list[Package] | None
    override_sales: bool
    minimum_purchase_amount: Decimal | None
    maximum_discount_amount: Decimal | None


@transaction.atomic
def create_coupon(
    *, store: Store, key: ApiKey | None = None, user: User | None = None, **fields: Unpack[CouponFields]
) -> Coupon:
    """Create a coupon; code, discount_type, discount_value and reach_scope are needed.

    Raises InvalidFields (400) for a code that the store has already, in any case, and for fields that contradict
    one another.
    """
    coupon = Coupon(store=store, code_key=fields["code"].upper())
    _check_package_scope(fields)
    sets = apply_reach(coupon, store, fields)
    _apply(coupon, store, {name: value for name, value in fields.items() if name not in REACH})
    try:
        with transaction.atomic():
            coupon.save(force_insert=True)
    except IntegrityError:
        if not Coupon.objects.of_store(store).filter(code_key=coupon.code_key).exists():
            raise
        raise field_fault("code", "taken", "another coupon of this store has it") from None
    put_sets(coupon, sets)
    data = {"fields": sorted(fields)}
    record("coupon.created", target=coupon, account_id=store.account_id, user=user, key=key, data=data)
    return coupon


@transaction.atomic
def update_coupon(
    *,
    coupon: Coupon,
    store: Store,
    key: ApiKey | None = None,
    user: User | None = None,
    **fields: Unpack[CouponChanges],
) -> Coupon:
    """Change the given fields of a coupon and no other.

    Raises NotFound (404) when it was deleted meanwhile, InvalidFields (400), also for max_uses below its uses.
    """
    locked = _lock(coupon, store)
    if not fields:
        return locked
    _apply(locked, store, fields)
    locked.updated_at = timezone.now()
    locked.save(force_update=True)
    data = {"fields": sorted(fields)}
    record("coupon.updated", target=locked, account_id=store.account_id, user=user, key=key, data=data)
    return locked


def delete_coupon(*, coupon: Coupon, store: Store, key: ApiKey | None = None, user: User | None = None) -> None:
    """Delete a coupon that nobody took; one that somebody took is switched off.

    Raises CouponIsUsed (400) after it was switched off, NotFound (404) when it was deleted already.
    """
    with transaction.atomic():
        locked = _lock(coupon, store)
        is_used = locked.uses > 0 or locked.orders.exists()
        if is_used:
            Coupon.objects.filter(pk=locked.pk).update(is_active=False, updated_at=timezone.now())
        action = "coupon.switched_off" if is_used else "coupon.deleted"
        record(action, target=locked, account_id=store.account_id, user=user, key=key)
        if not is_used:
            locked.delete()
    # Outside the transaction, which the refusal would undo.
    if is_used:
        raise CouponIsUsed


def find_coupon(store: Store, code: str) -> Coupon | None:
    """Return the store's coupon with the code in any case; None without one."""
    key = code.strip().upper()
    return next(iter(Coupon.objects.of_store(store).filter(code_key=key)), None)


@transaction.atomic(savepoint=False)
def take(coupon: Coupon, player_key: str) -> None:
    """Count one use of a coupon by a player; whole or not at all, exact under any number of callers at once.

    player_key: as `store.players.player_key` folds it. The coupon's row stays locked until the caller's
    transaction ends.
    Raises CouponNotRedeemable (400).
    """
    now = timezone.now()
    row = Coupon.objects.filter(pk=coupon.pk)
    if not row.redeemable(now).update(uses=F("uses") + 1):
        raise _reason(row.first(), now)
    CouponUse.objects.bulk_create([CouponUse(coupon=coupon, player_key=player_key)], ignore_conflicts=True)
    mine = CouponUse.objects.filter(coupon=coupon, player_key=player_key)
    has_uses = Q(coupon__max_uses_per_user=None) | Q(uses__lt=F("coupon__max_uses_per_user"))
    # The coupon's row is held, so nobody changes its limit or counts between the two halves of this statement.
    if not mine.filter(has_uses).update(uses=F("uses") + 1):
        raise CouponNotRedeemable(_USED_BY_PLAYER)


def check(coupon: Coupon, player_key: str) -> None:
    """Refuse a coupon that `take` would refuse now; nothing is counted.

    Raises CouponNotRedeemable (400).
    """
    now = timezone.now()
    if not coupon.is_redeemable_at(now):
        raise _reason(coupon, now)
    limit = coupon.max_uses_per_user
    mine = CouponUse.objects.filter(coupon=coupon, player_key=player_key)
    if limit is not None and mine.filter(uses__gte=limit).exists():
        raise CouponNotRedeemable(_USED_BY_PLAYER)


@transaction.atomic(savepoint=False)
def put_back(coupon: Coupon, player_key: str) -> None:
    """Take one use back, of an order that was cancelled before it was paid. A refund keeps the use."""
    Coupon.objects.filter(pk=coupon.pk, uses__gt=0).update(uses=F("uses") - 1)
    CouponUse.objects.filter(coupon=coupon, player_key=player_key, uses__gt=0).update(uses=F("uses") - 1)


def _reason(coupon: Coupon | None, now: datetime) -> CouponNotRedeemable:
    """Return the refusal in the sentence that fits what the coupon is now."""
    if coupon is None or not coupon.is_active:
        return CouponNotRedeemable("This coupon is not active.")
    if coupon.valid_from is not None and now < coupon.valid_from:
        return CouponNotRedeemable("This coupon is not valid yet.")
    if coupon.valid_until is not None and coupon.valid_until <= now:
        return CouponNotRedeemable("This coupon has expired.")
    return CouponNotRedeemable("This coupon is used up.")


def _lock(coupon: Coupon, store: Store) -> Coupon:
    locked = Coupon.objects.of_store(store).select_for_update(no_key=True).filter(pk=coupon.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _check_package_scope(fields: CouponFields) -> None:
    has_one = fields.get("package_scope") is not None
    is_wanted = fields["reach_scope"] == Scope.PACKAGES
    if is_wanted and not has_one:
        raise field_fault("packageScope", "required", "must be all or specific for this scope")
    if has_one and not is_wanted:
        raise field_fault("packageScope", "contradiction", "does not go with this scope")


def _apply(coupon: Coupon, store: Store, fields: Mapping[str, Any]) -> None:
    """Put the fields on the coupon and check what no single field can tell."""
    for name, value in fields.items():
        setattr(coupon, name, value)
    if coupon.discount_type == DiscountType.PERCENTAGE:
        if coupon.discount_value > 100:
            raise field_fault("discountValue", "max_value", "must be at most 100")
    elif not money.fits(coupon.discount_value, store.currency):
        decimals = money.exponent(store.currency)
        sentence = f"must have at most {decimals} decimals in {store.currency}"
        raise field_fault("discountValue", "decimals", sentence)
    if "max_uses" in fields and coupon.max_uses is not None and coupon.max_uses < coupon.uses:
        sentence = f"must be at least {coupon.uses}, which is how often it was used"
        raise field_fault("maxUses", "below_uses", sentence)
    check_order("validUntil", coupon.valid_from, coupon.valid_until, "validFrom")
