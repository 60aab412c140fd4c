"""The program of docs/cloud.md signs in with a real key."""

import io
import re
import urllib.request
from pathlib import Path

import pytest
from coincurve import PrivateKey
from django.test import Client

from cloud.tests.factories import get

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cloud.md"


def open_url(request: urllib.request.Request) -> io.BytesIO:
    """Stand for the network between the program and the platform."""
    path, body = request.selector, request.data
    answer = Client().post(path, body, "application/json") if body else Client().get(path)
    assert answer.status_code == 200
    return io.BytesIO(answer.content)


def test_the_documented_program_signs_in_and_its_header_opens_calls_until_log_out(monkeypatch):
    program = re.search(r"```python\n(# sign\.py.*?)```", PAGE.read_text(), re.DOTALL)
    assert program
    names: dict = {"__name__": "sign"}
    exec(program[1], names)  # noqa: S102 - our own page
    monkeypatch.setattr(urllib.request, "urlopen", open_url)
    header = names["sign_in"]("http://127.0.0.1:8000", PrivateKey.from_int(77))
    paths = ("loggedsessions", "logoutcurrentsession", "loggedsessions")
    assert [get(f"/id/{path}", header=header).status_code for path in paths] == [200, 200, 401]
