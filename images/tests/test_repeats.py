"""Equal bytes with equal settings are answered from what the account has already."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apikeys.tests.factories import client_for, make_key
from images.models import Result
from images.storage import storage
from images.tests.factories import compress, make_client, make_image_key, make_upload, used
from images.tests.pictures import make_png
from plans import entitlements
from tests.threads import at_once

pytestmark = pytest.mark.django_db

PICTURE = make_png()
OTHER = make_png(right=(0, 255, 0))


@pytest.fixture
def client():
    return make_client()


def send(client, name="a.png", data=PICTURE, **fields):
    return compress(client, make_upload(name, data), **fields)


def test_an_equal_request_costs_nothing_and_gets_a_result_of_its_own(client):
    first = send(client, "a.png", sessionId="one").json()["results"][0]
    second = send(client, "b.png", sessionId="two").json()["results"][0]
    assert used(client) == 1
    assert second["downloadUrl"] != first["downloadUrl"]
    assert (second["name"], second["sourceName"]) == ("b.webp", "b.png")
    for name in ("format", "quality", "width", "height", "originalSize", "compressedSize", "alreadyOptimal"):
        assert second[name] == first[name]
    assert b"".join(client.get(second["downloadUrl"]).streaming_content)
    assert set(Result.objects.values_list("session_id", flat=True)) == {"one", "two"}


@pytest.mark.parametrize(
    "fields",
    [
        {"data": OTHER},
        {"quality": "81"},
        {"format": "png"},
        {"maxWidth": "10"},
        {"keepSmallest": "false"},
        {"metadata": "all"},
        {"targetBytes": "5000"},
        {"watermarkFile": make_upload("mark.png", OTHER)},
    ],
)
def test_whatever_changes_the_result_costs_again(client, fields):
    send(client)
    assert send(client, **fields).status_code == 200
    assert used(client) == 2


def test_another_watermark_costs_again(client):
    for mark in (PICTURE, OTHER, OTHER):
        send(client, watermarkFile=make_upload("mark.png", mark))
    assert used(client) == 2


def test_files_of_one_request_are_compared_too(client):
    compress(client, make_upload("a.png", PICTURE), make_upload("b.png", PICTURE), make_upload("c.png", OTHER))
    assert used(client) == 2


def test_no_account_is_answered_with_what_another_one_has(client):
    stranger = make_client()
    send(client)
    send(stranger)
    assert (used(client), used(stranger)) == (1, 1)


def test_every_key_of_an_account_shares_what_it_has():
    first = make_image_key()
    second = make_key("fluximage", account=first.key.account)
    send(client_for(first.secret))
    send(client_for(second.secret))
    assert used(client_for(first.secret)) == 1


def test_bytes_are_answered_from_it_and_kept_for_it(client):
    first = send(client, HTTP_ACCEPT="image/*")
    second = send(client, HTTP_ACCEPT="image/*")
    assert first.content == second.content
    assert send(client).json()["totals"]["done"] == 1
    assert used(client) == 1


def test_a_target_that_was_missed_stays_missed(client):
    send(client, targetBytes="1")
    Result.objects.update(meets_target=False)
    assert send(client, targetBytes="1").json()["results"][0]["meetsTarget"] is False


def test_it_ends_15_minutes_after_the_work_however_often_it_was_asked(client):
    send(client)
    original = Result.objects.get()
    send(client)
    Result.objects.filter(pk=original.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    send(client)
    assert used(client) == 2


def test_a_result_whose_file_is_lost_is_made_again(client):
    send(client)
    storage().delete(Result.objects.get().storage_name)
    assert send(client).status_code == 200
    assert used(client) == 2


def test_without_a_credit_left_what_is_there_is_still_answered():
    issued = make_image_key(plan="starter")
    client = client_for(issued.secret)
    send(client)
    entitlements.claim(issued.key.account, "fluximage", "compressions", 199)
    assert send(client).status_code == 200
    assert send(client, data=OTHER).status_code == 402


def test_what_failed_is_tried_again(client):
    for _ in range(2):
        assert send(client, data=PICTURE[:-30]).status_code == 422
    assert used(client) == 0


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_equal_requests_at_once_cost_at_most_what_was_worked_for():
    issued = make_image_key()
    answers = at_once(6, lambda _: send(client_for(issued.secret)).status_code)
    assert answers == [200] * 6
    worked_for = Result.objects.exclude(request_digest="").count()
    assert 1 <= used(client_for(issued.secret)) == worked_for <= 6
