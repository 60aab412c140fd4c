from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.pages import owner_of, signed_in
from links.tests.factories import full_stack_account, make_clicks, make_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def link():
    return make_link(account=full_stack_account())


@pytest.fixture
def client(link):
    return signed_in(owner_of(link.account))


def url_of(link, query: str = "", page: str = "analytics/") -> str:
    return f"/dashboard/links/{link.link_id}/{page}?{query}"


def page_of(client, link, query: str = "") -> str:
    answer = client.get(url_of(link, query))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_link_without_clicks_says_so(client, link):
    page = page_of(client, link)
    assert '<strong class="num">0</strong> clicks' in page
    assert "Nobody clicked in these days." in page
    assert page.count("No clicks in these days.") == 4


def test_clicks_are_shown_by_day_referrer_device_browser_and_system(client, link):
    now = timezone.now()
    make_clicks(link, *[now] * 3, referrer="news.example", device="tablet", browser="<i>", os="Windows")
    make_clicks(link, now, device="mobile")
    page = page_of(client, link)
    assert '<strong class="num">4</strong> clicks' in page
    for name, clicks, share in (
        ("news.example", 3, "75"),
        ("direct", 1, "25"),
        ("tablet", 3, "75"),
        ("&lt;i&gt;", 3, "75"),
    ):
        row = page.partition(f'<th scope="row">{name}<')[2].partition("</tr>")[0]
        assert f'width="{share}%"' in row, name
        assert f'<td class="num">{clicks}</td>' in row, name
    today = f"{now:%a} {now.day} {now:%b %Y}"
    assert f"<title>{today}: 4 clicks</title>" in page
    assert f'<th scope="row">{today}</th><td class="num">4</td>' in page


def test_the_chart_has_a_name_a_description_and_a_table(client, link):
    make_clicks(link, *[datetime(2026, 3, 2, 12, tzinfo=UTC)] * 5)
    page = page_of(client, link, "from=2026-03-01&to=2026-03-04")
    assert 'role="img" aria-labelledby="chart-title" aria-describedby="chart-text"' in page
    assert "1 Mar 2026 to 4 Mar 2026: 5 clicks, most on Mon 2 Mar 2026 (5)." in page
    table = page.partition("<details>")[2].partition("</details>")[0]
    assert table.count('<th scope="row">') == 4


@pytest.mark.parametrize(
    ("query", "days"), [("", 30), ("days=7", 7), ("days=90", 90), ("days=365", 365), ("days=8", 30)]
)
def test_the_last_days_are_chosen_with_one_click(client, link, query, days):
    page = page_of(client, link, query)
    assert page.partition("<details>")[2].partition("</details>")[0].count('<th scope="row">') == days
    assert f'href="?days={days}" aria-current="true"' in page
    assert page.count('aria-current="true"') == 1


def test_a_choice_of_days_keeps_the_other_choices(client, link):
    page = page_of(client, link, "from=2026-03-01&to=2026-03-04&tz=Asia/Kolkata&bots=only")
    assert 'href="?tz=Asia%2FKolkata&amp;bots=only&amp;days=7"' in page
    assert 'value="2026-03-01"' in page
    assert 'value="Asia/Kolkata"' in page
    assert '"only" selected' in page
    assert page.count('aria-current="true"') == 0


def test_days_and_times_are_those_of_the_time_zone(client, link):
    make_clicks(link, datetime(2026, 3, 2, 19, 0, 5, tzinfo=UTC))
    page = page_of(client, link, "from=2026-03-03&to=2026-03-03&tz=Asia/Kolkata")
    assert '<strong class="num">1</strong> click<' in page
    assert "3 Mar 2026, 00:30:05" in page
    assert "Days are those of Asia/Kolkata." in page


@pytest.mark.parametrize(
    ("bots", "total", "sentence"),
    [
        ("exclude", 2, "1 click of bots is left out."),
        ("include", 3, "Of these, 1 is of bots."),
        ("only", 1, "Clicks of bots alone."),
    ],
)
def test_bots_are_left_out_included_or_alone(client, link, bots, total, sentence):
    make_clicks(link, *[timezone.now()] * 2)
    make_clicks(link, timezone.now(), is_bot=True)
    page = page_of(client, link, f"bots={bots}")
    assert f'<strong class="num">{total}</strong>' in page
    assert sentence in page


# query, field, sentence
FAULTS = [
    ("from=2026-03-04&to=2026-03-01", "from", "Must not be after"),
    ("from=2000-01-01&to=2026-03-01", "from", "days"),
    ("from=soon", "from", "Date has wrong format"),
    ("to=0001-01-01&days=365", "to", "Must be in the years 1000 to 9998."),
    ("tz=Mars/Olympus", "tz", "is not an IANA time zone"),
    ("bots=some", "bots", "Select a valid choice."),
]


@pytest.mark.parametrize(("query", "name", "sentence"), FAULTS)
def test_a_range_that_cannot_be_is_said_beside_its_field(client, link, query, name, sentence):
    answer = client.get(url_of(link, query))
    page = answer.content.decode()
    assert answer.status_code == 400
    field = page.partition(f'name="{name}"')[2].partition("</div>")[0]
    assert sentence in field
    assert page.count('class="errorlist"') == 1
    assert "Recent clicks" not in page
    assert client.get(url_of(link, query, "analytics.csv")).status_code == 400


def test_empty_fields_of_the_form_mean_what_the_api_takes_for_them(client, link):
    assert "Days are those of UTC." in page_of(client, link, "from=&to=&tz=&bots=")


def test_the_timeline_is_there_as_csv(client, link):
    make_clicks(link, *[datetime(2026, 3, 2, 12, tzinfo=UTC)] * 5)
    query = "from=2026-03-01&to=2026-03-03&tz=UTC&bots=exclude"
    assert f'analytics.csv?{query.replace("&", "&amp;")}"' in page_of(client, link, query)
    answer = client.get(url_of(link, query, "analytics.csv"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{link.slug}_2026-03-01_2026-03-03.csv"'
    assert answer.content.decode() == "date,clicks\r\n2026-03-01,0\r\n2026-03-02,5\r\n2026-03-03,0\r\n"


def test_the_page_asks_as_often_for_many_clicks_as_for_two(client, link, django_assert_num_queries):
    make_clicks(link, *[timezone.now()] * 2)
    client.get(url_of(link))
    with CaptureQueriesContext(connection) as few:
        client.get(url_of(link))
    for day in range(20):
        make_clicks(link, *[timezone.now() - timedelta(days=day)] * 3, referrer=f"site{day}.example")
    with django_assert_num_queries(len(few)):
        client.get(url_of(link))
