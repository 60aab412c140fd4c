"""Signing in with a wallet on a page, and linking Flux ids to people, without a script."""

import re
import time
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import outside_addresses
from audit.models import AuditEvent
from cloud import services
from cloud.callers import holder_of
from cloud.models import FluxIdentity, LoginPhrase
from cloud.tests.factories import claim_of, post
from cloud.tests.wallets import BitcoinWallet, EthereumWallet

pytestmark = pytest.mark.django_db
WALLET = BitcoinWallet(41)


@pytest.fixture
def person():
    user = make_user()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    make_account(owner=user)
    return user


@pytest.fixture
def at_home(person):
    """A browser in which the person has just shown anew who they are."""
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": "correct horse"})
    client.post("/accounts/reauthenticate/", {"password": "correct horse"})
    return client


def phrase_on(page):
    return found(r'name="loginPhrase" value="([^"]+)"', page)


def found(expression, page):
    match = re.search(expression, page.content.decode())
    assert match
    return match[1]


def send(client, wallet=WALLET, path="/id/signin", **overrides):
    """Open the page, sign its phrase, send the form."""
    phrase = phrase_on(client.get(path))
    fields = {"loginPhrase": phrase, "zelid": wallet.zelid, "signature": wallet.sign(phrase)} | overrides
    return client.post(path, fields)


def is_signed_in(client):
    return client.get("/dashboard/").status_code == 200


def test_the_page_names_the_site_shows_a_phrase_and_asks_no_other_host(settings):
    settings.BASE_URL = "https://flux.example"
    client = Client()
    page = client.get("/id/signin")
    text = page.content.decode()
    phrase = phrase_on(page)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert "for flux.example alone" in text
    assert "15 minutes left" in text
    assert "zel:?action=sign&amp;message=" + phrase in text
    assert "callback=https%3A%2F%2Fflux.example%2Fid%2Fverifylogin" in text
    assert "<svg" in text
    assert [address for address in outside_addresses(text) if not address.startswith("zel:")] == []
    assert phrase_on(client.get("/id/signin")) == phrase
    assert phrase_on(Client().get("/id/signin")) != phrase
    assert LoginPhrase.objects.count() == 2
    assert client.get("/ID/signin/")["Location"] == "/id/signin"


def test_a_phrase_that_is_about_to_run_out_is_not_shown_again(monkeypatch):
    client = Client()
    phrase = phrase_on(client.get("/id/signin"))
    later = timezone.now() + timedelta(minutes=14)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert phrase_on(client.get("/id/signin")) != phrase


def test_an_id_that_nobody_linked_gets_the_header_of_its_session():
    client = Client()
    page = send(client)
    header = found(r'id="header"[^>]*value="([^"]+)"', page).replace("&amp;", "&")
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    holder = holder_of(claim_of(header))
    assert holder
    assert holder.zelid == WALLET.zelid
    assert not is_signed_in(client)


def test_a_linked_id_signs_its_person_in(person):
    services.link_identity(user=person, zelid=WALLET.zelid)
    client = Client()
    answer = send(client, next="/dashboard/members/")
    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/members/")
    assert is_signed_in(client)
    assert client.session["_auth_user_id"] == str(person.pk)
    event = AuditEvent.objects.get(action="cloud.person_signed_in")
    assert event.actor == f"user:{person.pk}"


def test_nobody_is_sent_to_another_host_after_signing_in(person):
    services.link_identity(user=person, zelid=WALLET.zelid)
    assert send(Client(), next="https://evil.example/")["Location"] == "/dashboard/"


def test_a_second_factor_is_still_asked_for(person):
    TOTP.activate(person, generate_totp_secret())
    services.link_identity(user=person, zelid=WALLET.zelid)
    client = Client()
    assert send(client)["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)


def test_a_person_who_may_not_enter_does_not(person):
    services.link_identity(user=person, zelid=WALLET.zelid)
    person.is_active = False
    person.save()
    client = Client()
    assert send(client)["Location"] == "/accounts/inactive/"
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("overrides", "status", "advice"),
    [
        ({"signature": "x"}, 401, "This address did not sign this phrase."),
        ({"zelid": ""}, 400, "Enter the address that signed the phrase."),
        ({"zelid": "34xp4vRoCGJym3xR7yCVPFHoCNxv4Twseo"}, 400, "A Flux ID is an address"),
        ({"signature": " "}, 400, "Sign the phrase in your wallet"),
        ({"loginPhrase": "x"}, 401, "This phrase has run out, or was used."),
        ({"way": "arrived"}, 409, "No signature has arrived"),
    ],
)
def test_what_went_wrong_is_said_with_what_to_do(overrides, status, advice):
    page = send(Client(), **overrides)
    assert page.status_code == status
    assert f'role="alert"><p>{advice}' in page.content.decode()


def test_a_phrase_counts_in_the_browser_alone_that_was_shown_it(person):
    services.link_identity(user=person, zelid=WALLET.zelid)
    phrase = phrase_on(Client().get("/id/signin"))
    fields = {"loginPhrase": phrase, "zelid": WALLET.zelid, "signature": WALLET.sign(phrase)}
    for client in (Client(), Client()):
        client.get("/id/signin")
        assert client.post("/id/signin", fields).status_code == 401
        assert not is_signed_in(client)


def arrive(phrase, wallet=WALLET, **more):
    fields = {"zelid": wallet.zelid, "loginPhrase": phrase, "signature": wallet.sign(phrase)}
    assert post("/id/verifylogin", fields, **more).status_code == 200


def test_what_a_wallet_sent_itself_is_taken_up_by_the_browser_that_showed_the_phrase(person):
    services.link_identity(user=person, zelid=WALLET.zelid)
    client = Client()
    phrase = phrase_on(client.get("/id/signin"))
    assert client.get("/id/signin/arrived").json() == {"has_arrived": False}
    arrive(phrase)
    assert client.get("/id/signin/arrived").json() == {"has_arrived": True}
    assert Client().get("/id/signin/arrived").json() == {"has_arrived": False}
    assert client.post("/id/signin", {"loginPhrase": phrase, "way": "arrived"}).status_code == 302
    assert is_signed_in(client)


def test_what_somebody_elsewhere_was_made_to_sign_is_not_taken_up(person):
    services.link_identity(user=person, zelid=WALLET.zelid)
    attacker = Client()
    phrase = phrase_on(attacker.get("/id/signin"))
    arrive(phrase, REMOTE_ADDR="198.51.100.7")
    assert attacker.get("/id/signin/arrived").json() == {"has_arrived": False}
    assert attacker.post("/id/signin", {"loginPhrase": phrase, "way": "arrived"}).status_code == 409
    assert not is_signed_in(attacker)


def test_a_person_links_an_id_signs_in_with_it_and_unlinks_it(person, at_home):
    assert "You have not linked a Flux ID yet" in at_home.get("/dashboard/flux-id/").content.decode()
    wallet = EthereumWallet(42)
    answer = send(at_home, wallet, "/dashboard/flux-id/link/")
    assert answer["Location"] == "/dashboard/flux-id/"
    identity = FluxIdentity.objects.get()
    assert (identity.user, identity.zelid, identity.owner) == (person, wallet.zelid, wallet.zelid.lower())
    assert wallet.zelid in at_home.get("/dashboard/flux-id/").content.decode()
    browser = Client()
    send(browser, wallet)
    assert is_signed_in(browser)
    at_home.post(f"/dashboard/flux-id/{identity.pk}/unlink/")
    assert not FluxIdentity.objects.exists()
    assert send(Client(), wallet).status_code == 200
    actions = set(AuditEvent.objects.filter(action__startswith="cloud.flux_id_").values_list("action", flat=True))
    assert actions == {"cloud.flux_id_proved", "cloud.flux_id_linked", "cloud.flux_id_unlinked"}


def test_an_id_that_a_wallet_sent_itself_is_linked(person, at_home):
    phrase = phrase_on(at_home.get("/dashboard/flux-id/link/"))
    arrive(phrase)
    at_home.post("/dashboard/flux-id/link/", {"loginPhrase": phrase, "way": "arrived"})
    assert FluxIdentity.objects.get().user == person


def test_an_id_is_one_persons_in_whatever_spelling(person, at_home):
    wallet = EthereumWallet(43)
    services.link_identity(user=make_user(), zelid="0x" + wallet.zelid[2:].upper())
    page = send(at_home, wallet, "/dashboard/flux-id/link/")
    assert page.status_code == 409
    assert "already linked" in page.content.decode()


def test_ten_ids_are_enough(person, at_home):
    for number in range(100, 110):
        services.link_identity(user=person, zelid=BitcoinWallet(number).zelid)
    assert send(at_home, path="/dashboard/flux-id/link/").status_code == 409
    assert "Link a Flux ID" not in at_home.get("/dashboard/flux-id/").content.decode()


def test_linking_asks_who_one_is_when_that_was_shown_long_ago(at_home, monkeypatch):
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 3600)
    assert at_home.get("/dashboard/flux-id/link/")["Location"].startswith("/accounts/reauthenticate/")


def test_only_ones_own_id_can_be_unlinked_and_strangers_are_sent_to_sign_in(at_home):
    identity = services.link_identity(user=make_user(), zelid=WALLET.zelid)
    assert at_home.post(f"/dashboard/flux-id/{identity.pk}/unlink/").status_code == 404
    for path in ("/dashboard/flux-id/", "/dashboard/flux-id/link/"):
        assert Client().get(path)["Location"].startswith("/accounts/login/")


def test_somebody_who_is_signed_in_gets_the_header_and_stays_who_they_are(person, at_home):
    services.link_identity(user=make_user(), zelid=WALLET.zelid)
    assert send(at_home).status_code == 200
    assert at_home.session["_auth_user_id"] == str(person.pk)


def test_the_page_for_e_mail_leads_to_the_one_for_wallets():
    text = Client().get("/accounts/login/?next=/dashboard/keys/").content.decode()
    assert 'href="/id/signin?next=%2Fdashboard%2Fkeys%2F"' in text
