"""Who calls, for how long, and how sessions end: at once, everywhere, and only by those who may."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEvent
from cloud import arrivals, jobs, phrases, services
from cloud.callers import PUBLIC, caller_of, may_call
from cloud.configuration import CloudSettings
from cloud.models import Arrival, Cutoff, LoginPhrase, Session
from cloud.moments import now_ms
from cloud.tests.factories import claim_of, get, post, sign_in
from cloud.tests.wallets import BitcoinWallet, EthereumWallet
from cloud.zelidauth import Claim, header_of

pytestmark = pytest.mark.django_db
ALICE, BOB, ADMIN = BitcoinWallet(31), EthereumWallet(32), BitcoinWallet(33)
UNSIGNED = {"code": 401, "name": "Unauthorized", "message": "Unauthorized. Access denied."}


@pytest.fixture(autouse=True)
def operator(settings):
    settings.CLOUD = CloudSettings(admin_id=ADMIN.zelid)


def self_made(wallet, seconds_ago=0, tail="a" * 40):
    phrase = f"{now_ms() - seconds_ago * 1000}{tail}"
    return header_of(Claim(wallet.zelid, wallet.sign(phrase), phrase))


def open_windows(user=57_600, owner=7200):
    django_settings.CLOUD = replace(django_settings.CLOUD, user_window_seconds=user, owner_window_seconds=owner)


def called_by(header):
    return caller_of(RequestFactory().get("/", headers={"zelidauth": header} if header is not None else {}))


def test_a_session_opens_calls_in_both_forms_of_the_header():
    session, header = sign_in(ALICE)
    claim = claim_of(header)
    as_json = json.dumps({"zelid": claim.zelid, "signature": claim.signature, "loginPhrase": claim.phrase})
    for form in (header, as_json, unquote(header)):
        caller = called_by(form)
        assert (caller.zelid, caller.session_id, caller.phrase) == (ALICE.zelid, session.pk, session.phrase)
        assert caller.privilege == "user"


def test_a_caller_is_looked_up_once_with_one_query():
    _, header = sign_in(ALICE)
    request = RequestFactory().get("/", headers={"zelidauth": header})
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert caller_of(request) is caller_of(request)
    assert len(queries) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda claim: replace(claim, zelid=BOB.zelid),
        lambda claim: replace(claim, zelid="1" + "z" * 30),
        lambda claim: replace(claim, zelid="x"),
        lambda claim: replace(claim, phrase=claim.phrase + "a"),
        lambda claim: replace(claim, phrase=claim.phrase[:-1] + "\0"),
        lambda claim: replace(claim, phrase="x" * 3000),
        lambda claim: replace(claim, signature="x"),
        lambda claim: replace(claim, signature=ADMIN.sign(claim.phrase)),
    ],
)
def test_a_header_that_does_not_hold_is_nobodys(change):
    _, header = sign_in(ALICE)
    assert called_by(header_of(change(claim_of(header)))) == PUBLIC
    assert called_by(None) == called_by("") == called_by("[1]") == PUBLIC


def test_an_ethereum_id_is_one_in_any_case():
    _, header = sign_in(BOB)
    claim = claim_of(header)
    shouted = replace(claim, zelid="0x" + claim.zelid[2:].upper())
    assert called_by(header_of(shouted)).zelid == shouted.zelid
    assert len(get("/id/loggedsessions", header=header_of(shouted)).json()["data"]) == 1


def test_thirty_wrong_signatures_a_minute_are_enough(frozen_flux_minute):
    session, _ = sign_in(ALICE)
    wrong = header_of(Claim(ALICE.zelid, "x", session.phrase))
    assert [get("/id/loggedsessions", header=wrong).status_code for _ in range(31)] == [401] * 30 + [429]


def test_a_session_ends_after_14_days(monkeypatch):
    _, header = sign_in(ALICE)
    later = timezone.now() + timedelta(days=14, seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert called_by(header) == PUBLIC


def test_a_session_that_is_logged_out_is_refused_by_the_next_call():
    session, header = sign_in(ALICE)
    _, other = sign_in(ALICE)
    answer = get("/id/logoutcurrentsession", header=header)
    assert answer.json() == {"status": "success", "data": {"message": "Successfully logged out"}}
    refused = get("/id/loggedsessions", header=header)
    assert (refused.status_code, refused.json()["data"]) == (401, UNSIGNED)
    assert refused["WWW-Authenticate"] == "zelidauth"
    assert [row["loginPhrase"] for row in get("/id/loggedsessions", header=other).json()["data"]] != []
    assert arrivals.arrived("id", session.phrase) is None
    assert AuditEvent.objects.filter(action="cloud.signed_out").count() == 1


def test_ones_own_sessions_are_listed_oldest_first_without_signatures():
    first, header = sign_in(ALICE)
    second, _ = sign_in(ALICE)
    sign_in(BOB)
    rows = get("/id/loggedsessions", header=header).json()["data"]
    assert [row["loginPhrase"] for row in rows] == [first.phrase, second.phrase]
    assert rows[0].keys() == {"zelid", "loginPhrase", "createdAt", "expireAt"}


def test_only_a_session_of_ones_own_can_be_ended():
    alices, alice = sign_in(ALICE)
    bobs, bob = sign_in(BOB)
    refused = post("/id/logoutspecificsession", {"loginPhrase": alices.phrase}, header=bob)
    missing = post("/id/logoutspecificsession", {"loginPhrase": "nope"}, header=bob)
    assert refused.status_code == missing.status_code == 404
    assert refused.json() == missing.json()
    assert post("/id/logoutspecificsession", {"loginPhrase": [1]}, header=bob).status_code == 404
    assert called_by(alice).zelid == ALICE.zelid
    _, other = sign_in(BOB)
    answer = post(
        "/id/logoutspecificsession", f"loginPhrase={bobs.phrase}", header=other, content_type="text/plain"
    )
    assert answer.json()["data"] == {"message": "Session successfully logged out"}
    assert called_by(bob) == PUBLIC


def test_all_sessions_of_an_id_end_and_nobody_elses():
    headers = [sign_in(ALICE)[1] for _ in range(3)]
    _, bob = sign_in(BOB)
    answer = get("/id/logoutallsessions", header=headers[0])
    assert answer.json()["data"] == {"message": "Successfully logged out all sessions"}
    assert [called_by(header) for header in headers] == [PUBLIC] * 3
    assert called_by(bob).zelid == BOB.zelid


def test_the_operator_sees_and_ends_everybodys_sessions_and_nobody_else_does():
    phrase = services.issue_phrase().phrase
    _, alice = sign_in(ALICE)
    for path in ("loggedusers", "activeloginphrases", "logoutallusers"):
        assert get(f"/id/{path}").status_code == 401
        assert get(f"/id/{path}", header=alice).status_code == 403
    _, admin = sign_in(ADMIN)
    rows = get("/id/loggedusers", header=admin).json()["data"]
    assert [row["zelid"] for row in rows] == [ALICE.zelid, ADMIN.zelid]
    rows = get("/id/activeloginphrases", header=admin).json()["data"]
    assert [row["loginPhrase"] for row in rows] == [phrase]
    assert (
        get("/zelid/logoutallusers", header=admin).json()["data"]["message"] == "Successfully logged out all users"
    )
    assert called_by(alice) == called_by(admin) == PUBLIC


def test_credentials_are_told_what_they_are_good_for():
    for wallet, privilege in ((ALICE, "user"), (ADMIN, "admin")):
        claim = claim_of(sign_in(wallet)[1])
        fields = {"zelid": claim.zelid, "signature": claim.signature, "loginPhrase": claim.phrase}
        answer = post("/id/checkprivilege", fields)
        assert answer.json() == {"status": "success", "data": {"message": privilege}}
        for wrong in ({"signature": "x"}, {"zelid": BOB.zelid}, {"zelid": ["x"]}):
            answer = post("/id/checkprivilege", fields | wrong)
            assert (answer.status_code, answer.json()["data"]["message"]) == (401, "none")


def test_a_signed_call_counts_for_its_id_and_an_unsigned_one_for_its_address(frozen_flux_minute):
    _, header = sign_in(ALICE)
    _, bob = sign_in(BOB)
    assert [get("/id/loggedsessions", header=header).status_code for _ in range(31)] == [200] * 30 + [429]
    assert get("/id/loggedsessions", header=bob).status_code == 200
    assert [get("/id/loggedsessions").status_code for _ in range(31)] == [401] * 30 + [429]


def test_without_a_window_a_phrase_of_ones_own_opens_nothing():
    assert get("/id/loggedsessions", header=self_made(ALICE)).status_code == 401


def test_a_phrase_of_ones_own_counts_within_the_windows_of_the_tiers():
    open_windows()
    fresh, old, stale = (called_by(self_made(ALICE, age)) for age in (5, 3 * 3600, 17 * 3600))
    assert (fresh.zelid, fresh.session_id, fresh.privilege) == (ALICE.zelid, None, "user")
    assert stale == PUBLIC
    assert may_call(fresh, "appowner", owner=ALICE.zelid)
    assert may_call(old, "user")
    assert not may_call(old, "appowner", owner=ALICE.zelid)
    assert not may_call(old, "appownerabove", owner=ALICE.zelid)
    assert not may_call(fresh, "appowner", owner=BOB.zelid)
    assert get("/id/loggedsessions", header=self_made(ALICE)).json()["data"] == []
    assert called_by(self_made(ALICE, -60)) == PUBLIC
    assert called_by(self_made(ALICE, tail="b" * 60)) == PUBLIC


def test_windows_are_told_apart():
    open_windows(user=0, owner=7200)
    caller = called_by(self_made(ALICE))
    assert may_call(caller, "appowner", owner=ALICE.zelid)
    assert not may_call(caller, "user")
    assert may_call(caller, "public")
    assert get("/id/loggedsessions", header=self_made(ALICE)).status_code == 401


def test_nobody_stands_above_others_without_a_session():
    open_windows()
    caller = called_by(self_made(ADMIN))
    assert caller.privilege == "user"
    assert get("/id/loggedusers", header=self_made(ADMIN)).status_code == 403


def test_a_phrase_of_ones_own_is_logged_out_until_its_window_ends():
    open_windows()
    header = self_made(ALICE, 60)
    assert get("/id/logoutcurrentsession", header=header).status_code == 200
    assert called_by(header) == PUBLIC
    services.log_out(zelid=ALICE.zelid, phrase=claim_of(header).phrase)
    assert Session.objects.count() == 1


@pytest.mark.parametrize("is_everybody", [False, True])
def test_logging_out_everywhere_reaches_phrases_that_were_never_seen(is_everybody):
    open_windows()
    earlier, bobs = self_made(ALICE, 60), self_made(BOB, 60)
    if is_everybody:
        services.log_out_everybody(zelid=ADMIN.zelid)
    else:
        services.log_out_everywhere(zelid=ALICE.zelid)
    assert called_by(earlier) == PUBLIC
    assert (called_by(bobs) == PUBLIC) is is_everybody
    Cutoff.objects.update(at=timezone.now() - timedelta(seconds=30))
    assert called_by(self_made(ALICE)).zelid == ALICE.zelid


def test_a_sign_in_arrives_for_the_page_that_waits_until_its_phrase_is_over(monkeypatch):
    session, header = sign_in(ALICE)
    payload = arrivals.arrived("id", session.phrase) or {}
    assert payload["signature"] == claim_of(header).signature
    assert payload["message"] == "Successfully logged in"
    assert arrivals.all_arrived("id", [session.phrase, "other"]) == {session.phrase: payload}
    assert arrivals.arrived("sign", session.phrase) is None
    assert not arrivals.is_awaited(session.phrase)
    assert arrivals.is_awaited(services.issue_phrase().phrase)
    later = timezone.now() + timedelta(minutes=16)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert arrivals.arrived("id", session.phrase) is None


def test_what_is_over_is_removed_and_what_is_not_stays(monkeypatch):
    sign_in(ALICE)
    services.issue_phrase()
    services.provide_signature(zelid=ALICE.zelid, message="m" * 40, signature="x")
    open_windows()
    services.log_out_everywhere(zelid=BOB.zelid)
    models = (LoginPhrase, Arrival, Session, Cutoff)
    jobs.tidy()
    assert [model.objects.count() for model in models] == [1, 2, 1, 1]
    now = timezone.now()
    for passed, left in (
        (timedelta(minutes=16), [0, 0, 1, 1]),
        (timedelta(hours=17), [0, 0, 1, 0]),
        (timedelta(milliseconds=phrases.SESSION_MS, seconds=1), [0, 0, 0, 0]),
    ):
        monkeypatch.setattr(timezone, "now", lambda passed=passed: now + passed)
        jobs.tidy()
        assert [model.objects.count() for model in models] == left


def test_the_address_of_a_wrong_signature_is_that_of_the_client(frozen_flux_minute):
    session, _ = sign_in(ALICE)
    wrong = header_of(Claim(ALICE.zelid, "x", session.phrase))
    for number in range(31):
        client = Client(headers={"zelidauth": wrong}, REMOTE_ADDR=f"198.51.100.{number}")
        assert client.get("/id/loggedsessions").status_code == 401
