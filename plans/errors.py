"""Refusals of plans. Their status is the product's: 402 for Fluxly, 403 for FluxStore, both for Fluximage."""

from api.errors import PlatformError
from plans.catalogue import Plan, Product


class PlanRequired(PlatformError):
    """The account's plan lacks a feature; the body of Fluxly names `feature` and `required_plan`."""

    code = "plan_required"

    def __init__(self, product: Product, feature: str) -> None:
        self.status = product.refusal_status  # type: ignore[misc]  # the product's documents decide
        required: Plan | None = product.lowest_with(feature)
        title = required.title if required else "a higher"
        super().__init__(
            f"Your {product.title} plan does not include this ({feature.replace('_', ' ')}). "
            f"It needs an active {title} plan.",
            extra={"feature": feature, "required_plan": required.name if required else ""},
        )


class QuotaExhausted(PlatformError):
    """The amount of this plan is used up."""

    code = "quota_exhausted"

    def __init__(self, product: Product, counter: str, amount: int) -> None:
        self.status = product.quota_status  # type: ignore[misc]  # the product's documents decide
        required = next((p.name for p in product.plans if _exceeds(p, counter, amount)), "")
        what = counter.replace("_", " ")
        super().__init__(
            f"Your plan's {amount} {what} are used up.", extra={"feature": counter, "required_plan": required}
        )


def _exceeds(plan: Plan, counter: str, amount: int) -> bool:
    limit = plan.limits.get(counter)
    return limit is not None and (limit.amount is None or limit.amount > amount)
