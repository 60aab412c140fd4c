"""Async jobs over HTTP; the worker is the task itself, called here."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.closing import close_account
from accounts.tests.pages import owner_of
from apikeys.tests.factories import client_for, make_key
from audit.models import AuditEvent
from images import jobs, services, tasks, workers
from images.credits import FileCharge
from images.models import FileStatus, Job, JobFile, JobStatus, Result
from images.storage import RESULTS, UPLOADS, storage
from images.tests.factories import compress, make_client, make_image_key, make_upload, refusal, used
from images.tests.pictures import make_png
from images.workers import QueueFullError
from plans import entitlements

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued():
    return make_image_key()


@pytest.fixture
def client(issued):
    return client_for(issued.secret)


@pytest.fixture
def published(monkeypatch):
    """Return the ids of the jobs that were published."""
    ids = []
    monkeypatch.setattr(jobs, "publish", lambda job_id, **_: ids.append(str(job_id)))
    return ids


def send(client, *files, **fields):
    return compress(client, *files, query="?async=true", **fields)


def look(client, body):
    response = client.get(f"/api/jobs/{body['id']}")
    assert response.status_code == 200
    return response.json()


def uploads():
    folder = storage().path(UPLOADS)
    return storage().listdir(UPLOADS)[1] if storage().exists(folder) else []


def test_a_job_is_accepted_at_once_and_worked_through_later(client):
    response = send(client, make_upload("a.png"), make_upload("b.png", make_png()[:-30]), sessionId="trip")
    assert response.status_code == 202
    begun = response.json()
    assert response["Location"] == begun["links"]["self"] == f"http://127.0.0.1:8000/api/jobs/{begun['id']}"
    assert begun["status"] == "queued"
    assert begun["progress"] == {"done": 0, "total": 2}
    assert (begun["results"], begun["zipUrl"], begun["expiresAt"]) == ([], None, None)
    assert used(client) == 0
    tasks.run_job(begun["id"])
    over = look(client, begun)
    assert (over["status"], over["progress"]) == ("done", {"done": 2, "total": 2})
    assert [result["status"] for result in over["results"]] == ["done", "failed"]
    assert over["results"][1]["error"]["code"] == "corrupt_image"
    assert used(client) == 1


def test_when_it_is_over_it_has_what_a_compression_answers(client):
    body = send(client, make_upload("a.png"), sessionId="trip").json()
    tasks.run_job(body["id"])
    over = look(client, body)
    direct = compress(client, make_upload("b.png"), sessionId="trip").json()
    assert direct.keys() <= over.keys()
    assert direct["results"][0].keys() == over["results"][0].keys()
    assert over["totals"].keys() == direct["totals"].keys()
    for url in (over["results"][0]["downloadUrl"], over["zipUrl"]):
        assert client.get(url).status_code == 200
    assert over["expiresAt"] == over["results"][0]["expiresAt"]


def test_a_job_of_which_nothing_was_done_has_failed_and_cost_nothing(client):
    body = send(client, make_upload("a.txt", b"text")).json()
    tasks.run_job(body["id"])
    assert look(client, body)["status"] == "failed"
    assert used(client) == 0


def test_a_job_may_take_more_time_and_has_every_option(client, monkeypatch):
    told = []

    def encode(data, options):
        told.append(options)
        return workers.encode_isolated(data, options)

    monkeypatch.setattr(services, "encode_isolated", encode)
    mark = make_png(8, 8)
    body = send(client, format="auto", targetBytes="9000", watermarkFile=make_upload("m.png", mark)).json()
    tasks.run_job(body["id"])
    (options,) = told
    assert (options.effort, options.candidates, options.target_bytes) == ("async", ("webp", "avif"), 9000)
    assert options.watermark.data == mark
    assert uploads() == []


def test_what_was_sent_is_kept_for_the_task_only(client):
    body = send(client, make_upload("a.png"), make_upload("b.png")).json()
    assert len(uploads()) == 2
    tasks.run_job(body["id"])
    assert uploads() == []


@pytest.mark.django_db(transaction=True)
def test_it_is_published_once_it_is_certain(client, published):
    body = send(client).json()
    assert published == [body["id"]]


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_it_is_accepted_and_published_later(client, monkeypatch):
    def fail(job_id):
        raise ConnectionError

    monkeypatch.setattr(jobs, "publish", fail)
    body = send(client).json()
    published: list[UUID] = []
    monkeypatch.setattr(jobs, "publish", published.append)
    assert tasks.rescue_jobs() == 0
    Job.objects.update(leased_until=timezone.now())
    assert tasks.rescue_jobs() == 1
    assert [str(job_id) for job_id in published] == [body["id"]]


def test_a_second_delivery_changes_nothing(client):
    body = send(client).json()
    tasks.run_job(body["id"])
    before = look(client, body)
    tasks.run_job(body["id"])
    assert look(client, body) == before
    assert (used(client), Result.objects.count()) == (1, 1)


def test_a_job_that_another_worker_holds_is_left_alone(client):
    body = send(client).json()
    Job.objects.update(status=JobStatus.RUNNING, leased_until=timezone.now() + timedelta(seconds=5))
    tasks.run_job(body["id"])
    assert look(client, body)["progress"]["done"] == 0


class KilledError(BaseException):
    """Stands for the end of the process: nothing that the code would do afterwards happens."""


@pytest.mark.parametrize("moment", ["encode_isolated", "keep", "finish"])
def test_a_worker_that_dies_is_followed_by_one_that_charges_nothing_twice(client, monkeypatch, published, moment):
    def die(*_args, **_kwargs):
        raise KilledError

    body = send(client, make_upload("a.png"), make_upload("b.png")).json()
    with monkeypatch.context() as patch:
        patch.setattr(services if moment == "encode_isolated" else jobs, moment, die)
        with pytest.raises(KilledError):
            tasks.run_job(body["id"])
    tasks.run_job(body["id"])  # Redis delivers it again while the dead worker's lease still stands.
    assert look(client, body)["status"] == "running"
    Job.objects.update(leased_until=timezone.now())
    assert tasks.rescue_jobs() == 1
    assert published == [body["id"]]
    tasks.run_job(body["id"])
    over = look(client, body)
    assert (over["status"], over["totals"]["done"]) == ("done", 2)
    assert (used(client), Result.objects.count()) == (2, 2)


def test_a_worker_that_was_too_slow_writes_nothing_over_its_successor(client, monkeypatch):
    body = send(client).json()

    def encode(data, options):
        monkeypatch.undo()
        Job.objects.update(leased_until=timezone.now())
        tasks.run_job(body["id"])
        return workers.encode_isolated(data, options)

    monkeypatch.setattr(services, "encode_isolated", encode)
    tasks.run_job(body["id"])
    assert (used(client), Result.objects.count()) == (1, 1)
    assert look(client, body)["status"] == "done"
    assert AuditEvent.objects.filter(action="image.compressed").count() == 1
    assert len(storage().listdir(RESULTS)[1]) == 1


def test_a_job_that_was_begun_too_often_fails_and_gives_its_credits_back(client, published):
    body = send(client, make_upload("a.png"), make_upload("b.png")).json()
    FileCharge(JobFile.objects.get(name="a.png")).take()
    assert used(client) == 1
    Job.objects.update(status=JobStatus.RUNNING, attempts=jobs.MAX_ATTEMPTS, leased_until=timezone.now())
    tasks.rescue_jobs()
    over = look(client, body)
    assert over["status"] == "failed"
    assert {result["error"]["code"] for result in over["results"]} == {"interrupted"}
    assert (used(client), published, uploads()) == (0, [], [])


def test_a_job_that_no_worker_took_for_an_hour_fails(client):
    body = send(client).json()
    Job.objects.update(created_at=timezone.now() - jobs.LIFETIME, leased_until=timezone.now())
    tasks.rescue_jobs()
    assert look(client, body)["status"] == "failed"


def test_an_upload_that_was_lost_fails_alone(client):
    body = send(client, make_upload("a.png"), make_upload("b.png")).json()
    storage().delete(JobFile.objects.get(name="a.png").storage_name)
    tasks.run_job(body["id"])
    assert [result["status"] for result in look(client, body)["results"]] == ["failed", "done"]


def test_a_job_steps_aside_where_a_request_would_be_told_to_come_back(client, monkeypatch):
    waits: list[int] = []
    monkeypatch.setattr(jobs, "publish", lambda job_id, seconds=0: waits.append(seconds))
    body = send(client, make_upload("a.png"), make_upload("b.png")).json()

    def refuse(data, options):
        raise QueueFullError(7)

    with monkeypatch.context() as patch:
        patch.setattr(services, "encode_isolated", refuse)
        for _ in range(5):
            tasks.run_job(body["id"])
    assert waits == [7] * 5
    assert look(client, body)["status"] == "queued"
    assert used(client) == 0
    tasks.run_job(body["id"])
    assert look(client, body)["totals"]["done"] == 2


def test_a_long_job_steps_aside_after_each_slice_so_that_others_have_their_turn(client, monkeypatch, published):
    monkeypatch.setattr(jobs, "SLICE_SECONDS", 0.0)
    body = send(client, *(make_upload(f"{n}.png") for n in range(3))).json()
    Job.objects.update(attempts=jobs.MAX_ATTEMPTS - 1)
    seen: list[tuple[str, int]] = []
    for _ in range(3):
        tasks.run_job(body["id"])
        state = look(client, body)
        seen.append((state["status"], state["progress"]["done"]))
    assert seen == [("queued", 1), ("queued", 2), ("done", 3)]
    assert published == [body["id"]] * 2
    assert Job.objects.get().attempts == 1
    assert used(client) == 3


def test_a_job_that_is_an_hour_old_is_not_begun_again(client):
    body = send(client).json()
    Job.objects.update(created_at=timezone.now() - jobs.LIFETIME)
    tasks.run_job(body["id"])
    over = look(client, body)
    assert (over["status"], over["results"][0]["error"]["code"]) == ("failed", "interrupted")


def test_images_beyond_the_last_credit_fail(issued, client):
    entitlements.claim(issued.key.account, "fluximage", "compressions", 49_999)
    body = send(client, make_upload("a.png"), make_upload("b.png")).json()
    tasks.run_job(body["id"])
    assert [r.get("error", {}).get("code") for r in look(client, body)["results"]] == [None, "quota_exhausted"]
    assert refusal(send(client)) == (402, "quota_exhausted")
    assert not Job.objects.open().exists()


def test_an_image_that_the_account_has_costs_nothing(client):
    for _ in range(2):
        tasks.run_job(send(client).json()["id"])
    assert used(client) == 1


def test_a_credit_of_a_dead_worker_goes_back_when_the_account_has_the_image_meanwhile(client):
    body = send(client).json()
    FileCharge(JobFile.objects.get()).take()
    tasks.run_job(send(client).json()["id"])
    assert used(client) == 2
    tasks.run_job(body["id"])
    assert look(client, body)["totals"]["done"] == 1
    assert used(client) == 1


def test_results_of_a_long_job_end_together(client):
    body = send(client, make_upload("a.png"), make_upload("b.png")).json()
    tasks.run_job(body["id"])
    assert len({result["expiresAt"] for result in look(client, body)["results"]}) == 1


def test_a_job_ends_with_its_results(client):
    body = send(client).json()
    tasks.run_job(body["id"])
    late = timezone.now() - timedelta(seconds=1)
    Job.objects.update(expires_at=late)
    Result.objects.update(expires_at=late)
    assert refusal(client.get(f"/api/jobs/{body['id']}")) == (404, "not_found")
    tasks.delete_expired()
    assert not Job.objects.exists()
    assert not JobFile.objects.exists()


def test_a_result_that_was_deleted_is_told_as_expired(client):
    body = send(client).json()
    tasks.run_job(body["id"])
    Result.objects.all().delete()
    (result,) = look(client, body)["results"]
    assert result == {
        "sourceName": "image.png",
        "status": "failed",
        "error": {"code": "expired", "message": "The result of this image was deleted."},
    }


def test_a_job_is_seen_by_every_key_of_its_account_and_by_no_other(issued, client):
    body = send(client).json()
    colleague = client_for(make_key("fluximage", account=issued.key.account).secret)
    assert look(colleague, body)["id"] == body["id"]
    for stranger, job_id in ((make_client(), body["id"]), (client, uuid4())):
        assert refusal(stranger.get(f"/api/jobs/{job_id}")) == (404, "not_found")
    assert client_for("flx_live_" + "0" * 40).get(f"/api/jobs/{body['id']}").status_code == 401
    narrow = client_for(make_key("fluximage", account=issued.key.account, scopes={"Images": ["Edit"]}).secret)
    assert refusal(narrow.get(f"/api/jobs/{body['id']}")) == (403, "missing_permission")


def test_a_repeat_under_one_idempotency_key_gets_the_same_job(client):
    first = send(client, HTTP_IDEMPOTENCY_KEY="a")
    second = send(client, HTTP_IDEMPOTENCY_KEY="a")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert Job.objects.count() == 1


def test_open_jobs_of_an_account_are_bounded(client, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_OPEN", 1)
    body = send(client).json()
    refused = send(client)
    assert (refusal(refused), refused["Retry-After"]) == ((429, "busy"), "10")
    assert len(uploads()) == 1
    tasks.run_job(body["id"])
    assert send(client).status_code == 202


def test_a_job_that_cannot_be_saved_leaves_no_upload(client, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr(jobs, "record", fail)
    assert send(client, watermarkFile=make_upload("m.png")).status_code == 500
    assert uploads() == []
    assert not Job.objects.exists()


def test_closing_an_account_removes_its_jobs_uploads_and_results(issued, client):
    compress(client)
    send(client, make_upload("b.png"))
    kept = Result.objects.get().storage_name
    account = issued.key.account
    close_account(account=account, actor=owner_of(account))
    assert not Job.objects.exists()
    assert not Result.objects.exists()
    assert uploads() == []
    assert not storage().exists(kept)


def test_the_job_of_a_deleted_account_is_not_run_and_goes_with_its_uploads(issued, client):
    body = send(client).json()
    issued.key.account.delete()
    tasks.run_job(body["id"])
    assert JobFile.objects.get().status == FileStatus.WAITING
    tasks.rescue_jobs()
    tasks.delete_expired()
    assert not Job.objects.exists()
    assert uploads() == []


def test_a_look_asks_the_database_equally_often_for_any_number_of_images(client, django_assert_max_num_queries):
    small = send(client, *(make_upload(f"{n}.png") for n in range(2))).json()
    large = send(client, *(make_upload(f"{n}.png") for n in range(12))).json()
    for body in (small, large):
        tasks.run_job(body["id"])
    look(client, small)
    with django_assert_max_num_queries(8) as queries:
        look(client, small)
    few = len(queries)
    with django_assert_max_num_queries(few):
        look(client, large)
