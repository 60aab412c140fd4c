import pytest
from django.test import Client

from audit.models import AuditEvent
from images.models import Result
from images.tests.factories import make_upload
from images.tests.pictures import make_png

pytestmark = pytest.mark.django_db
URL = "/images/"
FIELDS = {"format": "webp", "quality": "82"}


def send(client: Client, *files, **fields: str):
    return client.post(URL, FIELDS | fields | {"file": list(files) or [make_upload()]})


def test_the_start_page_leads_to_it():
    assert f'href="{URL}"' in Client().get("/").content.decode()


@pytest.mark.parametrize(
    ("format_", "media_type"),
    [("webp", "image/webp"), ("avif", "image/avif"), ("jpg", "image/jpeg"), ("png", "image/png")],
)
def test_the_answer_is_the_file_itself(format_, media_type):
    upload = make_upload("photo.png")
    answer = send(Client(), upload, format=format_)
    assert answer.status_code == 200
    assert answer["Content-Type"] == media_type
    assert answer["Content-Disposition"] == f'attachment; filename="photo.{format_}"'
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert int(answer["X-Compressed-Size"]) == len(answer.content)
    assert int(answer["X-Original-Size"]) == upload.size


def test_nothing_is_kept(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    assert send(Client()).status_code == 200
    assert not Result.objects.exists()
    assert not AuditEvent.objects.exists()
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("format_", ["auto", "original", "jpeg", "bmp"])
def test_only_the_four_formats_are_offered(format_):
    assert f'value="{format_}"' not in Client().get(URL).content.decode()
    assert send(Client(), format=format_).status_code == 400


def test_an_image_that_cannot_be_read_is_refused_in_words():
    answer = send(Client(), make_upload("cut.png", make_png()[:-30]))
    assert answer.status_code == 422
    assert "The image is damaged or incomplete." in answer.content.decode()


def test_more_than_five_megabytes_are_refused():
    answer = send(Client(), make_upload("big.png", b"\x89PNG\r\n\x1a\n" + bytes(5 * 1024**2)))
    assert answer.status_code == 413
    assert "A file may have at most 5 MB." in answer.content.decode()


def test_more_than_one_file_is_refused():
    answer = send(Client(), make_upload("a.png"), make_upload("b.png"))
    assert answer.status_code == 413
    assert "at most 1 file" in answer.content.decode()


def test_the_eleventh_image_of_an_hour_is_told_when_the_next_may_come():
    client = Client()
    assert [send(client, make_upload("a.txt", b"text")).status_code for _ in range(10)] == [422] * 10
    answer = send(client)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert "The next one is possible in" in answer.content.decode()
    assert Client().get(URL).status_code == 200
    assert Client(REMOTE_ADDR="192.0.2.7").post(URL, FIELDS | {"file": make_upload()}).status_code == 200


def test_one_household_has_one_limit():
    for number in range(10):
        send(Client(REMOTE_ADDR=f"2001:db8::{number}"), make_upload("a.txt", b"text"))
    assert send(Client(REMOTE_ADDR="2001:db8::ffff")).status_code == 429
    assert send(Client(REMOTE_ADDR="2001:db8:0:1::1")).status_code == 200
