"""People at the API's door: a token from the app's sign-in opens it, until they sign out."""

import base64
import time
from typing import Any

import jwt
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.contrib.auth.hashers import identify_hasher
from django.test import Client

from accounts.models import Membership, Role, User
from accounts.tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("accounts.tests.urls")]
APP = "/_allauth/app/v1"
PASSWORD = "correct horse"
REFUSAL: dict[str, Any] = {"success": False, "data": None, "message": "Missing or invalid API key.", "errors": []}


def make_person(**overrides: Any) -> User:
    """Return a person whose address is confirmed."""
    user = make_user(**overrides)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(user: User, *, password: str = PASSWORD) -> dict[str, Any]:
    """Sign in as the app does; return the meta data of the answer."""
    body = {"email": user.email, "password": password}
    answer = Client().post(f"{APP}/auth/login", body, content_type="application/json").json()
    return answer.get("meta", {})


def ask(authorization: str | None, **headers: str) -> Any:
    if authorization is not None:
        headers["HTTP_AUTHORIZATION"] = authorization
    return Client().get("/api/stores/who", **headers)  # type: ignore[arg-type]  # header names


def test_the_token_of_a_sign_in_opens_the_door():
    user = make_person()
    answer = ask(f"Bearer {sign_in(user)['access_token']}")
    assert answer.status_code == 200
    assert answer.json()["data"] == {"email": user.email, "use": "access"}


@pytest.mark.parametrize("scheme", ["bearer ", "BEARER ", "Bearer   "])
def test_the_scheme_is_read_in_any_case(scheme):
    assert ask(scheme + sign_in(make_person())["access_token"]).status_code == 200


def test_signing_out_ends_the_token_at_once():
    token = sign_in(make_person())["access_token"]
    signed_out = Client().delete(f"{APP}/auth/session", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert signed_out.status_code == 401  # allauth's way to say: not signed in any more
    assert ask(f"Bearer {token}").status_code == 401


def test_signing_out_ends_the_tokens_of_that_sign_in_only():
    user = make_person()
    first, second = sign_in(user)["access_token"], sign_in(user)["access_token"]
    Client().delete(f"{APP}/auth/session", HTTP_AUTHORIZATION=f"Bearer {first}")
    assert ask(f"Bearer {second}").status_code == 200


def test_a_person_who_was_deactivated_is_refused():
    user = make_person()
    token = sign_in(user)["access_token"]
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert ask(f"Bearer {token}").json() == REFUSAL


def test_a_person_who_was_deleted_is_refused():
    user = make_person()
    token = sign_in(user)["access_token"]
    user.delete()
    assert ask(f"Bearer {token}").status_code == 401


def test_a_changed_password_ends_the_token():
    user = make_person()
    token = sign_in(user)["access_token"]
    user.set_password("another horse")
    user.save()
    assert ask(f"Bearer {token}").status_code == 401


def test_a_token_to_refresh_with_does_not_open_the_door():
    assert ask(f"Bearer {sign_in(make_person())['refresh_token']}").status_code == 401


def forge(token: str, key: str | None = None, **claims: Any) -> str:
    """Return the token with other claims, signed with our key or another."""
    payload = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(payload | claims, key or django_settings.SECRET_KEY, algorithm="HS256")


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "somebody else's key, which is long enough"},
        {"exp": int(time.time()) - 1},
        {"sub": "999999"},
        {"sub": 1},
        {"sid": "AAAA"},
        {"sid": "not base64!"},
        {"token_use": "refresh"},
        {"jti": None},
    ],
)
def test_a_token_that_was_tampered_with_or_is_over_is_refused(changes):
    token = sign_in(make_person())["access_token"]
    assert ask(f"Bearer {forge(token)}").status_code == 200
    assert ask(f"Bearer {forge(token, **changes)}").json() == REFUSAL


def test_an_unsigned_token_is_refused():
    _, claims, _ = sign_in(make_person())["access_token"].split(".")
    header = base64.urlsafe_b64encode(b'{"alg": "none", "typ": "JWT"}').decode().rstrip("=")
    assert ask(f"Bearer {header}.{claims}.").status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer é",
        "Bearer flx_abcd1234_0123456789ABCDEFGHIJKLMNOPQRSTUV",
        "Bearer fluxly_live_0123456789ABCDEFGHIJKLMNO",
        "Basic dXNlcjpjb3JyZWN0IGhvcnNl",
        "Bearer " + "a" * 100_000,
    ],
)
def test_anything_else_is_refused_with_one_body_and_a_challenge(authorization):
    answer = ask(authorization)
    assert (answer.status_code, answer.json()) == (401, REFUSAL)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_an_api_key_in_its_own_header_is_refused_where_people_enter():
    assert ask(None, HTTP_X_API_KEY="flx_abcd1234_0123456789ABCDEFGHIJKLMNOPQRSTUV").status_code == 401


def test_a_browsers_session_is_no_token():
    client = Client()
    client.force_login(make_person())
    assert client.get("/api/stores/who").status_code == 401


def test_a_wrong_password_gives_no_token():
    assert "access_token" not in sign_in(make_person(), password="wrong horse")


def test_an_address_that_was_not_confirmed_gives_no_token():
    assert "access_token" not in sign_in(make_user())


# --- Signing up ---------------------------------------------------------------------------------------


def sign_up(email: str, *, password: str = PASSWORD) -> Any:
    return Client().post(
        f"{APP}/auth/signup", {"email": email, "password": password}, content_type="application/json"
    )


def test_whoever_signs_up_by_the_app_has_an_account_of_their_own():
    assert sign_up("Grace.Hopper@Example.test").status_code == 401  # the address is to be confirmed first
    user = User.objects.get(email="grace.hopper@example.test")
    membership = Membership.objects.get(user=user)
    assert (membership.role, membership.account.name) == (Role.OWNER, "grace.hopper")
    assert membership.account.slug.startswith("gracehopper-")


def test_signing_up_twice_tells_nobody_and_makes_nothing():
    first = sign_up("grace@example.test")
    second = sign_up("GRACE@example.test")
    assert (second.status_code, second.json()["data"]) == (first.status_code, first.json()["data"])
    assert (User.objects.count(), Membership.objects.count()) == (1, 1)


@pytest.mark.parametrize("password", ["short", "password1234"])
def test_a_weak_password_makes_nothing(password):
    assert sign_up("grace@example.test", password=password).status_code == 400
    assert not User.objects.exists()


@pytest.mark.usefixtures("platforms_hashing")
def test_passwords_are_hashed_with_argon2id_at_the_cost_of_owasps_first_recommendation():
    encoded = make_user().password
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert not identify_hasher(encoded).must_update(encoded)
