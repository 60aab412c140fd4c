"""How pages say that a plan lacks something."""

from django.urls import reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString

from plans.catalogue import PRODUCTS

_PLANS = reverse_lazy("plans:overview")


def needed_plan(product: str, feature: str) -> SafeString:
    """Return the sentence that names the lowest plan with a feature, and where plans are shown."""
    plan = PRODUCTS[product].lowest_with(feature)
    title = plan.title if plan else "higher"
    return format_html('Needs the {} plan. <a href="{}#{}">See your plan</a>', title, _PLANS, product)
