"""Sign-in with Flux ids: phrases, sessions, what arrives for those who wait, and ids linked to people.

`zelid` is a Flux id as its holder wrote it, `owner` its one spelling, by which rows are found. No signature is
kept but in an arrival, for the fifteen minutes in which somebody may wait for it.
"""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import User
from cloud.identities import MAX_LENGTH as ID_LENGTH
from cloud.phrases import MAX_LENGTH as PHRASE_LENGTH
from cloud.querysets import (
    ArrivalQuerySet,
    FluxIdentityQuerySet,
    LoginPhraseQuerySet,
    NodeHealthQuerySet,
    SessionQuerySet,
)


class LoginPhrase(models.Model):
    """A phrase that was given out. Its row goes when it is used, in the transaction that inserts the session."""

    phrase = models.CharField(max_length=PHRASE_LENGTH, primary_key=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    objects: ClassVar[LoginPhraseQuerySet] = LoginPhraseQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.phrase


class Session(models.Model):
    """A Flux id that signed in. An ended one stays until its time is over, so that its phrase never counts again.

    A row may begin ended: a phrase that its signer made up, and logged out. node: the address of the Flux node
    that gets its calls, "" before the first.
    """

    zelid = models.CharField(max_length=ID_LENGTH)
    owner = models.CharField(max_length=ID_LENGTH)
    phrase = models.CharField(max_length=PHRASE_LENGTH, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    node = models.CharField(max_length=255, blank=True, default="", db_default="")

    objects: ClassVar[SessionQuerySet] = SessionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["owner", "created_at"], name="cloud_sessions_of_id")]

    def __str__(self) -> str:
        return f"{self.zelid} since {self.created_at:%Y-%m-%d %H:%M}"


class Kind(models.TextChoices):
    """What can be waited for: a sign-in with a phrase, a signature under an identifier."""

    SIGN_IN = "id", "Sign-in"
    SIGNATURE = "sign", "Signature"


class Arrival(models.Model):
    """What a waiting page is told, once; the newest of a key counts. network: from where it came, cut."""

    kind = models.CharField(max_length=4, choices=Kind.choices)
    key = models.CharField(max_length=PHRASE_LENGTH)
    payload = models.JSONField()
    network = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(db_index=True)

    objects: ClassVar[ArrivalQuerySet] = ArrivalQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_arrival_for_a_key"),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="arrival_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Cutoff(models.Model):
    """The moment at which a Flux id, or everybody (owner ""), was logged out everywhere.

    It counts for phrases that their signers made up, of which there are no rows that could be ended.
    """

    owner = models.CharField(max_length=ID_LENGTH, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.owner


class FluxIdentity(models.Model):
    """A Flux id that signs a person in to the platform. It is one person's; a person may have several."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="flux_identities")
    zelid = models.CharField("Flux ID", max_length=ID_LENGTH)
    owner = models.CharField(max_length=ID_LENGTH, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[FluxIdentityQuerySet] = FluxIdentityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "Flux ID"

    def __str__(self) -> str:
        return self.zelid


class NodeHealth(models.Model):
    """How a Flux node was when it was checked last; `node_rules.Health` says what the columns mean."""

    address = models.CharField(max_length=255, primary_key=True)
    is_up = models.BooleanField()
    passed = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    version = models.CharField(max_length=50, blank=True)
    height = models.PositiveBigIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField(db_index=True)

    objects: ClassVar[NodeHealthQuerySet] = NodeHealthQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.address}: {'up' if self.is_up else 'down'}"
