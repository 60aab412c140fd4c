"""Reviews in the staff admin."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import make_user
from accounts.tests.pages import owner_of
from audit.models import AuditEvent
from providers.models import ReportReason, Review, ReviewState
from providers.services import reviews as services
from providers.tests.factories import make_provider
from providers.tests.reviewing import WORDS, make_review, make_reviewer

pytestmark = pytest.mark.django_db
HOME = "/admin/providers/review/"


@pytest.fixture
def staff():
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.test", "correct horse"))
    return client


@pytest.fixture
def waiting():
    provider = make_provider(slug="acme")
    return [make_review(provider, is_published=False, title=f"Review {n}") for n in range(2)]


def states() -> list[str]:
    return list(Review.objects.order_by("pk").values_list("state", flat=True))


def chosen(action, reviews, **more):
    return {"action": action, "_selected_action": [review.pk for review in reviews]} | more


def confirmed(action, reviews, **more):
    seen = {f"version_{review.pk}": review.version for review in reviews}
    return chosen(action, reviews, confirmed="1", **seen, **more)


def test_staff_publish_several_after_reading_them(staff, waiting):
    asked = staff.post(HOME, chosen("publish", waiting))
    assert asked.content.decode().count(WORDS["text"]) == 2
    assert states() == [ReviewState.PENDING] * 2
    staff.post(HOME, confirmed("publish", waiting))
    assert states() == [ReviewState.PUBLISHED] * 2
    assert waiting[0].provider.reviews.count() == 2
    actors = set(AuditEvent.objects.filter(action="review.published").values_list("actor", flat=True))
    assert actors == {f"user:{User.objects.get(is_superuser=True).pk}"}


def test_staff_reject_several_with_a_reason(staff, waiting):
    assert states() == [ReviewState.PENDING] * 2
    staff.post(HOME, confirmed("reject", waiting, reason=" "))
    assert states() == [ReviewState.PENDING] * 2
    staff.post(HOME, confirmed("reject", waiting, reason="Both are adverts."))
    assert states() == [ReviewState.REJECTED] * 2
    assert set(Review.objects.values_list("reason", flat=True)) == {"Both are adverts."}


def test_what_was_edited_after_it_was_shown_is_not_published(staff, waiting):
    edited = waiting[0]
    data = confirmed("publish", waiting)
    services.submit_review(provider=edited.provider, author=edited.author, **(WORDS | {"title": "Edited"}))
    answer = staff.post(HOME, data, follow=True)
    assert "edited this review in the meantime" in answer.content.decode()
    assert states() == [ReviewState.PENDING, ReviewState.PUBLISHED]


def test_without_a_version_nothing_is_decided(staff, waiting):
    staff.post(HOME, chosen("publish", waiting, confirmed="1"))
    assert states() == [ReviewState.PENDING] * 2


def test_one_review_is_decided_on_its_own_page(staff, waiting):
    review = waiting[0]
    page = f"{HOME}{review.pk}/change/"
    reports = {"reports-TOTAL_FORMS": 0, "reports-INITIAL_FORMS": 0}
    assert WORDS["text"] in staff.get(page).content.decode()
    answer = staff.post(page, {"decision": "reject", "seen_version": 1} | reports)
    assert "Say why" in answer.content.decode()
    staff.post(page, {"decision": "", "seen_version": 1} | reports)
    assert states()[0] == ReviewState.PENDING
    staff.post(page, {"decision": "publish", "seen_version": 1} | reports)
    assert states()[0] == ReviewState.PUBLISHED
    staff.post(page, {"decision": "reject", "new_reason": "An advert.", "seen_version": 1} | reports)
    assert states()[0] == ReviewState.REJECTED
    answer = staff.post(page, {"decision": "publish", "seen_version": 2} | reports, follow=True)
    assert "in the meantime" in answer.content.decode()


def test_a_reported_review_is_found_and_can_be_left_as_it_is(staff, waiting):
    review = services.publish_review(review=waiting[0], actor=None)
    services.report_review(review=review, reason=ReportReason.INSULT, note="Rude.")
    listed = staff.get(f"{HOME}?reported=yes").context["cl"].queryset
    assert list(listed) == [review]
    assert "Rude." in staff.get(f"{HOME}{review.pk}/change/").content.decode()
    staff.post(HOME, chosen("dismiss", [review]))
    assert not staff.get(f"{HOME}?reported=yes").context["cl"].queryset.exists()
    assert states()[0] == ReviewState.PUBLISHED


def test_staff_remove_a_reply_and_are_told_where_there_can_be_none(staff, waiting):
    review = services.publish_review(review=waiting[0], actor=None)
    services.reply_to_review(review=review, text="Rubbish.", actor=owner_of(review.provider.account))
    answer = staff.post(HOME, chosen("remove_reply", waiting), follow=True)
    review.refresh_from_db()
    assert review.reply == ""
    assert "Not found." in answer.content.decode()


def test_no_page_shows_an_author_s_address(staff):
    author = make_reviewer()
    review = make_review(make_provider(), author=author)
    for path in (HOME, f"{HOME}{review.pk}/change/"):
        html = staff.get(path).content.decode()
        assert author.email not in html
    assert staff.get(f"{HOME}add/").status_code == 403


def test_staff_without_the_permission_decide_nothing(waiting):
    helper = make_user(is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_review"))
    client = Client()
    client.force_login(helper)
    assert client.get(HOME).status_code == 200
    client.post(HOME, confirmed("publish", waiting))
    assert states() == [ReviewState.PENDING] * 2


def test_the_list_costs_the_same_for_2_and_20(staff):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(HOME).status_code == 200
        return len(queries)

    for _ in range(2):
        make_review(make_provider())
    count()  # the first look of a session also notes the session
    few = count()
    for _ in range(18):
        make_review(make_provider())
    assert count() == few
