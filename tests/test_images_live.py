"""Fluximage through the real server: refusals one by one, many requests at once, and deaths in the middle."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from images.tests.pictures import make_noise_png, make_png, png_from_rows
from tests.live import ROOT, LiveServer, running_server

WATCHDOG_SECONDS = 60
MISSING = "00000000-0000-4000-8000-000000000000"
GOOD, BROKEN = make_png(), make_png()[:-30]
BOMB = png_from_rows(60_000, 60_000, b"\x00")


@pytest.fixture(scope="module")
def server():
    with running_server() as live:
        yield live


@pytest.fixture(scope="module")
def key(server):
    return server.issue_key("fluximage")


class Caller:
    """A client of one server with one key."""

    def __init__(self, server: LiveServer, key: str) -> None:
        self.url = server.url
        self.headers = {"Authorization": f"Bearer {key}"}

    def send(self, *files: bytes, query: str = "", headers: dict[str, str] | None = None, **fields: str) -> Any:
        parts = [("file", (f"{n}.png", data)) for n, data in enumerate(files)]
        return requests.post(
            f"{self.url}/api/compress{query}",
            files=parts or None,
            data=fields,
            headers=self.headers | (headers or {}),
            timeout=WATCHDOG_SECONDS,
        )

    def get(self, path: str) -> Any:
        return requests.get(self.url + path, headers=self.headers, timeout=WATCHDOG_SECONDS)

    def used(self) -> int:
        return int(self.get("/api/usage").json()["compressor_used"])


@pytest.fixture
def caller(server, key):
    return Caller(server, key)


REFUSALS = {
    "no file": (lambda c: c.send(), 415, "unsupported_media_type"),
    "a wrong field": (lambda c: c.send(GOOD, quality="39"), 400, "invalid_field"),
    "an unknown field": (lambda c: c.send(GOOD, colour="red"), 400, "invalid_field"),
    "two wishes": (lambda c: c.send(GOOD, quality="82", targetBytes="9"), 400, "invalid_field"),
    "jxl": (lambda c: c.send(GOOD, format="jxl"), 400, "invalid_field"),
    "a wrong switch": (lambda c: c.send(GOOD, query="?async=yes"), 400, "invalid_field"),
    "too many files": (lambda c: c.send(*[b"text"] * 21), 413, "too_many_files"),
    "too large a file": (lambda c: c.send(b"\0" * (20 * 1024**2 + 1)), 413, "file_too_large"),
    "json": (lambda c: c.send(headers={"Content-Type": "application/json"}), 415, "unsupported_media_type"),
    "an unreadable name": (
        lambda c: c.send(GOOD, headers={"Idempotency-Key": "a b"}),
        400,
        "invalid_idempotency_key",
    ),
    "a missing job": (lambda c: c.get(f"/api/jobs/{MISSING}"), 404, "not_found"),
    "a job without an id": (lambda c: c.get("/api/jobs/7"), 404, "not_found"),
    "a made-up link": (lambda c: c.get(f"/api/download/{MISSING}?expires=9&signature=x"), 404, "not_found"),
    "a made-up zip": (lambda c: c.get(f"/api/download/{MISSING}/session.zip"), 404, "not_found"),
    "a wrong method": (lambda c: c.get("/api/compress"), 405, "method_not_allowed"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_request_is_refused_in_one_voice_and_costs_nothing(caller, name):
    call, status, code = REFUSALS[name]
    before = caller.used()
    response = call(caller)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json().keys() == {"error", "code"}
    assert response.headers["Content-Type"] == "application/json"
    assert caller.used() == before


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "unsupported_format"),
        (b"text", "unsupported_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_format"),
        (b"%PDF-1.7", "unsupported_format"),
        (b"PK\x03\x04", "unsupported_format"),
        (BROKEN, "corrupt_image"),
        (BOMB, "too_many_pixels"),
    ],
    ids=["empty", "text", "svg", "pdf", "zip", "broken", "bomb"],
)
def test_a_file_is_refused_alone_and_costs_nothing(caller, data, code):
    before = caller.used()
    response = caller.send(data)
    assert response.status_code == 422
    assert response.json()["results"][0]["error"]["code"] == code
    assert caller.used() == before


def test_without_a_key_nothing_is_read(server):
    response = Caller(server, "flx_live_" + "0" * 40).send(GOOD)
    assert (response.status_code, response.content) == (401, b'{"error":"Unauthorized"}')


def picture(number: int, *, side: int = 64) -> bytes:
    """Return a small picture that no other number gives."""
    source = random.Random(number)
    row = b"\x00" + source.randbytes(side * 3)
    return png_from_rows(side, side, row * side)


KINDS = (
    (lambda c, n: c.send(picture(n)), {200}),
    (lambda c, n: c.send(picture(n), picture(n + 1000), BROKEN), {200}),
    (lambda c, n: c.send(picture(n), format="avif", maxWidth="20"), {200}),
    (lambda c, n: c.send(picture(n), format="auto", headers={"Accept": "image/*"}), {200}),
    (lambda c, n: c.send(BROKEN, b"text"), {422}),
    (lambda c, n: c.send(BOMB), {422}),
    (lambda c, n: c.send(picture(n), quality="7"), {400}),
    (lambda c, n: c.send(picture(n), query="?async=true"), {202}),
    (lambda c, n: c.get("/api/usage"), {200}),
    (lambda c, n: requests.post(f"{c.url}/api/compress", data=b"x", timeout=WATCHDOG_SECONDS), {401}),
)


def test_two_hundred_mixed_requests_at_once_are_all_answered(server, caller):
    before, barrier = caller.used(), threading.Barrier(200)

    def call(number: int) -> tuple[int, Any]:
        barrier.wait(WATCHDOG_SECONDS)
        make, _ = KINDS[number % len(KINDS)]
        return number, make(caller, number)

    began = time.monotonic()
    with ThreadPoolExecutor(200) as pool:
        answers = dict(pool.map(call, range(200)))
    assert time.monotonic() - began < WATCHDOG_SECONDS
    assert len(answers) == 200
    done = 0
    for number, response in answers.items():
        if response.status_code == 429:
            assert int(response.headers["Retry-After"]) >= 1
            continue
        assert response.status_code in KINDS[number % len(KINDS)][1], (number, response.status_code, response.text)
        if "X-Compressed-Size" in response.headers:
            done += 1
        elif response.status_code == 200:
            done += response.json().get("totals", {}).get("done", 0)
    assert Counter(response.status_code for response in answers.values())[200] > 0
    assert caller.used() == before + done
    assert caller.send(picture(5000)).status_code == 200


def encoders(server: LiveServer) -> list[int]:
    """Return the process ids of the encoder service below a server, wherever in its tree they are."""
    parents, found = {server.pid}, []
    processes = sorted(int(path.name) for path in Path("/proc").glob("[0-9]*"))
    for pid in processes:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if int(stat[1]) in parents:
            parents.add(pid)
            if b"images." in command:
                found.append(pid)
    return found


def test_a_batch_whose_encoder_service_is_killed_is_answered_and_charged_for_what_was_done(server, caller):
    assert caller.send(picture(6000)).status_code == 200
    before = caller.used()
    batch = [make_noise_png(700, 700), *(picture(6001 + n, side=600) for n in range(12))]
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(lambda: caller.send(*batch, format="avif"))
        time.sleep(0.5)
        killed = encoders(server)
        assert killed
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        response = answer.result(WATCHDOG_SECONDS)
    assert response.status_code in {200, 422, 429}
    done = response.json().get("totals", {}).get("done", 0)
    assert caller.used() == before + done
    assert caller.send(picture(6100)).status_code == 200


@contextmanager
def task_worker(server: LiveServer):
    """Run a Celery worker beside the server."""
    command = [str(Path(sys.executable).with_name("celery")), "--quiet", "--app", "fluxplatform.celery", "worker"]
    command += ["--pool", "threads", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    worker = subprocess.Popen(
        command, cwd=ROOT, env=server.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def wait_for(caller: Caller, job: dict[str, Any], is_there) -> dict[str, Any]:
    deadline = time.monotonic() + WATCHDOG_SECONDS
    while time.monotonic() < deadline:
        body = caller.get(f"/api/jobs/{job['id']}").json()
        if is_there(body):
            return dict(body)
        time.sleep(0.05)
    raise AssertionError(body)


WITHOUT_OTHER_JOBS = """
from images.cleaning import remove_job
from images.models import Job
[remove_job(job) for job in Job.objects.all()]
"""
# The end of a lease, which takes two minutes, and the minute's task after it.
TWO_MINUTES_LATER = """
from django.utils import timezone
from images.jobs import rescue
from images.models import Job
Job.objects.update(leased_until=timezone.now())
rescue()
"""


def test_a_job_whose_worker_is_killed_is_finished_by_the_next_one_and_charged_once(server, caller):
    server.manage("shell", "-c", WITHOUT_OTHER_JOBS)
    before = caller.used()
    files = [picture(7000 + n, side=500) for n in range(8)]
    with task_worker(server) as worker:
        job = caller.send(*files, query="?async=true", format="avif").json()
        wait_for(caller, job, lambda body: body["progress"]["done"] >= 1)
        worker.kill()
    assert caller.get(f"/api/jobs/{job['id']}").json()["status"] == "running"
    server.manage("shell", "-c", TWO_MINUTES_LATER)
    with task_worker(server):
        over = wait_for(caller, job, lambda body: body["status"] == "done")
    assert over["totals"]["done"] == 8
    assert caller.used() == before + 8
    assert len({result["downloadUrl"] for result in over["results"]}) == 8
