"""The ZIP of a session."""

import io
import tracemalloc
import zipfile
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apikeys.tests.factories import client_for
from images.models import Result
from images.signing import archive_url
from images.storage import storage
from images.tests.factories import compress, make_client, make_image_key, make_upload, refusal

pytestmark = pytest.mark.django_db


def fetch(url: str) -> zipfile.ZipFile:
    response: Any = APIClient().get(url)
    assert response.status_code == 200
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def test_a_session_is_fetched_whole_with_its_names_and_bytes():
    client = make_client()
    compress(client, make_upload("a.png"), sessionId="trip")
    body = compress(client, make_upload("b.png"), make_upload("c.txt", b"text"), sessionId="trip").json()
    archive = fetch(body["zipUrl"])
    assert archive.testzip() is None
    assert archive.namelist() == ["a.webp", "b.webp"]
    for result in Result.objects.all():
        assert archive.read(result.name) == storage().open(result.storage_name).read()
        assert archive.getinfo(result.name).compress_type == zipfile.ZIP_STORED


def test_results_of_one_name_stay_apart():
    client = make_client()
    first, second = make_upload("a.png"), make_upload("a.png", make_upload("other.png").read())
    archive = fetch(compress(client, first, second).json()["zipUrl"])
    assert archive.namelist() == ["a.webp", "a-2.webp"]
    assert archive.read("a.webp") != archive.read("a-2.webp")


def test_it_holds_nothing_of_other_sessions_or_accounts():
    client, stranger = make_client(), make_client()
    compress(client, make_upload("a.png"), sessionId="one")
    compress(stranger, make_upload("b.png"), sessionId="two")
    assert fetch(compress(client, make_upload("c.png"), sessionId="two").json()["zipUrl"]).namelist() == ["c.webp"]


def test_it_is_an_attachment_that_no_browser_takes_for_a_page():
    url = compress(make_client(), sessionId="trip").json()["zipUrl"]
    for response in (APIClient().get(url), APIClient().head(url)):
        assert response["Content-Type"] == "application/zip"
        assert response["Content-Disposition"] == 'attachment; filename="images-trip.zip"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "no-store" in response["Cache-Control"]


def test_a_request_of_which_nothing_was_done_has_none():
    assert compress(make_client(), make_upload("a.txt", b"text")).json()["zipUrl"] is None


def test_its_link_ends_with_its_files():
    ended = Result(id=uuid4(), expires_at=timezone.now() - timedelta(seconds=1))
    assert refusal(APIClient().get(archive_url(ended))) == (410, "link_expired")


def test_the_link_of_a_file_is_none_of_a_session_and_the_other_way_round():
    body = compress(make_client()).json()
    file, whole = body["results"][0]["downloadUrl"], body["zipUrl"]
    for url in (file.replace("?", "/session.zip?"), whole.replace("/session.zip", ""), whole[:-1] + "!"):
        assert refusal(APIClient().get(url)) == (404, "not_found")


def test_a_file_that_was_lost_is_left_out():
    body = compress(make_client(), make_upload("a.png"), make_upload("b.png")).json()
    storage().delete(Result.objects.get(name="a.webp").storage_name)
    assert fetch(body["zipUrl"]).namelist() == ["b.webp"]


def test_it_is_never_held_in_memory():
    issued = make_image_key()
    compress(client_for(issued.secret), sessionId="large")
    anchor = Result.objects.get()
    path = storage().path(anchor.storage_name)
    with open(path, "wb") as file:  # noqa: PTH123
        file.truncate(64 * 1024**2)
    response: Any = APIClient().get(archive_url(anchor))
    tracemalloc.start()
    size = sum(len(chunk) for chunk in response.streaming_content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 64 * 1024**2
    assert peak < 4 * 1024**2
