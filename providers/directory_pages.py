"""The public directory as pages: the list with its filters, and one page for each country and each node size."""

from dataclasses import dataclass
from typing import Any, cast

from django.core.cache import cache
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django_htmx.http import push_url
from django_htmx.middleware import HtmxDetails

from accounts.page_views import PageView
from api.errors import InvalidFields, NotFound
from providers import countries
from providers.addresses import country_path, directory_path, tier_path, whole
from providers.cards import Card
from providers.charts import money
from providers.compare_pages import CHOICE, MAX_COMPARED, chosen_slugs
from providers.directory_forms import PLACES, chips_of, form_of, label_of, query_without, told
from providers.filters import DirectoryQuery, without_blanks
from providers.models import Provider, TierName
from providers.paging import page_of

COUNTS_KEY, COUNTS_SECONDS = "providers.country_counts", 60
MAX_COUNT = 1000
"""Beyond so many listings a page says "more than": people look at none of them, and counting them takes time."""


class HtmxRequest(HttpRequest):
    """A request that htmx may have made."""

    htmx: HtmxDetails


class DirectoryPage(PageView):
    """`/providers`: the listings that the filters leave, the same and in the same order as in the API."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of them; a filter that is none is 400, on a page that says which and leads on."""
        params = without_blanks(request.GET)
        is_part = _is_part(request)
        if len(params) < len(request.GET) and not is_part:
            # A form without JavaScript sends its empty fields too: the address is better without them.
            return redirect(_address(params.urlencode()))
        filters = params.copy()
        filters.pop(CHOICE, None)
        try:
            context, status = self._listed(params, DirectoryQuery.read(filters)), 200
        except InvalidFields as error:
            context, status = self._refused(params, error), 400
        template = "providers/results.html" if is_part else "providers/directory.html"
        response = render(request, template, context | {"is_part": is_part}, status=status)
        patch_vary_headers(response, ["HX-Request"])
        return push_url(response, _address(params.urlencode())) if is_part else response

    def _listed(self, params: QueryDict, query: dict[str, Any]) -> dict[str, Any]:
        rows = Provider.objects.chosen(query)
        page, cursor = page_of(rows, query)
        count = rows[: MAX_COUNT + 1].count()
        picked = chosen_slugs(params)
        shown = {row.slug for row in page}
        now = timezone.now()
        context = {
            "cards": [Card.of(row, now) for row in page],
            "count": min(count, MAX_COUNT),
            "has_more_than_count": count > MAX_COUNT,
            "chips": chips_of(params),
            "cursor": cursor,
            "is_further": "after" in params,
            "filters": [(name, params[name]) for name in params if name not in {CHOICE, "after"}],
            "data_query": query_without(params, {CHOICE}),
            "export_query": query_without(params, PLACES - {"sort"}),
            "feed_query": query_without(params, PLACES),
            "with_demo_query": _with(params, "demo", "true") if not query["demo"] else "",
            "picked": picked,
            "picked_elsewhere": [slug for slug in picked if slug not in shown],
            "max_compared": MAX_COMPARED,
        }
        return context | self._framed(params)

    def _refused(self, params: QueryDict, error: InvalidFields) -> dict[str, Any]:
        faulty = {fault.field for fault in error.errors}
        faults = [(label_of(fault.field), told(fault)) for fault in error.errors]
        context = {"faults": faults, "valid_query": query_without(params, faulty), "noindex": True}
        context["picked"] = chosen_slugs(params)
        return context | self._framed(params, error)

    def _framed(self, params: QueryDict, error: InvalidFields | None = None) -> dict[str, Any]:
        """Return what stands around the list; nothing for a part of the page."""
        if _is_part(self.request):
            return {}
        faults = error.errors if error else ()
        canonical = _canonical_of(params) if error is None else ""
        return {
            "form": form_of(params, _country_counts(), faults),
            "canonical": canonical,
            "noindex": not canonical,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """What a page of listings in one country, or for one node size, is about."""

    title: str
    sentence: str
    query: dict[str, str]
    path: str


class PlacePage(PageView):
    """The base of pages about the listings of one place."""

    template = "providers/place.html"

    def show(self, given: str, place: Place, column: str) -> HttpResponse:
        """Show the cheapest listings, with a sentence about all of them. column: the price to speak of."""
        query = DirectoryQuery.parse_data(place.query)
        rows = Provider.objects.chosen(query)
        page, cursor = page_of(rows, query)
        facts = rows.aggregate(count=Count("pk"), low=Min(column), high=Max(column))
        now = timezone.now()
        filters = QueryDict(mutable=True)
        filters.update(place.query)
        context = {
            "title": place.title,
            "sentence": _sentence(place.sentence, facts),
            "cards": [Card.of(row, now) for row in page],
            "count": facts["count"],
            "has_more": cursor is not None,
            "query": filters.urlencode(),
            "feed_query": query_without(filters, PLACES),
            "canonical": whole(place.path),
            "places": [(code.lower(), countries.names()[code], count) for code, count in _country_counts()],
            "tiers": TierName.choices,
            "here": given,
        }
        return render(self.request, self.template, context)


class CountryPage(PlacePage):
    """`/providers/country/<code>`."""

    def get(self, request: HttpRequest, place: str) -> HttpResponse:
        """Show it; another spelling of the country leads here, what is none is 404."""
        code = countries.code_of(place)
        if code is None:
            raise NotFound
        if place != code.lower():
            return redirect("providers:country", code.lower(), permanent=True)
        name = countries.names()[code]
        query = {"country": code, "sort": "price"}
        about = Place(f"Flux providers in {name}", f"in {name}", query, country_path(code))
        return self.show(place, about, "cheapest")


class TierPage(PlacePage):
    """`/providers/tier/<tier>`."""

    def get(self, request: HttpRequest, tier: str) -> HttpResponse:
        """Show it; what is no node size is 404."""
        if tier not in TierName.values:
            raise NotFound
        label = TierName(tier).label
        query = {"tier": tier, "sort": "price"}
        about = Place(f"{label} nodes", f"with {label} nodes", query, tier_path(tier))
        return self.show(tier, about, f"cheapest_{tier}")


def _sentence(where: str, facts: dict[str, Any]) -> str:
    """Return `12 Flux providers in Poland. Their cheapest plans cost from $4.99 to $49.00 a month.`"""
    count, low, high = facts["count"], facts["low"], facts["high"]
    if not count:
        return f"There is no Flux provider {where} yet."
    head = f"{count:,} Flux provider{'' if count == 1 else 's'} {where}."
    if low is None:
        return f"{head} No prices are known."
    if count == 1 or low == high:
        return f"{head} The cheapest plan costs {money(low)} a month."
    return f"{head} Their cheapest plans cost from {money(low)} to {money(high)} a month."


def _country_counts() -> list[tuple[str, int]]:
    """Return each country that has genuine listings, with their number, by the country's name.

    Kept for a minute: counting all listings for each page would take longer than finding the page's own.
    """
    counts: list[tuple[str, int]] = cache.get_or_set(COUNTS_KEY, _count_countries, COUNTS_SECONDS) or []
    return counts


def _count_countries() -> list[tuple[str, int]]:
    rows = Provider.objects.live().genuine().filter(country__isnull=False)
    counts = rows.order_by().values_list("country").annotate(count=Count("*"))
    return sorted(counts, key=lambda row: countries.names()[row[0]])


def _is_part(request: HttpRequest) -> bool:
    """Return whether htmx asks for the list alone."""
    htmx = cast(HtmxRequest, request).htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def _canonical_of(params: QueryDict) -> str:
    """Return the address that search engines shall keep, "" for a choice that is not worth one."""
    names = set(params)
    code = countries.code_of(params.get("country", ""))
    if names == {"country"} and code:
        return whole(country_path(code))
    if names == {"tier"}:
        return whole(tier_path(params.get("tier", "")))
    return whole(directory_path()) if not names else ""


def _address(query: str) -> str:
    return directory_path() + (f"?{query}" if query else "")


def _with(params: QueryDict, name: str, value: str) -> str:
    """Return the query of the first page with one more filter."""
    more = params.copy()
    more.pop("after", None)
    more[name] = value
    return more.urlencode()
