"""Signing in over HTTP: phrases, the order of checks, what is answered, and how often one may try."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from cloud import services
from cloud.configuration import CloudSettings
from cloud.models import Arrival, LoginPhrase, Session
from cloud.tests.factories import get, post
from cloud.tests.wallets import BitcoinWallet, EthereumWallet

pytestmark = pytest.mark.django_db
WALLET = BitcoinWallet(21)


def new_phrase(path="/id/loginphrase"):
    return get(path).json()["data"]


def login(wallet, phrase, **overrides):
    fields = {"zelid": wallet.zelid, "loginPhrase": phrase, "signature": wallet.sign(phrase)} | overrides
    return post("/id/verifylogin", fields)


@pytest.mark.parametrize(
    "path", ["/id/loginphrase", "/id/emergencyphrase", "/zelid/loginphrase", "/ID/LoginPhrase/"]
)
def test_a_phrase_is_given_out_in_every_spelling_of_the_path(path):
    answer = get(path)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    row = LoginPhrase.objects.get(pk=answer.json()["data"])
    assert row.expires_at - row.created_at == timedelta(minutes=15)


@pytest.mark.parametrize("wallet", [WALLET, BitcoinWallet(22, is_compressed=False), EthereumWallet(23)])
@pytest.mark.parametrize("names", [("zelid", "loginPhrase"), ("address", "message")])
def test_every_wallet_signs_in_under_both_names(wallet, names):
    phrase = new_phrase()
    signature = wallet.sign(phrase)
    answer = post("/id/verifylogin", {names[0]: wallet.zelid, names[1]: phrase, "signature": signature})
    session = Session.objects.get()
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert (data["zelid"], data["loginPhrase"], data["signature"]) == (wallet.zelid, phrase, signature)
    assert data["privilege"] == data["privilage"] == "user"
    assert session.expires_at - session.created_at == timedelta(days=14)
    assert session.created_at.timestamp() * 1000 == int(phrase[:13])
    assert not LoginPhrase.objects.exists()
    event = AuditEvent.objects.get(action="cloud.signed_in")
    assert event.data == {"zelid": wallet.zelid}


@pytest.mark.parametrize(
    ("cloud", "privilege"),
    [
        (CloudSettings(admin_id=WALLET.zelid, team_ids=(WALLET.zelid,)), "admin"),
        (CloudSettings(admin_id="1other", team_ids=("1other", WALLET.zelid)), "fluxteam"),
        (CloudSettings(), "user"),
    ],
)
def test_the_operators_settings_say_who_stands_above(settings, cloud, privilege):
    settings.CLOUD = cloud
    assert login(WALLET, new_phrase()).json()["data"]["privilege"] == privilege


PHRASE = "{phrase}"
FAULTS = [
    ({"zelid": ""}, "No Flux ID is specified"),
    ({"zelid": None, "loginPhrase": ""}, "No Flux ID is specified"),
    ({"zelid": "34xp4vRoCGJym3xR7yCVPFHoCNxv4Twseo", "loginPhrase": ""}, "Flux ID is not valid"),
    ({"zelid": [WALLET.zelid]}, "Flux ID is not valid"),
    ({"zelid": {"$ne": ""}}, "Flux ID is not valid"),
    ({"loginPhrase": "", "signature": ""}, "No message is specified"),
    ({"loginPhrase": ["x"]}, "Signed message is not valid"),
    ({"loginPhrase": "1790000000000", "signature": ""}, "Signed message is not valid"),
    ({"loginPhrase": "I agree to the terms of service of example.com"}, "Signed message is not valid"),
    ({"loginPhrase": "1600000000000" + "a" * 40, "signature": ""}, "Signed message is not valid"),
    ({"loginPhrase": "9999999999999" + "a" * 40}, "Signed message is not valid"),
    ({"signature": ""}, "No signature is specified"),
    ({"signature": ["x"]}, "Invalid signature"),
]


@pytest.mark.parametrize(("overrides", "message"), FAULTS)
def test_the_first_fault_in_the_nodes_order_is_told_in_its_words(overrides, message):
    answer = login(WALLET, new_phrase(), **overrides)
    assert answer.status_code == 400
    assert answer.json() == {"status": "error", "data": {"code": 400, "name": "Error", "message": message}}


def test_a_wrong_signature_leaves_the_phrase_good():
    phrase = new_phrase()
    answer = login(WALLET, phrase, signature=BitcoinWallet(99).sign(phrase))
    assert (answer.status_code, answer.json()["data"]["message"]) == (401, "Invalid signature")
    assert login(WALLET, phrase).status_code == 200


def test_a_phrase_is_good_once_and_for_15_minutes_and_only_when_given_out(monkeypatch):
    used, old = new_phrase(), new_phrase()
    login(WALLET, used)
    own = used[:13] + "a" * 40
    for phrase in (used, own, own + "a" * 100):
        answer = login(WALLET, phrase)
        message = "Signed message is no longer valid. Please request a new one."
        assert (answer.status_code, answer.json()["data"]["message"]) == (401, message)
    later = timezone.now() + timedelta(minutes=16)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert login(WALLET, old).json()["data"]["message"] == "Signed message is not valid"
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("content_type", "encode"),
    [
        ("application/json", json.dumps),
        ("application/json; charset=utf-8", json.dumps),
        ("text/plain", json.dumps),
        ("", json.dumps),
        ("application/x-www-form-urlencoded", lambda f: "&".join(f"{n}={v}" for n, v in f.items())),
        ("text/plain", lambda f: "&".join(f"{n}={v}" for n, v in f.items())),
    ],
)
def test_a_sign_in_comes_as_json_or_form_in_whatever_wrapping(content_type, encode):
    phrase = new_phrase()
    # A key whose signature has a plus sign, which the form below does not encode.
    wallet = next(w for w in map(BitcoinWallet, range(1, 99)) if "+" in w.sign(phrase))
    fields = {"zelid": wallet.zelid, "loginPhrase": phrase, "signature": wallet.sign(phrase)}
    assert post("/id/verifylogin", encode(fields), content_type=content_type).status_code == 200


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{bad", "application/json", 400),
        (b'{"zelid": "a", "zelid": "b"}', "text/plain", 400),
        (b"[1]", "application/json", 400),
        (b"zelid=%00", "text/plain", 400),
        (b"zelid=%ff", "text/plain", 400),
        (b"\xff", "text/plain", 400),
        (b"&".join([b"a=1"] * 50), "text/plain", 400),
        (b'{"zelid": "' + b"1" * 1_000_000 + b'"}', "application/json", 413),
        (b"<a/>", "text/xml", 415),
        (b"--x--", "multipart/form-data; boundary=x", 415),
    ],
)
def test_a_body_that_no_wallet_sends_is_refused_in_the_envelope(body, content_type, status):
    answer = post("/id/verifylogin", body, content_type=content_type)
    assert answer.status_code == answer.json()["data"]["code"] == status


def test_an_address_gets_30_phrases_a_minute_and_is_told_when_to_come_back(frozen_flux_minute):
    answers = [get("/id/loginphrase") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert answers[29]["X-RateLimit-Remaining"] == "0"
    assert answers[30]["Retry-After"] == "50"
    assert answers[30].json()["data"]["name"] == "Too Many Requests"
    assert Client(REMOTE_ADDR="198.51.100.7").get("/id/loginphrase").status_code == 200
    # Trying to sign in is counted on its own.
    assert login(WALLET, "x").status_code == 400


def test_an_id_signs_in_30_times_a_minute_from_wherever(frozen_flux_minute):
    def attempt(number, wallet=WALLET):
        phrase = services.issue_phrase().phrase
        fields = {"zelid": wallet.zelid, "loginPhrase": phrase, "signature": wallet.sign(phrase)}
        address: dict[str, Any] = {"REMOTE_ADDR": f"198.51.100.{number}"}
        return Client().post("/id/verifylogin", json.dumps(fields), "application/json", **address).status_code

    assert [attempt(number) for number in range(31)] == [200] * 30 + [429]
    assert attempt(31, EthereumWallet(5)) == 200


def test_wrong_signatures_of_an_id_do_not_lock_its_holder_out(frozen_flux_minute):
    phrase = services.issue_phrase().phrase
    for _ in range(30):
        assert login(WALLET, phrase, signature="x").status_code == 401
    assert login(WALLET, phrase, signature="x").status_code == 429
    fields = {"zelid": WALLET.zelid, "loginPhrase": phrase, "signature": WALLET.sign(phrase)}
    client = Client(REMOTE_ADDR="198.51.100.7")
    assert client.post("/id/verifylogin", json.dumps(fields), "application/json").status_code == 200


def test_a_signature_is_left_for_whoever_waits_under_id_and_end_of_message():
    message = "m" * 27 + "1234567890123"
    fields = {"zelid": WALLET.zelid, "message": message, "signature": "anything"}
    post("/id/providesign", fields)
    answer = post("/id/providesign", fields | {"signature": "something else"}).json()["data"]
    assert answer["identifier"] == WALLET.zelid + "1234567890123"
    arrival = Arrival.objects.get()
    assert (arrival.kind, arrival.key, arrival.payload) == ("sign", answer["identifier"], answer)
    assert answer["signature"] == "something else"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "No Flux ID is specified"),
        ({"zelid": "x"}, "Flux ID is not valid"),
        ({"zelid": WALLET.zelid}, "No message is specified"),
        ({"zelid": WALLET.zelid, "message": "m" * 39}, "Signed message is not valid"),
        ({"zelid": WALLET.zelid, "message": "m" * 40}, "No signature is specified"),
    ],
)
def test_a_provided_signature_is_checked_for_its_shape(fields, message):
    answer = post("/id/providesign", fields)
    assert (answer.status_code, answer.json()["data"]["message"]) == (400, message)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/id/verifylogin", 405),
        ("post", "/id/loginphrase", 405),
        ("head", "/id/loginphrase", 405),
        ("delete", "/zelid/loginphrase", 405),
        ("post", "/id/loggedsessions", 405),
        ("delete", "/zelid/logoutallusers", 405),
        ("get", "/id/logoutspecificsession", 405),
        ("options", "/id/loginphrase", 200),
        ("get", "/id/nothing", 404),
        ("get", "/id", 404),
        ("get", "/zelid/x/y", 404),
        ("get", "/id/loginphrase/x", 404),
        ("get", "/id//loginphrase", 404),
    ],
)
def test_other_methods_and_paths_are_refused(method, path, status):
    assert getattr(Client(), method)(path).status_code == status
