"""Reviews over HTTP: the public pages and JSON, writing one's own, and reporting."""

import re

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.tests.pages import outside_addresses, owner_of, signed_in
from api.errors import NotFound
from providers.models import Review, ReviewReport, ReviewState
from providers.reviews_pages import REPORTS_AN_HOUR, review_panel
from providers.services import reviews as services
from providers.tests.factories import make_provider
from providers.tests.reviewing import WORDS, make_review, make_reviewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return make_provider(slug="acme", name="Acme")


def send(client, **words):
    return client.post("/providers/acme/review", WORDS | words)


def read(query="", slug="acme"):
    return Client().get(f"/api/providers/{slug}/reviews{query}")


# --- JSON ---------------------------------------------------------------------------------------------


def test_the_json_shows_what_is_published_and_nobody_s_address(provider):
    review = make_review(provider)
    make_review(provider, is_published=False, title="Waiting")
    services.reply_to_review(review=review, text="Thanks.", actor=owner_of(provider.account))
    answer = read()
    (item,) = answer.json()["data"]["items"]
    assert set(item) == {"rating", "title", "text", "displayName", "createdAt", "editedAt", "reply"}
    assert (item["rating"], item["displayName"], item["reply"]["text"]) == (4, "Ada", "Thanks.")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "@" not in answer.content.decode()


def test_what_a_client_has_already_is_not_sent_again(provider):
    make_review(provider)
    etag = read().headers["ETag"]
    assert Client().get("/api/providers/acme/reviews", HTTP_IF_NONE_MATCH=etag).status_code == 304
    make_review(provider)
    assert Client().get("/api/providers/acme/reviews", HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_a_review_without_reply_has_null(provider):
    make_review(provider)
    assert read().json()["data"]["items"][0]["reply"] is None


def test_the_json_is_read_page_by_page(provider):
    for n in range(5):
        make_review(provider, title=f"Review {n}")
    titles, cursor = [], None
    for _ in range(3):
        page = read(f"?limit=2&after={cursor}" if cursor else "?limit=2").json()["data"]
        titles += [item["title"] for item in page["items"]]
        cursor = page["nextCursor"]
    assert titles == [f"Review {n}" for n in (4, 3, 2, 1, 0)]
    assert cursor is None


@pytest.mark.parametrize(
    "query", ["?after=0", "?after=x", "?limit=0", "?limit=101", "?page=2", "?after=1&after=2"]
)
def test_a_parameter_that_is_none_is_refused(provider, query):
    assert read(query).status_code == 400


def test_a_listing_that_is_not_live_is_missing():
    make_provider(slug="gone", is_live=False)
    assert read(slug="gone").status_code == read(slug="nobody").status_code == 404
    for path in ("reviews", "review"):
        assert signed_in(make_reviewer()).get(f"/providers/gone/{path}").status_code == 404


def test_the_listing_shows_the_figures(provider):
    make_review(provider, rating=5)
    make_review(provider, rating=4)
    data = Client().get("/api/providers/acme").json()["data"]
    assert (data["rating"], data["reviewCount"]) == (4.5, 2)


@pytest.mark.parametrize("path", ["/api/providers/acme/reviews?limit=50", "/providers/acme/reviews"])
def test_a_list_of_reviews_costs_the_same_for_2_and_20(provider, path):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert Client().get(path).status_code == 200
        return len(queries)

    for n in range(2):
        make_review(provider, title=f"Review {n}")
    few = count()
    for n in range(18):
        make_review(provider, title=f"Review {n}")
    assert count() == few <= 4


# --- The public page ------------------------------------------------------------------------------------


def test_words_are_shown_as_they_are_and_never_as_markup(provider):
    make_review(provider, text="First line is here.\nSecond <script>alert(1)</script>", title="<b>Bold</b>")
    html = Client().get("/providers/acme/reviews").content.decode()
    assert "First line is here.<br>Second &lt;script&gt;" in html
    assert "&lt;b&gt;Bold" in html
    assert outside_addresses(html) == []


def test_the_page_leads_through_all_reviews(provider, monkeypatch):
    monkeypatch.setattr("providers.reviews_pages.REVIEWS_A_PAGE", 2)
    for n in range(3):
        make_review(provider, title=f"Review {n}")
    first = Client().get("/providers/acme/reviews").content.decode()
    assert "Review 2" in first
    assert "Review 0" not in first
    (after,) = re.findall(r"\?after=(\d+)", first)
    second = Client().get(f"/providers/acme/reviews?after={after}").content.decode()
    assert "Review 0" in second
    assert "Newest reviews" in second
    assert Client().get("/providers/acme/reviews?after=x").status_code == 400


def test_the_panel_shows_the_newest_three_and_the_way_to_the_rest(provider):
    for n in range(4):
        make_review(provider, title=f"Review {n}", rating=n + 2)
    request = RequestFactory().get("/providers/acme")
    request.user = make_reviewer()
    provider.refresh_from_db()
    with CaptureQueriesContext(connection) as queries:
        html = render_to_string("providers/_reviews.html", review_panel(provider, request), request=request)
    assert [f"Review {n}" in html for n in range(4)] == [False, True, True, True]
    assert "All 4 reviews" in html
    assert "Write a review" in html
    assert len(queries) <= 5


def test_a_visitor_is_led_to_sign_in_first(provider):
    html = Client().get("/providers/acme/reviews").content.decode()
    assert "Write a review" in html
    answer = Client().get("/providers/acme/review")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/accounts/login/?next=/providers/acme/review",
    )
    assert Client().post("/providers/acme/review", WORDS).status_code == 302
    assert not Review.objects.exists()


def test_a_demo_listing_says_so_instead():
    make_provider(slug="demo", is_demo=True)
    html = Client().get("/providers/demo/reviews").content.decode()
    assert "demo listing" in html
    assert "Write a review" not in html


# --- One's own ------------------------------------------------------------------------------------------


def test_a_person_writes_edits_and_deletes_their_review(provider):
    author = make_reviewer()
    client = signed_in(author)
    assert client.get("/providers/acme/review").status_code == 200
    answer = client.post("/providers/acme/review", WORDS, follow=True)
    assert "The staff read it" in answer.content.decode()
    assert "waits until the staff" in answer.content.decode()
    services.publish_review(review=Review.objects.get(), actor=None)
    form = client.get("/providers/acme/review").content.decode()
    assert WORDS["text"] in form
    assert "hidden until the staff" in form
    assert "nothing to change" in client.post("/providers/acme/review", WORDS, follow=True).content.decode()
    send(client, text="Changed my mind, for good reasons.")
    review = Review.objects.get()
    assert (review.state, review.text) == (ReviewState.PENDING, "Changed my mind, for good reasons.")
    assert "for good" in client.get("/providers/acme/review/delete").content.decode()
    assert client.post("/providers/acme/review/delete").headers["Location"] == "/providers/acme/reviews"
    assert not Review.objects.exists()
    assert client.get("/providers/acme/review/delete").status_code == 404


def test_the_reason_of_a_rejection_is_shown_to_the_author_alone(provider):
    author = make_reviewer()
    review = make_review(provider, author=author)
    services.reject_review(review=review, reason="It names <a> person.", actor=None)
    for path in ("/providers/acme/reviews", "/providers/acme/review"):
        assert "It names &lt;a&gt; person." in signed_in(author).get(path).content.decode()
    assert "It names" not in Client().get("/providers/acme/reviews").content.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rating", "6"),
        ("rating", ""),
        ("text", "x" * 19),
        ("text", "x" * 2001),
        ("text", "                         "),
        ("text", "Twenty characters and a \x01 bell"),
        ("title", "x" * 101),
        ("title", "two\nlines"),
        ("title", "turned \u202eround"),
        ("display_name", "\u200b\u200b"),
        ("display_name", "a"),
        ("display_name", "x" * 41),
        ("display_name", "ada@example.test"),
        ("display_name", "https://ada.example"),
    ],
)
def test_what_no_review_is_stays_out_and_stands_beside_its_field(provider, name, value):
    answer = send(signed_in(make_reviewer()), **{name: value})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [name]
    assert not Review.objects.exists()


def test_a_line_end_counts_as_one_character(provider):
    text = "\r\n".join(["x"] * 1000) + "y"
    assert send(signed_in(make_reviewer()), text=text).status_code == 302
    assert Review.objects.get().text == "\n".join(["x"] * 1000) + "y"


def test_who_may_not_review_is_told_why(provider):
    owner = signed_in(owner_of(provider.account))
    assert owner.get("/providers/acme/review").status_code == 403
    assert "You belong to this provider" in send(owner).content.decode()
    assert "You belong to this provider" in owner.get("/providers/acme/reviews").content.decode()
    unsure = signed_in(make_reviewer(is_verified=False))
    assert "Confirm your e-mail" in send(unsure).content.decode()
    assert not Review.objects.exists()


def test_a_review_of_a_listing_that_was_closed_can_be_deleted_and_not_edited(provider):
    author = make_reviewer()
    make_review(provider, author=author)
    type(provider).objects.update(is_live=False)
    client = signed_in(author)
    assert send(client).status_code == 404
    assert client.post("/providers/acme/review/delete").headers["Location"] == "/dashboard/"
    assert not Review.objects.exists()


def test_a_listing_that_closes_between_the_look_and_the_lock_is_missing(provider, monkeypatch):
    def close(**_):
        raise NotFound

    monkeypatch.setattr(services, "submit_review", close)
    assert send(signed_in(make_reviewer())).status_code == 404


# --- Reports --------------------------------------------------------------------------------------------


def test_everybody_reports_a_published_review(provider):
    review = make_review(provider)
    url = f"/providers/acme/reviews/{review.pk}/report"
    assert "What is wrong with it?" in Client().get(url).content.decode()
    assert Client().post(url, {"reason": "nonsense"}).status_code == 400
    answer = Client().post(url, {"reason": "private", "note": "It has my name."}, follow=True)
    assert "The staff look at" in answer.content.decode()
    report = ReviewReport.objects.get()
    assert (report.review, report.reason, report.note) == (review, "private", "It has my name.")


def test_what_is_not_published_cannot_be_reported(provider):
    review = make_review(provider, is_published=False)
    assert Client().post(f"/providers/acme/reviews/{review.pk}/report", {"reason": "other"}).status_code == 404
    other = make_review(make_provider())
    assert Client().get(f"/providers/acme/reviews/{other.pk}/report").status_code == 404


def test_one_address_reports_only_so_much(provider):
    url = f"/providers/acme/reviews/{make_review(provider).pk}/report"
    statuses = [Client().post(url, {"reason": "other"}).status_code for _ in range(REPORTS_AN_HOUR + 1)]
    assert statuses == [302] * REPORTS_AN_HOUR + [429]
    assert Client(REMOTE_ADDR="203.0.113.9").post(url, {"reason": "other"}).status_code == 302
