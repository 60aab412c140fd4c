"""Keys that their users made, and the time in which two secrets open the same door."""

import base64
import secrets
import threading
import uuid
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.tests.factories import make_account
from apikeys import services, strength, tokens
from apikeys.errors import KeyInUse, WeakKey
from apikeys.forms import KeyForm
from apikeys.lookup import find_key
from apikeys.models import ApiKey
from apikeys.resources import keys_url, known_words
from apikeys.tests.factories import client_for, make_key

STRONG = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
ROLLED_AT = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def clock(monkeypatch):
    """Return a function that sets the time of the platform."""

    def at(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    at(ROLLED_AT)
    return at


def opens(secret):
    """Return whether the secret passes the door of a real request."""
    status = client_for(secret).get("/api/providers/echo").status_code
    assert status in {200, 401}
    return status == 200


@pytest.mark.django_db
@pytest.mark.urls("apikeys.tests.urls")
@pytest.mark.parametrize("days", [1, 7])
def test_both_secrets_open_the_door_until_the_grace_ends_to_the_microsecond(clock, days):
    old = make_key("fluxme", resource="acme")
    new = services.roll(key=old.key, grace=timedelta(days=days), secret=STRONG)
    end = ROLLED_AT + timedelta(days=days)
    for moment, old_opens in (
        (ROLLED_AT, True),
        (end - MICROSECOND, True),
        (end, False),
        (end + MICROSECOND, False),
    ):
        clock(moment)
        assert (opens(old.secret), opens(new.secret)) == (old_opens, True), moment


@pytest.mark.django_db
@pytest.mark.urls("apikeys.tests.urls")
def test_without_a_grace_the_old_secret_is_refused_at_once(clock):
    old = make_key("fluxme", resource="acme")
    new = services.roll(key=old.key)
    assert (opens(old.secret), opens(new.secret)) == (False, True)


@pytest.mark.django_db
def test_a_second_roll_in_the_grace_ends_the_oldest_secret(clock):
    first = make_key("fluxme", resource="acme")
    second = services.roll(key=first.key, grace=timedelta(days=7))
    third = services.roll(key=second.key, grace=timedelta(days=1))
    found = [find_key("fluxme", issued.secret) is not None for issued in (first, second, third)]
    assert found == [False, True, True]


@pytest.mark.django_db
def test_a_grace_does_not_outlive_the_keys_own_end(clock):
    old = make_key("fluxme", resource="acme", expires_at=ROLLED_AT + timedelta(days=1))
    services.roll(key=old.key, grace=timedelta(days=7))
    clock(ROLLED_AT + timedelta(days=2))
    assert find_key("fluxme", old.secret) is None


@pytest.mark.django_db
def test_a_secret_that_was_rolled_away_or_revoked_is_not_imported_again(clock):
    old = services.import_key(account=make_account(), product="fluxme", name="a", secret=STRONG, resource="acme")
    new = services.roll(key=old.key, grace=timedelta(days=1))
    clock(ROLLED_AT + timedelta(days=2))
    with pytest.raises(KeyInUse):
        services.roll(key=new.key, secret=STRONG)
    revoked = services.import_key(account=make_account(), product="fluxme", name="b", secret=STRONG[::-1])
    services.revoke(key=revoked.key)
    with pytest.raises(KeyInUse):
        services.import_key(account=make_account(), product="fluxme", name="c", secret=STRONG[::-1])


@pytest.mark.django_db
@pytest.mark.parametrize("graces", [(0,), (1, 0), (1, 1)])
def test_whatever_a_key_once_had_is_not_imported_again(graces):
    key = services.import_key(account=make_account(), product="fluxme", name="a", secret=STRONG).key
    for days in graces:
        key = services.roll(key=key, grace=timedelta(days=days)).key
    services.revoke(key=key)
    for account in (key.account, make_account()):
        with pytest.raises(KeyInUse):
            services.import_key(account=account, product="fluxme", name="b", secret=STRONG)


@pytest.mark.django_db
def test_an_imported_key_has_what_an_issued_one_can_have():
    ends_at = timezone.now() + timedelta(days=1)
    key = services.import_key(
        account=make_account(),
        product="fluxme",
        name="own",
        secret=STRONG,
        scopes={"Listing": ["View"]},
        expires_at=ends_at,
        rate_per_minute=7,
    ).key
    assert (key.scopes, key.expires_at, key.limit_per_minute) == ({"Listing": ["View"]}, ends_at, 7)


@pytest.mark.django_db
@pytest.mark.parametrize("product", ["fluxly", "fluxstore", "fluximage"])
def test_only_providers_make_keys_of_their_own(product):
    with pytest.raises(WeakKey, match="none can be imported"):
        services.import_key(account=make_account(), product=product, name="own", secret=STRONG)


@pytest.mark.django_db
def test_a_key_built_on_the_providers_name_is_refused(named):
    secret = "Gr1dl0ck&Partners//Gridlock&Partners"
    named["acme"] = ["Gridlock & Partners"]
    assert known_words("fluxme", "acme") == ("Gridlock & Partners",)
    with pytest.raises(WeakKey, match="easy to guess"):
        services.import_key(account=make_account(), product="fluxme", name="own", secret=secret, resource="acme")


def test_words_that_are_known_make_a_key_easier_to_guess():
    secret = "xqzvkw-7-jqxzvk-7-xqzvkw-7-jqxzvk-7f"
    assert not strength.is_guessable("mVq8-XqzvkwJqxzvk-9Tb2Lr-XqzvkwJqxzvk")
    assert strength.is_guessable("mVq8-XqzvkwJqxzvk-9Tb2Lr-XqzvkwJqxzvk", "Xqzvkw Jqxzvk")
    assert strength.is_guessable(secret, "xqzvkw", "jqxzvk")


@pytest.mark.parametrize(
    "secret",
    [
        "00000000-0000-0000-0000-000000000000",
        "11111111-2222-3333-4444-555555555555",
        "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        "0123456789abcdef0123456789abcdef",
        "qwertyuiopasdfghjklzxcvbnm1234567890",
        "P@ssw0rdP@ssw0rdP@ssw0rdP@ssw0rd",
        "to-be-or-not-to-be-that-is-the-question",
        "provider-secret-key-do-not-share-2026",
        "aaaaaaaabbbbbbbbccccccccdddddddd",
        "9f86d0819f86d0819f86d0819f86d081",
        "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t-u-v-w-x-y-z",
    ],
)
def test_patterns_repetitions_and_phrases_are_guessable(secret):
    assert strength.is_guessable(secret)


def test_a_random_key_may_have_many_separators():
    assert not strength.is_guessable("VsI-LprybTc-u5-_i_9iG-gd3wwNDCoS")


@given(st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_random_uuids_hex_and_base64_are_never_called_guessable(seed):
    made_up = Random(seed)
    for secret in (
        str(uuid.UUID(bytes=made_up.randbytes(16), version=4)),
        made_up.randbytes(16).hex(),
        made_up.randbytes(32).hex(),
        base64.b64encode(made_up.randbytes(32)).decode(),
        base64.urlsafe_b64encode(made_up.randbytes(24)).decode(),
    ):
        assert not strength.is_guessable(secret, "acme", "Acme Hosting"), secret


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=300))
@settings(max_examples=60, deadline=None)
def test_judging_ends_for_any_visible_text(text):
    assert strength.is_guessable(text, "acme") in {True, False}


@pytest.mark.parametrize("length", [31, 32, 256, 257])
@pytest.mark.django_db
def test_an_imported_key_has_32_to_256_characters(length):
    secret = (secrets.token_hex(128) + "x")[:length]
    if 32 <= length <= 256:
        services.import_key(account=make_account(), product="fluxme", name="own", secret=secret)
        assert find_key("fluxme", secret) is not None
    else:
        with pytest.raises(WeakKey, match="32 to 256"):
            services.import_key(account=make_account(), product="fluxme", name="own", secret=secret)


def test_a_resource_may_have_a_page_for_its_keys(named):
    assert keys_url("fluxme", "acme") == "/mine/acme/"
    assert keys_url("fluxme", "") == "/dashboard/keys/fluxme/"
    assert keys_url("fluxly", "") == "/dashboard/keys/fluxly/"
    assert known_words("fluxly", "") == ()


@pytest.mark.django_db
def test_the_database_refuses_a_key_that_two_looks_let_through(monkeypatch):
    services.import_key(account=make_account(), product="fluxme", name="a", secret=STRONG)
    # As if both had looked before either wrote.
    monkeypatch.setattr(services, "check_secret", lambda **given: tokens.parse(given["product"], given["secret"]))
    with pytest.raises(KeyInUse):
        services.import_key(account=make_account(), product="fluxme", name="b", secret=STRONG)
    with pytest.raises(KeyInUse):
        services.roll(key=make_key("fluxme", resource="acme").key, secret=STRONG)


def test_a_form_that_is_bound_to_a_resource_does_not_ask_for_it():
    form = KeyForm(product="fluxme", resources=["acme"], bound_to="acme")
    assert form["resource"].is_hidden
    assert form["resource"].value() == "acme"
    assert [field.name for field in form.plain_fields()] == ["name", "expires_on"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_roll", [True, False])
def test_of_two_imports_of_one_key_at_the_same_moment_one_is_refused(is_roll, monkeypatch):
    keys = [make_key("fluxme", resource=f"p{n}").key for n in range(2)]
    barrier, outcomes = threading.Barrier(2), list[str]()
    judge = strength.is_guessable

    def together(*args):
        # Both have been judged before either looks whether the key is taken.
        barrier.wait()
        return judge(*args)

    monkeypatch.setattr(strength, "is_guessable", together)

    def attempt(key: ApiKey) -> None:
        try:
            if is_roll:
                services.roll(key=key, secret=STRONG)
            else:
                services.import_key(account=key.account, product="fluxme", name="own", secret=STRONG)
            outcomes.append("taken")
        except KeyInUse:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "taken"]
