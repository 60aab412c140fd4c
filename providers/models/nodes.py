"""The payment addresses of a provider's nodes, by which they are counted on the chain."""

from django.core.validators import RegexValidator
from django.db import models

from providers.models.listing import Provider

ADDRESS_PATTERN = r"^t[13][1-9A-HJ-NP-Za-km-z]{33}\Z"


class PaymentAddress(models.Model):
    """A Flux address to which nodes are paid. It counts for one provider alone: two cannot own the same nodes."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="payment_addresses")
    address = models.CharField(
        max_length=35,
        unique=True,
        validators=[RegexValidator(ADDRESS_PATTERN, "A Flux address begins with t1 or t3 and has 35 characters.")],
    )

    class Meta:
        verbose_name_plural = "payment addresses"

    def __str__(self) -> str:
        return self.address
