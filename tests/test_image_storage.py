"""Files in an S3 bucket and in a folder: the same promises for both. The bucket is that of a real server."""

import io
import socket
import subprocess
import sys
import time
import zipfile
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from rest_framework.test import APIClient

from fluxplatform.environment import Environment
from images import cleaning, tasks
from images.models import Job, Result
from images.storage import RESULTS, UPLOADS, discard, storage
from images.tests.factories import COMPRESS, compress, make_client, make_upload
from tests.live import free_port

pytestmark = pytest.mark.django_db

ACCESS = {"aws_access_key_id": "AKIA+key", "aws_secret_access_key": "hush/+="}
START_SECONDS = 30


@pytest.fixture(scope="module")
def s3():
    """Yield a client of a server of our own with the bucket `flux`."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **ACCESS)
        client.create_bucket(Bucket="flux")
        yield client
    finally:
        server.kill()
        server.wait()


@pytest.fixture(params=["folder", "bucket"])
def place(request, settings, monkeypatch, tmp_path):
    """Keep images in one kind of storage."""
    if request.param == "folder":
        settings.MEDIA_ROOT = str(tmp_path)
        return
    endpoint = request.getfixturevalue("s3").meta.endpoint_url
    url = f"s3://AKIA%2Bkey:hush%2F%2B%3D@flux/{tmp_path.name}?endpoint={endpoint}&region=us-east-1"
    monkeypatch.setenv("IMAGE_STORAGE_URL", url)
    settings.STORAGES = {**settings.STORAGES, "images": Environment().file_storage("IMAGE_STORAGE_URL")}


def fetch(url):
    response: Any = APIClient().get(url)
    return response, b"".join(response.streaming_content)


@pytest.mark.usefixtures("place")
class TestBothKinds:
    def test_a_result_is_kept_and_fetched_through_our_link_alone(self):
        body = compress(make_client(), make_upload("a.png"), make_upload("b.png")).json()
        assert body["results"][0]["downloadUrl"].startswith("http://127.0.0.1:8000/api/download/")
        response, data = fetch(body["results"][0]["downloadUrl"])
        assert len(data) == body["results"][0]["compressedSize"]
        assert response["Content-Type"] == "image/webp"
        assert response["Content-Disposition"] == 'attachment; filename="a.webp"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        archive = zipfile.ZipFile(io.BytesIO(fetch(body["zipUrl"])[1]))
        assert archive.testzip() is None
        assert archive.read("a.webp") == data

    def test_an_equal_request_finds_the_file(self):
        client = make_client()
        assert compress(client).json()["totals"] == compress(client).json()["totals"]
        assert Result.objects.filter(request_digest="").count() == 1

    def test_a_job_runs_from_what_was_sent_and_leaves_none_of_it(self):
        client = make_client()
        body = compress(client, watermarkFile=make_upload("m.png"), query="?async=true").json()
        assert len(storage().listdir(UPLOADS)[1]) == 2
        tasks.run_job(body["id"])
        assert client.get(f"/api/jobs/{body['id']}").json()["status"] == "done"
        assert storage().listdir(UPLOADS)[1] == []

    def test_what_has_expired_is_deleted(self):
        link = compress(make_client()).json()["results"][0]["downloadUrl"]
        result = Result.objects.get()
        Result.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert tasks.delete_expired() == 1
        assert not storage().exists(result.storage_name)
        assert APIClient().get(link).status_code == 404

    def test_a_lost_file_is_not_found(self):
        body = compress(make_client()).json()
        storage().delete(Result.objects.get().storage_name)
        assert APIClient().get(body["results"][0]["downloadUrl"]).status_code == 404

    def test_orphans_are_found_and_nothing_else(self, monkeypatch):
        client = make_client()
        compress(client, make_upload("kept.png"))
        compress(client, make_upload("lost.png"))
        running = compress(client, watermarkFile=make_upload("m.png"), query="?async=true").json()
        storage().delete(Result.objects.get(source_name="lost.png").storage_name)
        strangers = [f"{RESULTS}/left.webp", f"{RESULTS}/left.png", f"{UPLOADS}/left"]
        for name in strangers:
            storage().save(name, ContentFile(b"left"))
        assert tasks.delete_orphans() == 1
        assert all(storage().exists(name) for name in strangers)
        monkeypatch.setattr(cleaning, "ORPHAN_AGE", timedelta(seconds=-5))
        assert tasks.delete_orphans() == 3
        assert not any(storage().exists(name) for name in strangers)
        assert Result.objects.get().source_name == "kept.png"
        assert storage().exists(Result.objects.get().storage_name)
        tasks.run_job(running["id"])
        assert Job.objects.get().status == "done"


def test_a_bucket_calls_no_file_what_its_sender_called_it(s3, settings, monkeypatch, tmp_path):
    url = f"s3://k:s@flux/{tmp_path.name}?endpoint={s3.meta.endpoint_url}&region=us-east-1"
    monkeypatch.setenv("IMAGE_STORAGE_URL", url)
    settings.STORAGES = {**settings.STORAGES, "images": Environment().file_storage("IMAGE_STORAGE_URL")}
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.html"\r\nContent-Type: text/html\r\n\r\n'
        + make_upload().read()
        + b"\r\n--b--\r\n"
    )
    make_client().post(f"{COMPRESS}?async=true", body, content_type="multipart/form-data; boundary=b")
    (entry,) = s3.list_objects_v2(Bucket="flux", Prefix=tmp_path.name)["Contents"]
    assert s3.head_object(Bucket="flux", Key=entry["Key"])["ContentType"] == "application/octet-stream"


def test_a_storage_that_does_not_answer_stops_no_cleaning(settings, monkeypatch):
    compress(make_client())
    Result.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    monkeypatch.setenv("IMAGE_STORAGE_URL", f"s3://k:s@flux?endpoint=http://127.0.0.1:{free_port()}&region=r")
    settings.STORAGES = {**settings.STORAGES, "images": Environment().file_storage("IMAGE_STORAGE_URL")}
    assert discard("a", "b") == []
    assert tasks.delete_expired() == 0
    assert Result.objects.count() == 1
