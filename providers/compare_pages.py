"""Several listings side by side."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.page_views import PageView
from providers.addresses import directory_path
from providers.cards import Card
from providers.facts import compared
from providers.models import Provider

MAX_COMPARED = 4
CHOICE = "p"
"""The parameter that names a listing to compare, once for each."""

MAX_SHOWN_SLUG = 64


def chosen_slugs(params: QueryDict) -> list[str]:
    """Return which listings an address names, each once, in its order."""
    return list(dict.fromkeys(slug for slug in params.getlist(CHOICE) if slug))


def choice_query(slugs: list[str]) -> str:
    """Return the query that names these listings: `p=a&p=b`."""
    return urlencode([(CHOICE, slug) for slug in slugs])


class ComparePage(PageView):
    """Shows up to four listings side by side, with what differs marked."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them; none and more than four are 400, an unknown one is 404, each with a way on."""
        slugs = chosen_slugs(request.GET)
        if slugs and set(request.GET) - {CHOICE}:
            # The list hands its filters on, for its own buttons: the address is better without them.
            return redirect(f"{request.path}?{choice_query(slugs)}")
        if not slugs:
            return self._refuse("Choose two to four providers in the directory, then compare them.", [], 400)
        if len(slugs) > MAX_COMPARED:
            sentence = f"At most {MAX_COMPARED} providers fit side by side, and these are {len(slugs)}."
            return self._refuse(sentence, slugs[:MAX_COMPARED], 400)
        found = {row.slug: row for row in Provider.objects.live().for_reading().filter(slug__in=slugs)}
        missing = [slug for slug in slugs if slug not in found]
        if missing:
            names = ", ".join(f"“{slug[:MAX_SHOWN_SLUG]}”" for slug in missing)
            return self._refuse(f"The directory has no provider {names}.", list(found), 404)
        return self._show([found[slug] for slug in slugs])

    def _show(self, rows: list[Provider]) -> HttpResponse:
        slugs = [row.slug for row in rows]
        now = timezone.now()
        columns = [
            {"card": Card.of(row, now), "without": choice_query([slug for slug in slugs if slug != row.slug])}
            for row in rows
        ]
        groups = compared(rows)
        return render(
            self.request,
            "providers/compare.html",
            {
                "columns": columns,
                "groups": groups,
                "differences": sum(line.differs for _, lines in groups for line in lines),
                "add": f"{directory_path()}?{choice_query(slugs)}",
                "has_room": len(rows) < MAX_COMPARED,
            },
        )

    def _refuse(self, sentence: str, others: list[str], status: int) -> HttpResponse:
        context: dict[str, Any] = {"refusal": sentence, "others": others, "others_query": choice_query(others)}
        return render(self.request, "providers/compare.html", context, status=status)
