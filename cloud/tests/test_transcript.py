"""A Flux node's sign-in, call by call: the same answers here, but for the differences that this file names.

`data/flux_auth_transcript.json` was recorded at a node of version 6.6.1 and holds public test keys alone.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cloud import phrases
from cloud.configuration import CloudSettings

pytestmark = pytest.mark.django_db

CALLS = json.loads((Path(__file__).parent / "data" / "flux_auth_transcript.json").read_text())
ADMIN = "14dQFmgDLVEVG7vNH8ibWuUEkuvxuogg13"
# Each call that is answered otherwise, with what comes instead and why.
DIFFERENCES: dict[str, tuple[int, str, str]] = {
    "login application/json": (
        200,
        "Successfully logged in",
        "the node reads JSON bodies twice and hangs; the API's documentation sends exactly this",
    ),
    "qs body with raw + not percent-encoded": (
        200,
        "Successfully logged in",
        "a plus sign that arrived as a space is put back",
    ),
    "loggedusers admin, signature + unencoded": (200, "", "a plus sign that arrived as a space is put back"),
    "loggedusers as user": (403, "Your Flux ID may not call this.", "signed in but below the tier is a 403"),
    "logoutallusers by user": (403, "Your Flux ID may not call this.", "signed in but below the tier is a 403"),
    "stateless phrase is not enough for admin": (
        403,
        "Your Flux ID may not call this.",
        "signed in but below the tier is a 403",
    ),
    "loggedsessions NO header right after (apicache?)": (
        401,
        "Unauthorized. Access denied.",
        "the node's cache hands one user's sessions to whoever asks next; nothing private is cached here",
    ),
    "loggedsessions same query, now authorised": (
        200,
        "",
        "the node's cache repeats the refusal of the call before",
    ),
    "user logs out ANOTHER user's session": (
        404,
        "You have no session with this login phrase.",
        "the node forgets to look whose session it is",
    ),
    "logoutspecificsession unknown": (404, "You have no session with this login phrase.", "the node crashes"),
    "after logout, header still accepted (stateless 16h window)": (
        401,
        "Unauthorized. Access denied.",
        "a phrase that was logged out is refused until its window ends",
    ),
    "is admin still logged in?": (
        401,
        "Unauthorized. Access denied.",
        "the node's cache answered the log-out before without carrying it out; here it took effect",
    ),
    "login GET on POST route": (405, "This method is not allowed here.", "a wrong method is a 405"),
    "bad json body": (400, "The body is not valid JSON", "the same status, in the envelope instead of HTML"),
}
# Later calls of a session that, unlike at the node, has ended by then.
FOLLOW_UPS = {
    "logoutallsessions": (401, "Unauthorized. Access denied."),
    "logoutallusers by user": (401, "Unauthorized. Access denied."),
    "logoutallusers admin": (401, "Unauthorized. Access denied."),
}
STATUS_OF = {"Invalid signature": 401, "none": 401, "Unauthorized. Access denied.": 401}


class Node:
    """Replays: the clock stands where it stood, and phrases are those that were given out."""

    def __init__(self, monkeypatch: Any) -> None:
        self.now = datetime(2026, 11, 21, 2, 59, 22, tzinfo=UTC)
        self.calls = 0
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        monkeypatch.setattr(phrases, "make", lambda _moment: self.phrase)

    def send(self, call: dict[str, Any]) -> Any:
        """Send a call, each from an address of its own so that no limit is met."""
        self.calls += 1
        more: dict[str, Any] = {"REMOTE_ADDR": f"203.0.113.{self.calls}"}
        headers = dict(call["headers"] or {})
        if call["case"] == "emergencyphrase" or "alias" in call["case"]:
            self.phrase = call["response"]["body"]["data"]
            moment = datetime.fromtimestamp(int(self.phrase[:10]), UTC)
            self.now = moment + timedelta(milliseconds=int(self.phrase[10:13]))
        content_type = headers.pop("Content-Type", "")
        client = Client(headers=headers)
        if call["method"] == "GET":
            return client.get(call["path"], **more)
        return client.post(call["path"], call["body"], content_type=content_type, **more)


@pytest.fixture
def node(monkeypatch, settings):
    settings.CLOUD = CloudSettings(admin_id=ADMIN, user_window_seconds=57_600, owner_window_seconds=7200)
    return Node(monkeypatch)


def message_of(body: dict[str, Any]) -> str:
    data = body["data"]
    return data.get("message", "") if isinstance(data, dict) else ""


def test_the_transcript(node):
    seen = set()
    for call in CALLS:
        if "path" not in call:
            continue
        answer, case = node.send(call), call["case"]
        body = answer.json()
        if case in FOLLOW_UPS:
            status, message = FOLLOW_UPS[case]
        elif case in DIFFERENCES:
            status, message, _reason = DIFFERENCES[case]
        else:
            check_alike(case, call["response"]["body"], answer.status_code, body)
            continue
        seen.add(case)
        assert (case, answer.status_code) == (case, status), body
        assert message_of(body).startswith(message), case
    assert seen == set(DIFFERENCES) | set(FOLLOW_UPS)


# The two sign-ins that the node did not take were taken here, so their phrases are sessions.
TAKEN_HERE = {
    call["body"].split("loginPhrase")[1][1:].strip('": =').split('"')[0].split("&")[0]
    for call in CALLS
    if call["case"] in {"login application/json", "qs body with raw + not percent-encoded"}
}
# Given out before the recording began.
EARLIER = {"1795229865733a638umomlihkhulhsu2f1yuuvaos1q6wojx41mo2n"}


def check_alike(case: str, theirs: dict[str, Any], status: int, ours: dict[str, Any]) -> None:
    """Assert that an answer is the node's: the same but for the status and code of a refusal."""
    assert ours["status"] == theirs["status"], case
    wanted, data = theirs["data"], ours["data"]
    if theirs["status"] == "error":
        expected = STATUS_OF.get(wanted["message"], 401 if "no longer valid" in wanted["message"] else 400)
        assert status == expected, case
        assert data == {"name": "Unauthorized", "code": status} | wanted, case
    elif isinstance(wanted, list):
        ignored = TAKEN_HERE | EARLIER
        shown, known = ([row for row in rows if row["loginPhrase"] not in ignored] for rows in (data, wanted))
        assert (status, shown) == (200, known), case
    elif isinstance(wanted, dict) and "privilage" in wanted:
        assert (status, data) == (200, wanted | {"privilege": wanted["privilage"]}), case
    elif isinstance(wanted, dict) and "identifier" in wanted:
        assert data.keys() == wanted.keys()
        assert data["identifier"] == wanted["identifier"]
    else:
        assert (status, data) == (200, wanted), case
