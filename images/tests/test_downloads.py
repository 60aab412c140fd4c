from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient

from images import cleaning, tasks
from images.models import Result
from images.signing import download_url
from images.storage import storage
from images.tests.factories import compress, make_client, make_upload, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def anyone():
    return APIClient()


def link_to(name: str = "image.png") -> str:
    return compress(make_client(), make_upload(name)).json()["results"][0]["downloadUrl"]


def move_to_the_past() -> None:
    Result.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_whoever_has_the_link_gets_the_file_as_an_attachment(anyone):
    response = anyone.get(link_to())
    assert response.status_code == 200
    assert len(b"".join(response.streaming_content)) == Result.objects.get().compressed_bytes
    assert response["Content-Type"] == "image/webp"
    assert response["Content-Disposition"] == 'attachment; filename="image.webp"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in response["Cache-Control"]


def test_a_name_beyond_ascii_is_sent_as_rfc_6266_says(anyone):
    assert anyone.get(link_to("日本.png"))["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E6%97%A5%E6%9C%AC.webp"
    )


def test_a_head_request_is_answered_without_the_file(anyone):
    response = anyone.head(link_to())
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")


def test_a_link_works_for_15_minutes(anyone):
    ends = int(parse_qs(urlsplit(link_to()).query)["expires"][0])
    assert 15 * 60 - 5 <= ends - timezone.now().timestamp() <= 15 * 60


def test_a_genuine_link_whose_time_is_over_is_gone(anyone):
    ended = Result(id=uuid4(), expires_at=timezone.now() - timedelta(seconds=1))
    response = anyone.get(download_url(ended))
    assert refusal(response) == (410, "link_expired")


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.replace("expires=", "expires=9"),
        lambda link: link.replace("expires=", "expires=0"),
        lambda link: link.replace("expires=", "expires=x"),
        lambda link: link[:-1] + ("a" if link[-1] != "a" else "b"),
        lambda link: link + "a",
        lambda link: link.partition("&")[0],
        lambda link: link.partition("?")[0],
        lambda link: link.partition("signature")[0] + "signature=%C3%A9:%F0%9F%98%80",
    ],
)
def test_a_link_that_was_changed_is_not_found(anyone, change):
    assert refusal(anyone.get(change(link_to()))) == (404, "not_found")


def test_a_signature_is_good_for_its_own_file_only(anyone):
    first, second = link_to(), link_to()
    mixed = first.partition("?")[0] + "?" + second.partition("?")[2]
    assert refusal(anyone.get(mixed)) == (404, "not_found")


def test_a_path_without_an_id_is_not_found(anyone):
    assert refusal(anyone.get("/api/download/nothing")) == (404, "not_found")


def test_the_result_of_a_deleted_account_is_not_found_and_its_file_still_goes(anyone):
    link = link_to()
    result = Result.objects.get()
    assert result.account is not None
    result.account.delete()
    assert refusal(anyone.get(link)) == (404, "not_found")
    move_to_the_past()
    assert tasks.delete_expired() == 1
    assert not storage().exists(result.storage_name)


def test_a_lost_file_is_not_found(anyone):
    link = link_to()
    storage().delete(Result.objects.get().storage_name)
    assert refusal(anyone.get(link)) == (404, "not_found")


def test_expired_results_are_deleted_with_their_files_and_others_stay(anyone):
    link_to()
    old = Result.objects.get()
    move_to_the_past()
    fresh_link = link_to()
    assert tasks.delete_expired() == 1
    assert not storage().exists(old.storage_name)
    assert anyone.get(fresh_link).status_code == 200
    assert tasks.delete_expired() == 0


def test_a_result_whose_file_is_lost_is_forgotten_too():
    link_to()
    storage().delete(Result.objects.get().storage_name)
    move_to_the_past()
    assert tasks.delete_expired() == 1
    assert not Result.objects.exists()


def test_a_file_that_cannot_be_deleted_keeps_its_row_and_stops_no_other(monkeypatch):
    monkeypatch.setattr(cleaning, "BATCH", 1)
    for _ in range(3):
        link_to()
    move_to_the_past()
    stuck = Result.objects.expired()[0]
    path = Path(settings.MEDIA_ROOT, stuck.storage_name)
    path.unlink()
    path.mkdir()
    (path / "x").touch()
    assert tasks.delete_expired() == 2
    assert Result.objects.get() == stuck
