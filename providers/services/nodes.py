"""Every write to the measured number of nodes. Locks are taken in this order: provider, address."""

from collections.abc import Callable, Mapping

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.services import record
from providers.errors import AddressTaken
from providers.models import PaymentAddress, Provider, TierName

Count = Callable[[str], Mapping[str, int] | None]
log = structlog.get_logger(__name__)


@transaction.atomic
def add_payment_address(*, provider: Provider, address: str, actor: User) -> PaymentAddress:
    """Count the nodes of an address for a provider. Raises AddressTaken (409)."""
    try:
        with transaction.atomic():
            row = PaymentAddress.objects.create(provider=provider, address=address)
    except IntegrityError:
        raise AddressTaken from None
    _note("providers.payment_address_added", row, actor)
    return row


@transaction.atomic
def remove_payment_address(*, row: PaymentAddress, actor: User) -> None:
    """Count the nodes of an address no more; without any address nothing is measured."""
    _note("providers.payment_address_removed", row, actor)
    provider = row.provider
    row.delete()
    if not provider.payment_addresses.exists():
        Provider.objects.filter(pk=provider.pk).update(measured_nodes=None, measured_nodes_at=None)


def measure_nodes(count: Count) -> int:
    """Count the nodes of every provider that has payment addresses; return how many providers were measured.

    count: gives the nodes of an address by size, None when nobody could say. A provider of whom one address could
    not be counted keeps the last figures: half a number is a wrong one.
    """
    measured = 0
    for provider in Provider.objects.filter(payment_addresses__isnull=False).distinct().order_by("pk"):
        total = dict.fromkeys(TierName.values, 0)
        for address in provider.payment_addresses.values_list("address", flat=True):
            found = count(address)
            if found is None:
                log.warning("provider_nodes_unknown", provider_id=provider.pk)
                break
            for size in total:
                total[size] += found.get(size, 0)
        else:
            figures = {"measured_nodes": total, "measured_nodes_at": timezone.now()}
            measured += Provider.objects.filter(pk=provider.pk).update(**figures)
    return measured


def _note(action: str, row: PaymentAddress, actor: User) -> None:
    provider = row.provider
    data = {"provider": provider.slug, "address": row.address}
    record(action, target=provider, account_id=provider.account_id, user=actor, data=data)
