import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import make_account
from apikeys.models import IdempotentAnswer
from apikeys.tests.factories import client_for, make_key
from links import services
from links.models import Link
from links.tests.factories import TARGET, full_stack_account, make_client, make_link
from plans.models import UsageCounter

pytestmark = pytest.mark.django_db
URL = "/api/links/bulk"


def send(client, *items, **more):
    return client.post(URL, {"links": [{"target_url": TARGET} | item for item in items]}, format="json", **more)


def test_each_link_is_made_found_or_refused_for_itself_in_the_given_order():
    make_link(custom_slug="taken")
    response = send(
        make_client(),
        {"title": "One"},
        {"custom_slug": "taken"},
        {"title": "One", "find_if_exists": True},
        {"target_url": "http://10.0.0.1/", "max_clicks": 0, "nonsense": 1},
        {"custom_slug": "mine", "password": "secret"},
    )
    assert response.status_code == 200
    assert list(response.json()) == ["results"]
    results = response.json()["results"]
    assert [result["index"] for result in results] == [0, 1, 2, 3, 4]
    assert [result["status"] for result in results] == [201, 409, 200, 400, 201]
    assert [list(result) for result in results[:2]] == [["index", "status", "link"], ["index", "status", "error"]]
    assert results[2]["link"] == results[0]["link"]
    assert results[1]["error"]["code"] == "slug_taken"
    assert set(results[3]["error"]["errors"]) == {"target_url", "max_clicks", "nonsense"}
    assert (results[4]["link"]["slug"], results[4]["link"]["has_password"]) == ("mine", True)
    assert Link.objects.count() == 3


def test_a_result_has_the_body_that_the_single_request_would_have():
    client = make_client()
    make_link(custom_slug="taken")
    for item in ({"custom_slug": "taken"}, {"custom_slug": "x"}, {"target_url": "ftp://example.com"}):
        single = client.post("/api/links", {"target_url": TARGET} | item, format="json")
        result = send(client, item).json()["results"][0]
        assert (result["status"], result["error"]) == (single.status_code, single.json())


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"links": []},
        {"links": None},
        {"links": {"target_url": TARGET}},
        {"links": [TARGET]},
        {"links": [[]]},
        {"links": [{"target_url": TARGET}], "more": 1},
        {"links": [{"target_url": TARGET}] * 101},
        {"links": [{"target_url": TARGET, "password": f"secret-{n}"} for n in range(11)]},
        [{"target_url": TARGET}],
    ],
)
def test_a_request_that_is_wrong_as_a_whole_makes_nothing(body):
    response = make_client().post(URL, body, format="json")
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_field"
    assert not Link.objects.exists()


def test_a_hundred_links_ten_with_a_password_are_accepted():
    items = [{"password": "secret"}] * 10 + [{"password": None}] + [{}] * 89
    results = send(make_client(), *items).json()["results"]
    assert [result["status"] for result in results] == [201] * 100
    assert sum(result["link"]["has_password"] for result in results) == 10


def test_the_plans_last_places_go_to_the_first_links_of_the_request():
    account = full_stack_account()
    make_link(account=account)
    UsageCounter.objects.update(used=99_998)
    results = send(make_client(account), {}, {}, {}).json()["results"]
    assert [result["status"] for result in results] == [201, 201, 402]
    assert results[2]["error"]["feature"] == "live_links"
    assert UsageCounter.objects.get().used == 100_000


def test_a_failure_of_the_database_is_the_result_of_one_link(monkeypatch):
    create = services.create_link

    def fail_once(**fields):
        if fields["title"] == "Two":
            raise DatabaseError
        return create(**fields)

    monkeypatch.setattr(services, "create_link", fail_once)
    results = send(make_client(), {"title": "One"}, {"title": "Two"}, {"title": "Three"}).json()["results"]
    assert [result["status"] for result in results] == [201, 500, 201]
    assert results[1]["error"]["code"] == "internal_error"


def test_a_repeat_under_the_same_idempotency_key_makes_nothing_more():
    client = make_client()
    first = send(client, {}, {"custom_slug": "x"}, headers={"Idempotency-Key": "once"})
    second = send(client, {}, {"custom_slug": "x"}, headers={"Idempotency-Key": "once"})
    assert first.json() == second.json()
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Link.objects.count() == 1
    assert send(client, {}, headers={"Idempotency-Key": "once"}).status_code == 400


def test_a_long_request_keeps_its_lease(monkeypatch):
    renewals: list[object] = []
    monkeypatch.setattr("apikeys.idempotency.renew", renewals.append)
    send(make_client(), *[{}] * 60, headers={"Idempotency-Key": "long"})
    assert len(renewals) == 2
    assert IdempotentAnswer.objects.get().status == 200


def test_a_request_counts_once_whatever_its_length():
    key = make_key("fluxly", rate_per_minute=5)
    response = send(client_for(key.secret), *[{}] * 20)
    assert response.headers["X-RateLimit-Remaining"] == "4"


def test_the_queries_of_a_request_grow_evenly():
    client = make_client()

    def queries(number):
        with CaptureQueriesContext(connection) as captured:
            assert send(client, *[{}] * number).status_code == 200
        return len(captured)

    queries(1)
    one, eleven, twenty_one = queries(1), queries(11), queries(21)
    assert eleven - one == twenty_one - eleven <= 10 * 20


def test_a_key_that_may_not_edit_is_refused():
    key = make_key("fluxly", scopes={"Links": ["View"]})
    assert send(client_for(key.secret), {}).status_code == 403


def test_a_plan_without_the_api_is_refused_as_a_whole():
    key = make_key("fluxly", account=make_account(), plan="free")
    response = send(client_for(key.secret), {})
    assert (response.status_code, response.json()["required_plan"]) == (402, "full_stack")
