import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apikeys import idempotency, tasks
from apikeys.errors import StillRunning
from apikeys.models import IdempotentAnswer
from apikeys.tests import urls
from apikeys.tests.factories import client_for, make_key

pytestmark = [pytest.mark.django_db, pytest.mark.urls("apikeys.tests.urls")]
PATH = "/api/v1/echo"


@pytest.fixture
def issued():
    urls.calls.clear()
    return make_key("fluxstore", resource="ab12cd34")


def take(**wanted: Any) -> idempotency.Lease:
    """Begin, and insist on being first."""
    outcome = idempotency.begin(**wanted)
    assert isinstance(outcome, idempotency.Lease)
    return outcome


def post(issued, name="order-1", body=None):
    client = client_for(issued.secret)
    header: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": name}
    return client.post(PATH, body if body is not None else {"a": 1}, format="json", **header)


def test_a_repeat_gets_the_first_answer_and_runs_nothing(issued):
    first, second = post(issued), post(issued)
    assert first.json()["data"]["n"] == second.json()["data"]["n"] == 1
    assert second["Idempotency-Replayed"] == "true"
    assert len(urls.calls) == 1


def test_a_secret_in_the_answer_is_not_kept(issued):
    assert post(issued).json()["data"]["code"] == "a-secret-code"
    assert post(issued).json()["data"]["code"] is None
    assert b"a-secret-code" not in bytes(IdempotentAnswer.objects.get().body or b"")


def test_a_secret_in_an_item_of_the_answer_is_not_kept(issued):
    assert post(issued, body={"many": True}).json()["data"]["results"] == [{"code": "a-secret-code"}]
    assert post(issued, body={"many": True}).json()["data"] == {"n": 1, "results": [{"code": None}]}
    assert b"a-secret-code" not in bytes(IdempotentAnswer.objects.get().body or b"")


def test_the_same_name_with_another_body_is_refused(issued):
    post(issued)
    refused = post(issued, body={"a": 2})
    assert refused.status_code == 400
    assert "different request" in refused.json()["message"]


def test_names_are_scoped_by_key(issued):
    post(issued)
    other = make_key("fluxstore", resource="ab12cd34")
    assert post(other).json()["data"]["n"] == 2


@pytest.mark.parametrize("status", [400, 401, 429])
def test_refusals_that_deserve_a_fresh_try_are_not_kept(issued, status):
    assert post(issued, body={"status": status}).status_code == status
    assert post(issued, body={"status": status}).json()["data"]["n"] == 2


def test_other_refusals_are_kept(issued):
    assert post(issued, body={"status": 404}).status_code == 404
    assert post(issued, body={"status": 404}).json()["data"]["n"] == 1


def test_an_empty_answer_is_kept(issued):
    lease = take(owner=issued.key, name="n", print_="p")
    idempotency.finish(lease, status=204, data=None)
    assert idempotency.begin(owner=issued.key, name="n", print_="p") == idempotency.Answer(204, None)


def test_a_crash_is_not_kept(issued):
    assert post(issued, body={"fail": True}).status_code == 500
    assert not IdempotentAnswer.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 256, "ümlaut", "a b"])
def test_a_malformed_name_is_refused(issued, name):
    assert post(issued, name=name).status_code == 400
    assert urls.calls == []


def test_a_repeat_while_the_first_runs_is_told_so(issued):
    idempotency.begin(owner=issued.key, name="order-1", print_=idempotency.fingerprint("POST", PATH, b'{"a":1}'))
    assert post(issued).status_code == 409
    assert urls.calls == []


def test_a_lease_whose_owner_died_is_retaken(issued):
    idempotency.begin(owner=issued.key, name="order-1", print_=idempotency.fingerprint("POST", PATH, b'{"a":1}'))
    IdempotentAnswer.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert post(issued).json()["data"]["n"] == 1
    assert post(issued)["Idempotency-Replayed"] == "true"


def test_the_owner_of_a_retaken_lease_cannot_overwrite_the_new_answer(issued):
    old = take(owner=issued.key, name="n", print_="p")
    IdempotentAnswer.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    new = take(owner=issued.key, name="n", print_="p")
    idempotency.finish(new, status=200, data={"by": "new"})
    idempotency.finish(old, status=200, data={"by": "old"})
    assert idempotency.begin(owner=issued.key, name="n", print_="p") == idempotency.Answer(200, {"by": "new"})


def test_bytes_are_not_kept_and_a_repeat_runs_anew():
    urls.calls.clear()
    client = client_for(make_key("fluximage").secret)
    for _ in range(2):
        response = client.post("/api/compress", {}, format="json", HTTP_IDEMPOTENCY_KEY="a")
        assert (response.status_code, response.content) == (200, b"bytes")
        assert "X-RateLimit-Remaining" in response
    assert len(urls.calls) == 2
    assert not IdempotentAnswer.objects.exists()


def test_a_renewed_lease_is_held_for_another_minute(issued):
    lease = take(owner=issued.key, name="n", print_="p")
    IdempotentAnswer.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    idempotency.renew(lease)
    with pytest.raises(StillRunning):
        idempotency.begin(owner=issued.key, name="n", print_="p")


def test_a_long_request_may_renew_its_lease_and_one_without_a_lease_has_nothing_to_renew():
    client = client_for(make_key("fluximage").secret)
    assert client.post("/api/compress/long", {}, format="json").status_code == 200
    response = client.post("/api/compress/long", {}, format="json", HTTP_IDEMPOTENCY_KEY="a")
    assert response.status_code == 200


def test_answers_are_forgotten_after_a_day(issued):
    post(issued)
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24))
    assert post(issued, body={"a": 2}).json()["data"]["n"] == 2
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24))
    assert tasks.forget_answers() == 1


def test_a_lease_given_back_between_two_looks_is_still_running(issued):
    with pytest.raises(StillRunning):
        idempotency._join({"key": issued.key, "idempotency_key": "gone"}, "p")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_run_once(issued):
    barrier, statuses = threading.Barrier(20), []

    def attempt() -> None:
        barrier.wait()
        try:
            statuses.append(post(issued).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(urls.calls) == 1
    assert set(statuses) <= {200, 409}
    assert 200 in statuses


def test_an_answer_in_the_making_calls_itself_pending(issued):
    take(owner=issued.key, name="n", print_="p")
    assert str(IdempotentAnswer.objects.get()) == f"answer pending for key {issued.key.pk}"
    assert str(IdempotentAnswer(person_id=7, status=200)) == "answer 200 for person 7"
