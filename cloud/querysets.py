"""Reads of Flux Cloud; each begins with the id, the phrase or the person."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone

from cloud.identities import canonical

if TYPE_CHECKING:
    from accounts.models import User
    from cloud.models import Arrival, FluxIdentity, LoginPhrase, NodeHealth, Session  # noqa: F401


class LoginPhraseQuerySet(models.QuerySet["LoginPhrase"]):
    """Phrases that were given out and not used."""

    def live(self) -> Self:
        """Return those that may still be signed in with."""
        return self.filter(expires_at__gt=timezone.now())


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions of Flux ids."""

    def of(self, zelid: str) -> Self:
        """Return the sessions of a Flux id, in whatever spelling."""
        return self.filter(owner=canonical(zelid))

    def live(self) -> Self:
        """Return those that nobody ended and whose time is not over."""
        return self.filter(ended_at__isnull=True, expires_at__gt=timezone.now())


class ArrivalQuerySet(models.QuerySet["Arrival"]):
    """What somebody may be waiting for."""

    def of(self, kind: str, *keys: str) -> Self:
        """Return what arrived under the keys and has not run out."""
        return self.filter(kind=kind, key__in=keys, expires_at__gt=timezone.now())


class FluxIdentityQuerySet(models.QuerySet["FluxIdentity"]):
    """Flux ids that people linked to their sign-in."""

    def of(self, user: "User") -> Self:
        """Return the ids of a person, oldest first."""
        return self.filter(user=user).order_by("pk")

    def named(self, zelid: str) -> Self:
        """Return the link of a Flux id, if there is one."""
        return self.filter(owner=canonical(zelid))


class NodeHealthQuerySet(models.QuerySet["NodeHealth"]):
    """How Flux nodes are."""

    def of(self, addresses: Iterable[str]) -> Self:
        """Return what is known of the nodes, in the order of their addresses."""
        return self.filter(address__in=addresses).order_by("address")

    def checked_within(self, seconds: float) -> Self:
        """Return those whose last check was that recent."""
        return self.filter(checked_at__gte=timezone.now() - timedelta(seconds=seconds))
