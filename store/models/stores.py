"""Stores, their game servers and their teams."""

import secrets
import string
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Account, User
from store.querysets import ServerQuerySet, StoreQuerySet

STORE_ID_LENGTH = 8
_STORE_ID_CHARACTERS = string.digits + string.ascii_lowercase


def new_store_id() -> str:
    """Return a random store id: 8 of `[0-9a-z]`. It names a store in its keys and is no secret."""
    return "".join(secrets.choice(_STORE_ID_CHARACTERS) for _ in range(STORE_ID_LENGTH))


class Store(models.Model):
    """A webstore. currency: ISO 4217; fixed, because every amount is written in it. timezone: an IANA name.

    bans_on_chargeback: whether a player who takes a payment back is banned. is_demo: made by the demo data; an
    account has at most one.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="stores")
    store_id = models.CharField(max_length=STORE_ID_LENGTH, unique=True, default=new_store_id, editable=False)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="EUR")
    timezone = models.CharField(max_length=64, default="UTC")
    bans_on_chargeback = models.BooleanField(default=False, db_default=False)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[StoreQuerySet] = StoreQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(is_demo=True), name="one_demo_store"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.store_id})"


class Server(models.Model):
    """A game server on which packages are delivered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="servers")
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[ServerQuerySet] = ServerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["store", "created_at", "id"], name="servers_of_store")]

    def __str__(self) -> str:
        return self.name


class TeamPermission(models.TextChoices):
    """What a member of a store's team may do in its admin; the names are the product's."""

    EDIT = "Stores:Edit", "Edit the store"
    REFUNDS = "IssueRefunds", "Issue refunds"
    ORDERS = "Orders", "Make orders"
    CUSTOMER_PII = "Show Customer PII", "See e-mail addresses"


class StoreMember(models.Model):
    """A person in a store's team. Owners and admins of the store's account may do everything without a row.

    permissions: a list of TeamPermission values; an empty one only looks.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="team")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="store_teams")
    permissions = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = "team member"
        constraints = [models.UniqueConstraint(fields=["store", "user"], name="one_place_in_a_team")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.store_id}"
