import pytest
from django.core.management import CommandError, call_command

from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import signed_in
from apikeys import tokens
from apikeys.models import ApiKey
from apikeys.resources import bound_resources
from apikeys.tests.factories import make_key
from apikeys.tests.pages import secret_in
from audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_products_without_bound_keys_have_no_resources(owned):
    account = make_account()
    owned["fluxme"] = ["acme"]
    assert bound_resources("fluxly", account) is None
    assert bound_resources("fluxme", account) == ["acme"]
    assert bound_resources("fluxstore", account) == []


def test_the_shell_command_binds_to_the_first_resource_or_refuses(owned, capsys):
    account = make_account(slug="acme")
    owned["fluxme"] = ["first", "second"]
    call_command("issue_key", product="fluxme", account="acme")
    assert ApiKey.objects.get().resource == "first"
    call_command("issue_key", product="fluxly", account="acme")
    with pytest.raises(CommandError, match="has no fluxstore resource"):
        call_command("issue_key", product="fluxstore", account="acme")
    with pytest.raises(CommandError, match="has no fluxme resource third"):
        call_command("issue_key", product="fluxme", account="acme", resource="third")
    assert account.api_keys.count() == 2


def staff():
    return signed_in(make_user(is_staff=True, is_superuser=True))


def issue_form(account, **overrides):
    fields = {"account": account.pk, "product": "fluxly", "resource": "", "name": "By staff"}
    return fields | {"expires_at_0": "", "expires_at_1": "", "rate_per_minute": ""} | overrides


def test_staff_see_keys_without_digests_and_do_not_edit_them():
    issued = make_key("fluxly")
    client = staff()
    listed = client.get("/admin/apikeys/apikey/").content.decode()
    page = client.get(f"/admin/apikeys/apikey/{issued.key.pk}/change/").content.decode()
    assert issued.key.hint in listed
    assert issued.key.hint in page
    assert issued.key.digest not in listed + page
    assert client.post(f"/admin/apikeys/apikey/{issued.key.pk}/change/", {"name": "x"}).status_code == 403
    assert client.post(f"/admin/apikeys/apikey/{issued.key.pk}/delete/", {"post": "yes"}).status_code == 403


def test_staff_issue_a_key_that_is_shown_once():
    account, client = make_account(), staff()
    assert client.get("/admin/apikeys/apikey/add/").status_code == 200
    answer = client.post("/admin/apikeys/apikey/add/", issue_form(account))
    secret = secret_in(answer)
    assert "no-store" in answer["Cache-Control"]
    key = ApiKey.objects.get()
    assert key.digest == tokens.digest_of(secret)
    assert key.is_operator_issued
    assert AuditEvent.objects.filter(action="api_key.issued", account_id=account.pk).count() == 1
    assert secret not in client.get(f"/admin/apikeys/apikey/{key.pk}/change/").content.decode()


def test_staff_bind_keys_only_to_what_the_account_owns(owned):
    account, client = make_account(), staff()
    owned["fluxme"] = ["acme"]
    for product, resource in (("fluxme", "foreign"), ("fluxme", ""), ("fluxly", "acme")):
        answer = client.post("/admin/apikeys/apikey/add/", issue_form(account, product=product, resource=resource))
        assert answer.status_code == 200
    assert client.post("/admin/apikeys/apikey/add/", issue_form(account) | {"account": ""}).status_code == 200
    assert not ApiKey.objects.exists()
    assert secret_in(
        client.post("/admin/apikeys/apikey/add/", issue_form(account, product="fluxme", resource="acme"))
    )


def test_an_expiry_in_the_past_comes_back_as_a_message():
    account, client = make_account(), staff()
    data = issue_form(account, expires_at_0="2020-01-01", expires_at_1="00:00:00")
    page = client.post("/admin/apikeys/apikey/add/", data, follow=True)
    assert "must be in the future" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_staff_revoke_keys_through_the_service_and_say_why():
    keys, client = [make_key("fluxly").key for _ in range(2)], staff()
    data = {"action": "revoke_keys", "_selected_action": [str(key.pk) for key in keys]}
    asked = client.post("/admin/apikeys/apikey/", data)
    assert all(key.hint in asked.content.decode() for key in keys)
    assert client.post("/admin/apikeys/apikey/", data | {"confirmed": "1", "reason": " "}).status_code == 400
    assert ApiKey.objects.filter(revoked_at__isnull=True).count() == 2
    told = data | {"confirmed": "1", "reason": "Leaked in a paste"}
    assert client.post("/admin/apikeys/apikey/", told).status_code == 302
    assert not ApiKey.objects.filter(revoked_at__isnull=True).exists()
    events = AuditEvent.objects.filter(action="api_key.revoked")
    assert [event.data["reason"] for event in events] == ["Leaked in a paste"] * 2
