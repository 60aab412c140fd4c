from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_account
from accounts.tests.pages import member_of, owner_of, signed_in
from apikeys import tokens
from apikeys.models import ApiKey
from apikeys.tests.factories import make_key
from apikeys.tests.pages import key_url, keys_url, secret_in
from audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_rolling_warns_first_and_then_shows_the_new_secret_once():
    account = make_account()
    issued = make_key("fluximage", account=account, by_operator=False)
    client = signed_in(owner_of(account))
    page = client.get(key_url(issued.key, "roll")).content.decode()
    assert "instantly invalidates the existing key" in page
    assert 'name="version" value="1"' in page
    answer = client.post(key_url(issued.key, "roll"), {"version": 1})
    secret = secret_in(answer)
    assert "no-store" in answer["Cache-Control"]
    assert secret != issued.secret
    key = ApiKey.objects.get()
    assert (key.digest, key.previous_digest, key.version) == (tokens.digest_of(secret), None, 2)
    assert secret not in client.get(keys_url("fluximage")).content.decode()


def test_of_two_rolls_from_the_same_page_the_second_loses():
    account = make_account()
    key = make_key("fluxly", account=account).key
    owner = signed_in(owner_of(account))
    admin = signed_in(member_of(account, Role.ADMIN))
    version = {"version": key.version}
    first = secret_in(owner.post(key_url(key, "roll"), version))
    second = admin.post(key_url(key, "roll"), version)
    assert second.status_code == 409
    assert "This key was changed in the meantime." in second.content.decode()
    assert ApiKey.objects.get().digest == tokens.digest_of(first)


@pytest.mark.parametrize("version", ["", "x", "0", "-1", str(2**40)])
def test_a_roll_without_a_sound_version_changes_nothing(version):
    account = make_account()
    issued = make_key("fluxly", account=account)
    answer = signed_in(owner_of(account)).post(key_url(issued.key, "roll"), {"version": version})
    assert answer.status_code == 400
    assert ApiKey.objects.get().digest == tokens.digest_of(issued.secret)


def test_a_fluxme_key_may_be_rolled_with_days_of_grace():
    account = make_account()
    issued = make_key("fluxme", account=account, resource="acme")
    client = signed_in(owner_of(account))
    assert "grace_days" in client.get(key_url(issued.key, "roll")).content.decode()
    assert client.post(key_url(issued.key, "roll"), {"version": 1, "grace_days": 8}).status_code == 400
    answer = client.post(key_url(issued.key, "roll"), {"version": 1, "grace_days": 7})
    assert "The old secret works until" in answer.content.decode()
    key = ApiKey.objects.get()
    assert key.previous_digest == tokens.digest_of(issued.secret)
    assert key.grace_until is not None
    assert timedelta(days=6.9) < key.grace_until - timezone.now() <= timedelta(days=7)


def test_other_products_give_no_grace():
    account = make_account()
    issued = make_key("fluxly", account=account)
    client = signed_in(owner_of(account))
    assert "grace_days" not in client.get(key_url(issued.key, "roll")).content.decode()
    secret_in(client.post(key_url(issued.key, "roll"), {"version": 1, "grace_days": 7}))
    assert ApiKey.objects.get().previous_digest is None


def test_revoking_asks_first_and_is_final():
    account = make_account()
    key = make_key("fluxly", account=account).key
    client = signed_in(owner_of(account))
    assert "cannot be brought back" in client.get(key_url(key, "revoke")).content.decode()
    assert not ApiKey.objects.get().revoked_at
    for _ in range(2):
        assert client.post(key_url(key, "revoke"))["Location"] == keys_url()
    assert ApiKey.objects.get().revoked_at
    assert AuditEvent.objects.filter(action="api_key.revoked").count() == 1
    assert client.get(key_url(key, "roll")).status_code == 409
    assert client.post(key_url(key, "roll"), {"version": 2}).status_code == 409
