"""What staff do with a provider's keys: import, roll with a grace, revoke, and tell the account."""

import re
from datetime import timedelta
from html import unescape
from smtplib import SMTPServerDisconnected

import pytest
from django.contrib.auth.models import Permission
from django.core import mail as outbox
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import member_of, signed_in
from apikeys import mails, services
from apikeys.lookup import find_key
from apikeys.models import ApiKey
from apikeys.tests.factories import make_key
from apikeys.tests.pages import secret_in
from apikeys.tests.test_admin import issue_form, staff
from audit.models import AuditEvent

pytestmark = pytest.mark.django_db
STRONG = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
OTHER = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="
ADD = "/admin/apikeys/apikey/add/"


@pytest.fixture
def account(owned):
    """An account that runs the provider `acme`."""
    owned["fluxme"] = ["acme"]
    return make_account(owner=make_user(email="owner@example.test"))


@pytest.fixture
def key(account):
    return make_key("fluxme", account=account, resource="acme").key


def imported(account, secret=STRONG, **overrides):
    return staff().post(
        ADD, issue_form(account, product="fluxme", resource="acme", own_secret=secret, **overrides)
    )


def act(key, verb, client=None, **fields):
    data = {"confirmed": "1", "version": key.version, "reason": "Leaked"} | fields
    return (client or staff()).post(f"/admin/apikeys/apikey/{key.pk}/{verb}/", data)


def mail_in(answer):
    match = re.search(r'<textarea id="mail"[^>]*>(.*?)</textarea>', answer.content.decode(), re.DOTALL)
    assert match, answer.content.decode()
    return unescape(match[1])


def events():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_an_imported_key_opens_the_door_and_is_shown_nowhere(account):
    answer = imported(account)
    found = find_key("fluxme", STRONG)
    assert found is not None
    assert (found.resource, found.account) == ("acme", account)
    assert STRONG not in answer.content.decode()
    assert "api_key.imported" in events()
    assert STRONG not in str(list(AuditEvent.objects.values()))


def test_the_form_says_beside_the_field_why_a_key_is_not_imported(account):
    page = imported(account, "a" * 40).content.decode()
    assert "too easy to guess" in page
    assert "a" * 40 not in page
    assert not ApiKey.objects.exists()


def test_a_key_of_another_product_is_not_imported(account):
    answer = staff().post(ADD, issue_form(account, product="fluxly", own_secret=STRONG))
    assert "none can be imported" in answer.content.decode()


def test_a_key_that_is_taken_is_refused_without_a_word_about_its_owner(account, owned):
    other = make_account(name="Quite Another Company")
    services.import_key(account=other, product="fluxme", name="theirs", secret=STRONG, resource="rival")
    page = imported(account).content.decode()
    assert "in use already" in page
    assert not re.search("rival|Quite Another", page.split("<form", 1)[1])


def test_a_secret_of_ours_is_on_the_page_and_not_in_the_mail(account):
    answer = staff().post(ADD, issue_form(account, product="fluxme", resource="acme"))
    secret = secret_in(answer)
    text = mail_in(answer)
    assert find_key("fluxme", secret) is not None
    assert secret not in text
    assert "for acme" in text
    assert "/dashboard/" in text


def test_the_mail_about_an_imported_key_does_not_hold_it(account):
    text = mail_in(imported(account))
    assert "is imported" in text
    assert STRONG not in text


def test_a_roll_with_a_grace_names_its_end_in_the_mail(key):
    answer = act(key, "roll", grace_days=3)
    key.refresh_from_db()
    assert key.grace_until is not None
    assert timedelta(days=3) - (key.grace_until - timezone.now()) < timedelta(minutes=1)
    assert f"{key.grace_until:%H:%M:%S} UTC" in mail_in(answer)
    assert find_key("fluxme", secret_in(answer)) == key


def test_a_roll_has_no_grace_unless_staff_give_one(key):
    assert "stopped working at once" in mail_in(act(key, "roll"))
    key.refresh_from_db()
    assert (key.grace_until, key.previous_digest) == (None, None)


@pytest.mark.parametrize("days", ["-1", "8", "x"])
def test_a_grace_is_0_to_7_days(key, days):
    assert act(key, "roll", grace_days=days).status_code == 400
    assert ApiKey.objects.get().version == key.version


def test_a_roll_takes_the_key_that_the_provider_made(key):
    answer = act(key, "roll", own_secret=STRONG, grace_days=7)
    assert find_key("fluxme", STRONG) == key
    assert STRONG not in answer.content.decode()
    assert "takes the place of the one before" in mail_in(answer)
    assert AuditEvent.objects.get(action="api_key.rolled").data["is_imported"] is True


def test_a_weak_key_does_not_replace_a_strong_one(key):
    assert (
        "too easy to guess" in act(key, "roll", own_secret="acme-acme-acme-acme-acme-acme-acme").content.decode()
    )
    assert ApiKey.objects.get().digest == key.digest


def test_of_two_rolls_from_the_same_page_the_second_is_refused(key):
    client = staff()
    assert act(key, "roll", client).status_code == 200
    second = act(key, "roll", client)
    assert second.status_code == 400
    assert "changed in the meantime" in second.content.decode()


def test_a_revoked_key_is_refused_by_the_next_request_and_offers_nothing_more(account):
    issued = make_key("fluxme", account=account, resource="acme")
    assert act(issued.key, "revoke", reason="").status_code == 400
    assert find_key("fluxme", issued.secret) is not None
    text = mail_in(act(issued.key, "revoke"))
    assert "was revoked" in text
    assert AuditEvent.objects.get(action="api_key.revoked").data["reason"] == "Leaked"
    assert find_key("fluxme", issued.secret) is None
    for verb in ("roll", "revoke"):
        assert act(issued.key, verb).status_code == 403
    page = staff().get(f"/admin/apikeys/apikey/{issued.key.pk}/change/").content.decode()
    assert "/roll/" not in page


def test_staff_are_asked_before_a_key_is_rolled_or_revoked(key):
    client = staff()
    page = client.get(f"/admin/apikeys/apikey/{key.pk}/change/").content.decode()
    for verb in ("roll", "revoke"):
        address = f"/admin/apikeys/apikey/{key.pk}/{verb}/"
        assert address in page
        assert key.hint in client.get(address).content.decode()
    assert client.get("/admin/apikeys/apikey/nonsense/roll/").status_code == 403
    assert ApiKey.objects.get().version == key.version


@pytest.mark.parametrize("verb", ["roll", "revoke"])
def test_those_who_may_only_look_at_keys_change_none(key, verb):
    looking = make_user(is_staff=True)
    looking.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    assert act(key, verb, signed_in(looking)).status_code == 403
    assert ApiKey.objects.get().version == key.version


@pytest.mark.django_db(transaction=True)
def test_the_mail_goes_to_those_who_manage_the_account_when_staff_tick_it(account):
    admin, member = member_of(account, Role.ADMIN), member_of(account)
    answer = imported(account, send_mail="on")
    assert [message.to for message in outbox.outbox] == [["owner@example.test"], [admin.email]]
    assert {message.body for message in outbox.outbox} == {mail_in(answer)}
    assert "Sent to owner@example.test" in answer.content.decode()
    assert member.email not in answer.content.decode()
    assert "api_key.mail_sent" in events()


def test_no_mail_is_sent_unless_staff_tick_it(account, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        page = imported(account).content.decode()
    assert outbox.outbox == []
    assert "Not sent. It would go to owner@example.test" in page
    assert "api_key.mail_sent" not in events()


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_fails_does_not_take_the_key_back(account, monkeypatch):
    def fail(*args, **kwargs):
        raise SMTPServerDisconnected

    monkeypatch.setattr(mails, "send_mail", fail)
    answer = imported(account, send_mail="on")
    assert "did not take it" in answer.content.decode()
    assert find_key("fluxme", STRONG) is not None


@pytest.mark.django_db(transaction=True)
def test_an_account_that_nobody_manages_gets_no_mail(account):
    account.memberships.all().delete()
    assert "nobody manages this account" in imported(account, send_mail="on").content.decode()
    assert outbox.outbox == []
