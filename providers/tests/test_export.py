"""The directory as CSV."""

import csv
import io
import json
from decimal import Decimal

import pytest

from providers import exports
from providers.files import EXPORTS_PER_MINUTE
from providers.places import Held
from providers.tests.factories import FULL_BODY, make_provider, owner_of, push

pytestmark = pytest.mark.django_db
URL = "/providers/export.csv"


def rows_of(answer):
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_listing_is_a_row_with_the_values_of_its_json(client):
    push(owner_of(make_provider(slug="acme")), "acme", FULL_BODY)
    answer = client.get(URL)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment; filename=" in answer.headers["Content-Disposition"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    (row,) = rows_of(answer)
    shown = client.get("/api/providers").json()["data"]["items"][0]
    assert set(row) == (set(shown) - {"longDescription"}) | {"url"}
    assert (row["slug"], row["country"], row["countryCode"]) == ("acme", "Poland", "PL")
    assert (row["uptimePercentage"], row["arcaneOsPercent"], row["totalNodes"]) == ("99.99", "100", "89")
    assert (row["hasDiscount"], row["whiteLabel"], row["rating"]) == ("true", "false", "")
    assert json.loads(row["tiers"]) == FULL_BODY["tiers"]
    assert json.loads(row["languages"]) == ["en", "pl"]
    assert row["url"].endswith("/providers/acme")


def test_the_filters_and_the_sort_are_those_of_the_list(client):
    for number in range(4):
        make_provider(slug=f"p{number}", fields={"total_nodes": number})
    make_provider(slug="demo", is_demo=True, fields={"total_nodes": 9})
    assert [row["slug"] for row in rows_of(client.get(f"{URL}?minNodes=1&sort=-nodes&q="))] == ["p3", "p2", "p1"]


def test_what_is_no_filter_is_refused_with_a_sentence_that_names_it(client):
    for query in ("colour=red", "limit=5", "after=x", "sort=size", "maxPrice=x"):
        answer = client.get(f"{URL}?{query}")
        assert answer.status_code == 400
        assert f"{query.partition('=')[0]}: ".encode() in answer.content


def test_a_name_that_is_a_formula_is_only_text_to_a_spreadsheet(client):
    make_provider(slug="acme", name='=HYPERLINK("https://evil.example")', fields={"comments": "@SUM(A1)"})
    (row,) = rows_of(client.get(URL))
    assert row["name"] == '\'=HYPERLINK("https://evil.example")'
    assert row["comments"] == "'@SUM(A1)"


def test_a_long_directory_is_read_in_parts_of_few_queries(client, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 2)
    for number in range(5):
        tiers = [{"tier": "nimbus", "price": Decimal(number), "plan_name": "N"}]
        make_provider(slug=f"p{number}", name=f"p{number}", fields={"tiers": tiers})
    # Rows and prices; for each further part also those of the same place, of which here are none.
    with django_assert_num_queries(8):
        assert [row["slug"] for row in rows_of(client.get(URL))] == [f"p{number}" for number in range(5)]


def test_nobody_exports_all_the_time(client):
    for _ in range(EXPORTS_PER_MINUTE):
        assert rows_of(client.get(URL)) == []
    refused = client.get(URL)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert rows_of(client.get(URL, REMOTE_ADDR="198.51.100.7")) == []


def test_exports_leave_most_of_the_web_servers_threads_to_others(client, settings):
    settings.WEB_THREADS = 8
    given_back: list[bool] = []
    running = [client.get(URL) for _ in range(2)]
    refused = client.get(URL)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    assert "Others are exporting the directory right now." in refused.content.decode()
    assert client.head(URL).status_code == 200
    for answer in running:
        assert rows_of(answer) == []
    assert rows_of(client.get(URL)) == []
    # Servers close an answer that nobody reads to its end, and some close one twice.
    held = Held(iter(()), lambda: given_back.append(True))
    held.close()
    held.close()
    assert given_back == [True]


def test_only_reading_is_possible(client):
    assert client.head(URL).status_code == 200
    assert client.options(URL).headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert client.post(URL).status_code == 405
