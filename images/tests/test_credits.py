import sys
import threading

import pytest
from django.db import connection

from apikeys.tests.factories import client_for
from images import services, workers
from images.codecs import Encoded
from images.pool import EncoderPool
from images.tests.factories import USAGE, compress, make_client, make_image_key, make_upload, used
from images.tests.pictures import make_png
from plans import entitlements
from plans.models import UsageCounter

pytestmark = pytest.mark.django_db


def spend(issued, amount):
    entitlements.claim(issued.key.account, "fluximage", "compressions", amount)


def test_each_image_that_is_done_costs_one_credit():
    client = make_client()
    compress(client, make_upload("a.png"), make_upload("b.png"), make_upload("c.png", make_png()[:-30]))
    assert used(client) == 2


def test_a_used_up_plan_is_refused_with_402():
    issued = make_image_key(plan="starter")
    spend(issued, 200)
    client = client_for(issued.secret)
    response = compress(client)
    assert (response.status_code, response.json()["code"]) == (402, "quota_exhausted")
    assert client.get(USAGE).json()["canCompress"] is False


def test_the_last_credits_are_spent_and_the_images_beyond_them_fail():
    issued = make_image_key()
    spend(issued, 49_998)
    client = client_for(issued.secret)
    body = compress(client, *(make_upload(f"{n}.png") for n in range(4))).json()
    assert [r["status"] for r in body["results"]] == ["done", "done", "failed", "failed"]
    assert body["results"][3]["error"]["code"] == "quota_exhausted"
    assert used(client) == 50_000
    assert compress(client, make_upload("a.png"), make_upload("b.png")).status_code == 402


def test_a_file_that_is_no_image_needs_no_credit():
    issued = make_image_key()
    spend(issued, 50_000)
    assert compress(client_for(issued.secret), make_upload("a.txt", b"text")).status_code == 422


def test_when_no_worker_can_be_started_the_answer_is_429_and_nothing_is_charged(monkeypatch, tmp_path):
    client = make_client()
    interpreter = sys.executable
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    monkeypatch.setattr(workers, "pool", EncoderPool(tmp_path, slots=1, places=1))
    response = compress(client)
    assert (response.status_code, response.json()["code"], response["Retry-After"]) == (429, "busy", "1")
    assert used(client) == 0
    monkeypatch.setattr(sys, "executable", interpreter)
    assert compress(client).status_code == 200


def test_a_crash_gives_every_credit_back(settings, tmp_path):
    client = make_client()
    (tmp_path / "images").write_text("a file where the folder should be")
    settings.MEDIA_ROOT = str(tmp_path)
    response = compress(client, make_upload("a.png"), make_upload("b.png"))
    assert response.status_code == 500
    assert used(client) == 0


@pytest.mark.parametrize(
    "changes",
    [{"data": b"<html>"}, {"width": "1"}, {"height": 0}, {"width": True}, {"already_optimal": "yes"}],
)
def test_what_a_taken_over_worker_answers_is_checked(changes, monkeypatch):
    sane = {"data": b"RIFF\0\0\0\0WEBP", "format": "webp", "width": 1, "height": 1, "already_optimal": False}
    monkeypatch.setattr(services, "encode_isolated", lambda data, options: Encoded(**{**sane, **changes}))
    client = make_client()
    response = compress(client)
    assert response.status_code == 422
    assert response.json()["results"][0]["error"]["code"] == "too_complex"
    assert used(client) == 0


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_ten_requests_for_the_last_three_credits_get_three():
    issued = make_image_key(plan="starter")
    spend(issued, 197)
    barrier, statuses = threading.Barrier(10), []

    def send():
        barrier.wait()
        try:
            statuses.append(compress(client_for(issued.secret)).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 3 + [402] * 7
    assert UsageCounter.objects.get(account=issued.key.account).used == 200
