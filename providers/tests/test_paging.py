"""Pages of the directory: nothing is skipped, nothing comes twice, and a cursor serves its own list alone."""

from decimal import Decimal

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import make_account
from providers.cursors import MAX_CURSOR
from providers.filters import DirectoryQuery
from providers.models import Provider, Source
from providers.paging import SORTS, cursor_after, page_of
from providers.searching import words_of
from providers.services import Proposal, apply_update
from providers.tests.factories import make_provider
from providers.tests.lists import listed, pages, refused, slugs

pytestmark = pytest.mark.django_db

# Ties and gaps in every column; names that differ in case and accents alone.
NAMES = ["Öko", "oko!", "Zeta", "Zêta", "Éclair", "eclipse", "Ábel", "abel.", "Łódź", "Lodz 2", "ß", "SS1"]
PRICES = ["5", "5", "7.5", None, "100000", "0", None, "7.5", "12", None, "5", "7.49"]
NODES = [None, 0, 3, 3, 3, None, 1_000_000, 7, 0, None, 3, 7]
UPTIMES = [None, 99.9, 100, 99.9, 0, None, 99.999, 99.9, 100, None, 50.5, 99.9]
RATINGS = [4.5, None, 5, 4.5, 1, None, None, 4.5, 3.25, 5, 4.49, None]


@pytest.fixture
def cast():
    """Twelve listings, made in an order that no sort follows."""
    for number, name in enumerate(NAMES):
        price = PRICES[number]
        tiers = [] if price is None else [{"tier": "nimbus", "price": Decimal(price), "plan_name": "N"}]
        if number % 3 == 0:
            tiers.append({"tier": "stratus", "price": Decimal(number), "plan_name": "S"})
        fields = {"tiers": tiers, "total_nodes": NODES[number], "uptime_percentage": UPTIMES[number]}
        provider = make_provider(slug=f"p{(number * 5) % 12:02}", name=name, fields=fields)
        Provider.objects.filter(pk=provider.pk).update(rating=RATINGS[number])
    first = Provider.objects.order_by("pk").values_list("updated_at", flat=True)[0]
    Provider.objects.filter(slug__in=["p03", "p05", "p10"]).update(updated_at=first)
    return list(Provider.objects.all())


def expected(rows, attribute, is_descending):
    """Return the slugs as Python sorts them: by value, then slug; those without a value last, by slug."""
    known = sorted((row for row in rows if getattr(row, attribute) is not None), key=lambda row: row.slug)
    known.sort(key=lambda row: getattr(row, attribute), reverse=is_descending)
    unknown = sorted(row.slug for row in rows if getattr(row, attribute) is None)
    return [row.slug for row in known] + unknown


@pytest.mark.parametrize("sort", SORTS)
def test_every_page_of_every_sort_follows_the_one_before(client, cast, sort):
    for limit in (1, 5, 12, 100):
        found = pages(client, f"sort={sort}&limit={limit}")
        assert [slug for page in found for slug in page] == expected(cast, SORTS[sort].column, sort[0] == "-")
        assert len(found) == -(-12 // limit)


def test_names_are_sorted_without_case_and_accents(client, cast):
    names = [words_of(item["name"]) for item in listed(client)["items"]]
    assert names == sorted(names)
    assert [name[0] for name in names[:4]] == ["abel", "abel", "eclair", "eclipse"]


@pytest.mark.parametrize("sort", ["price", "-price"])
def test_a_price_is_that_of_the_tier_which_was_asked_for(client, cast, sort):
    found = pages(client, f"sort={sort}&tier=stratus&limit=3")
    rows = [row for row in cast if row.cheapest_stratus is not None]
    assert [slug for page in found for slug in page] == expected(rows, "cheapest_stratus", sort[0] == "-")


def test_a_row_that_is_changed_between_two_pages_hides_no_other(client, cast):
    first = listed(client, "sort=-nodes&limit=4")
    seen = [item["slug"] for item in first["items"]]
    gone = Provider.objects.get(slug=seen[-1])
    apply_update(Proposal(provider=gone, fields={"total_nodes": 999_999}, source=Source.STAFF))
    rest = slugs(client, f"sort=-nodes&limit=100&after={first['nextCursor']}")
    assert sorted(seen + rest) == sorted(row.slug for row in cast)


@pytest.mark.services
@pytest.mark.parametrize("sort", ["rating", "-rating", "nodes", "-uptime"])
@pytest.mark.parametrize("value", [None, 5])
def test_a_page_among_equals_looks_at_none_of_those_before_it(sort, value):
    account = make_account()
    columns = {"total_nodes": value, "rating": value, "uptime_percentage": value, "words": "cloud"}
    names = [f"p{number:03}" for number in range(300)]
    Provider.objects.bulk_create(
        Provider(account=account, slug=name, name=name, name_key=name, **columns) for name in names
    )
    query = DirectoryQuery.read(QueryDict(f"q=cloud&sort={sort}"))
    query["after"] = cursor_after(Provider.objects.get(slug="p289"), query)
    rows = Provider.objects.chosen(query)
    with CaptureQueriesContext(connection) as asked:
        assert [row.slug for row in page_of(rows, query)[0]] == names[290:]
    assert sum(passed_over(question["sql"]) for question in asked if "word_vector" in question["sql"]) == 0


def passed_over(sql):
    """Return how many rows PostgreSQL read over its indexes and threw away."""
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0][0]["Plan"]
    assert plan["Node Type"] == "Limit"
    return plan["Plans"][0].get("Rows Removed by Filter", 0)


def test_a_cursor_serves_its_own_filters_and_sort_alone(client, cast):
    cursor = listed(client, "sort=price&limit=2&demo=false")["nextCursor"]
    for query in ("", "sort=-price", "sort=price&demo=true", "sort=price&tier=nimbus", "sort=price&q=oko"):
        assert refused(client, f"{query}&after={cursor}") == [("after", "foreign_cursor")]
    assert len(slugs(client, f"sort=price&limit=7&after={cursor}")) == 7


def test_a_cursor_that_was_tampered_with_is_refused(client, cast):
    cursor = listed(client, "limit=2")["nextCursor"]
    forged = [cursor[:-1], cursor + "A", cursor[1:], "A" + cursor[1:], cursor[:24], "p02", "_", "-" * 60]
    for other in [*forged, cursor[:24] + listed(client, "limit=3")["nextCursor"][24:]]:
        assert refused(client, f"after={other}") == [("after", "foreign_cursor")]


def test_the_longest_name_fits_into_a_cursor(client):
    for number in range(2):
        make_provider(slug=f"{number}{'x' * 63}", name="\N{LINEAR B SYLLABLE B008 A}" * 79 + str(number))
    page = listed(client, "limit=1")
    assert len(page["nextCursor"]) <= MAX_CURSOR
    assert slugs(client, f"after={page['nextCursor']}") == [f"1{'x' * 63}"]
