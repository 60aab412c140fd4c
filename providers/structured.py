"""What search engines and link previews read of a listing: schema.org as JSON-LD, and one sentence."""

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from providers.charts import money
from providers.facts import cheapest_of
from providers.models import Provider
from providers.wording import percent, plan_label

CURRENCY = "USD"
MAX_SENTENCE = 300
# Inside <script>, "</script>" and "<!--" would end or change it, and two line separators would end a string.
_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


def json_ld(provider: Provider, url: str) -> SafeString:
    """Return the listing as a schema.org graph, ready for inside a `<script>`. url: the profile's, canonical."""
    organization: dict[str, Any] = {
        "@type": "Organization",
        "@id": f"{url}#provider",
        "name": provider.name,
        "url": url,
    }
    if links := [link for link in (provider.website, provider.discord) if link]:
        organization["sameAs"] = links
    if provider.country:
        organization["address"] = {"@type": "PostalAddress", "addressCountry": provider.country}
    graph = [organization]
    if offers := _offers(provider, url):
        graph.append(_product(provider, url, offers))
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308 - nothing is left that HTML reads


def sentence_of(provider: Provider) -> str:
    """Return the description of a page about the listing: its own words, or what is known of it."""
    place = f" in {provider.country_name}" if provider.country else ""
    price = cheapest_of(provider)
    facts = [f"{provider.name} runs Flux nodes{place}"]
    if price is not None:
        facts.append(f"from {money(price)} a month")
    if provider.uptime_percentage is not None:
        facts.append(f"{percent(provider.uptime_percentage)} uptime, self-reported")
    text = ", ".join(facts) + "."
    return f"{text} {provider.description}".strip()[:MAX_SENTENCE]


def _product(provider: Provider, url: str, offers: list[dict[str, Any]]) -> dict[str, Any]:
    product: dict[str, Any] = {
        "@type": "Product",
        "@id": f"{url}#hosting",
        "name": f"Flux node hosting by {provider.name}",
        "description": provider.description or sentence_of(provider),
        "brand": {"@id": f"{url}#provider"},
        "offers": offers,
    }
    if provider.rating is not None and provider.review_count:
        product["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": float(provider.rating),
            "reviewCount": provider.review_count,
            "bestRating": 5,
            "worstRating": 1,
        }
    return product


def _offers(provider: Provider, url: str) -> list[dict[str, Any]]:
    return [
        {
            "@type": "Offer",
            "name": plan_label(tier.tier, tier.plan_name),
            "price": f"{tier.price:.2f}",
            "priceCurrency": CURRENCY,
            "url": url,
            "priceSpecification": {
                "@type": "UnitPriceSpecification",
                "price": f"{tier.price:.2f}",
                "priceCurrency": CURRENCY,
                "unitCode": "MON",
            },
        }
        for tier in provider.tiers.all()
    ]
