"""Every write to keys. A secret leaves this module once: in the `Issued` that its maker receives."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Account, User
from api.errors import FieldError, InvalidFields
from apikeys import strength, tokens
from apikeys.errors import KeyChanged, KeyInUse, LiveKeyExists, WeakKey
from apikeys.models import ApiKey, SpentSecret
from apikeys.resources import known_words
from apikeys.scopes import check_scopes, full_scopes
from audit.services import record
from plans import entitlements

MAX_GRACE = timedelta(days=7)
LAST_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A key with its secret, which nobody can read again. `repr` hides the secret."""

    key: ApiKey
    secret: str

    def __repr__(self) -> str:
        return f"Issued({self.key!s})"


@transaction.atomic
def issue(
    *,
    account: Account,
    product: str,
    name: str,
    resource: str = "",
    scopes: Any = None,
    expires_at: datetime | None = None,
    rate_per_minute: int | None = None,
    actor: User | None = None,
    by_operator: bool = False,
) -> Issued:
    """Make a key. scopes: None allows everything the product has.

    by_operator: made from the shell, whatever the plan; otherwise the plan must have the feature `keys`.
    Raises PlanRequired (the product's status), InvalidFields (400), LiveKeyExists (409).
    """
    try:
        token = tokens.mint(product, resource)
    except ValueError:
        raise InvalidFields(errors=(FieldError("resource", "invalid", "this product's keys need one"),)) from None
    return _create(
        token,
        account=account,
        product=product,
        name=name,
        resource=resource,
        scopes=scopes,
        expires_at=expires_at,
        rate_per_minute=rate_per_minute,
        actor=actor,
        by_operator=by_operator,
        action="api_key.issued",
    )


@transaction.atomic
def import_key(
    *,
    account: Account,
    product: str,
    name: str,
    secret: str,
    resource: str = "",
    scopes: Any = None,
    expires_at: datetime | None = None,
    rate_per_minute: int | None = None,
    actor: User | None = None,
) -> Issued:
    """Take over a key that its user made (Fluxme): 32 to 256 visible ASCII characters that are hard to guess.

    scopes: None allows everything the product has.
    Raises WeakKey (400) with a sentence that says why, KeyInUse (400), InvalidFields (400).
    """
    token = check_secret(account=account, product=product, secret=secret, resource=resource)
    return _create(
        token,
        account=account,
        product=product,
        name=name,
        resource=resource,
        scopes=scopes,
        expires_at=expires_at,
        rate_per_minute=rate_per_minute,
        actor=actor,
        by_operator=True,
        action="api_key.imported",
    )


def check_secret(*, account: Account, product: str, secret: str, resource: str = "") -> tokens.Token:
    """Return a key that its user made, as a token; raises WeakKey (400), KeyInUse (400)."""
    if product not in tokens.IMPORTED:
        raise WeakKey("Keys of this product are made by the platform; none can be imported.")
    if not tokens.MIN_IMPORTED <= len(secret) <= tokens.MAX_IMPORTED:
        raise WeakKey(f"The key must have {tokens.MIN_IMPORTED} to {tokens.MAX_IMPORTED} characters.")
    if tokens.has_own_prefix(secret):
        raise WeakKey("The key has a prefix of this platform's own keys. Make one without it.")
    token = tokens.parse(product, secret)
    if token is None:
        raise WeakKey("The key may only have visible ASCII characters, without spaces.")
    known = (resource, product, account.name, account.slug, *known_words(product, resource))
    if strength.is_guessable(secret, *known):
        raise WeakKey("The key is too easy to guess. Make a random one, e.g. with: openssl rand -hex 32")
    # Whose it is, and whether it lives, is nobody's business. In this order: a roll may spend it meanwhile.
    if ApiKey.objects.filter(Q(digest=token.digest) | Q(previous_digest=token.digest)).exists():
        raise KeyInUse
    if SpentSecret.objects.filter(digest=token.digest).exists():
        raise KeyInUse
    return token


def _create(
    token: tokens.Token,
    *,
    account: Account,
    product: str,
    name: str,
    resource: str,
    scopes: Any,
    expires_at: datetime | None,
    rate_per_minute: int | None,
    actor: User | None,
    by_operator: bool,
    action: str,
) -> Issued:
    if not by_operator:
        entitlements.require(account, product, "keys")
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidFields(errors=(FieldError("expiresAt", "past", "must be in the future"),))
    key = ApiKey(
        account=account,
        product=product,
        resource=resource,
        name=name,
        prefix=token.prefix,
        hint=token.hint,
        digest=token.digest,
        scopes=full_scopes(product) if scopes is None else check_scopes(product, scopes),
        expires_at=expires_at,
        rate_per_minute=rate_per_minute,
        created_by=actor,
        is_operator_issued=by_operator,
    )
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        if ApiKey.objects.filter(digest=token.digest).exists():
            raise KeyInUse from None
        raise LiveKeyExists from None
    data = {"product": product, "resource": resource, "scopes": key.scopes, "hint": key.hint}
    record(action, target=key, account_id=account.pk, user=actor, data=data)
    return Issued(key, token.text)


@transaction.atomic
def roll(
    *, key: ApiKey, grace: timedelta = timedelta(0), secret: str | None = None, actor: User | None = None
) -> Issued:
    """Replace the secret of a key; name, scopes, expiry and rate bucket stay. Of two rolls at once, one wins.

    grace: how long the old secret still works, at most 7 days; none by default: it dies at once.
    secret: one that the user made (Fluxme), checked like an import.

    Raises KeyChanged (409) when `key` is not as it was read or is revoked, InvalidFields (400), WeakKey (400),
    KeyInUse (400).
    """
    if not timedelta(0) <= grace <= MAX_GRACE:
        raise InvalidFields(errors=(FieldError("grace", "out_of_range", "must be 0 to 7 days"),))
    if secret is not None:
        token = check_secret(account=key.account, product=key.product, secret=secret, resource=key.resource)
    else:
        token = tokens.mint(key.product, key.resource)
    unchanged = ApiKey.objects.filter(pk=key.pk, version=key.version, revoked_at__isnull=True)
    try:
        with transaction.atomic():
            rolled = unchanged.update(
                prefix=token.prefix,
                hint=token.hint,
                digest=token.digest,
                previous_digest=F("digest") if grace else None,
                grace_until=timezone.now() + grace if grace else None,
                version=F("version") + 1,
            )
    except IntegrityError:
        raise KeyInUse from None
    if not rolled:
        raise KeyChanged
    _spend(key.digest, key.previous_digest)
    key.refresh_from_db()
    data = {"product": key.product, "hint": key.hint, "grace_seconds": int(grace.total_seconds())}
    data |= {"is_imported": secret is not None}
    record("api_key.rolled", target=key, account_id=key.account_id, user=actor, data=data)
    return Issued(key, token.text)


def regenerate(*, key: ApiKey, actor: User | None = None) -> Issued:
    """Replace the secret and kill the old one at once (FluxStore's word for a roll without grace).

    Raises KeyChanged (409).
    """
    return roll(key=key, actor=actor)


def _spend(*digests: str | None) -> None:
    """Remember secrets that a key had, for good."""
    SpentSecret.objects.bulk_create((SpentSecret(digest=d) for d in digests if d), ignore_conflicts=True)


@transaction.atomic
def revoke(*, key: ApiKey, actor: User | None = None, reason: str = "") -> ApiKey:
    """End a key for good, its grace included. Revoking a revoked key changes nothing.

    reason: for the audit trail, where the staff did it.
    """
    ended = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(
        revoked_at=timezone.now(), previous_digest=None, grace_until=None, version=F("version") + 1
    )
    if ended:
        _spend(key.previous_digest)
    key.refresh_from_db()
    if ended:
        data = {"product": key.product, "hint": key.hint} | ({"reason": reason} if reason else {})
        record("api_key.revoked", target=key, account_id=key.account_id, user=actor, data=data)
    return key


def note_use(key: ApiKey, network: str) -> None:
    """Remember when and from which network a key was used, with at most one write a minute."""
    now = timezone.now()
    if key.last_used_at is not None and now - key.last_used_at < LAST_USED_EVERY:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - LAST_USED_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now, last_used_network=network)
