import io

import pytest
from django.core.management import CommandError, call_command

from accounts.tests.factories import make_account
from apikeys.lookup import find_key
from plans.services import set_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo():
    account = make_account(slug="demo")
    set_plan(account=account, product="fluxly", plan="full_stack")
    return account


def issue(capsys, **options):
    call_command("issue_key", **options)
    return capsys.readouterr().out.splitlines()[-1]


def test_the_last_line_is_the_key_alone(demo, capsys):
    secret = issue(capsys, product="fluxly")
    key = find_key("fluxly", secret)
    assert key is not None
    assert key.account == demo


def test_scopes_rate_and_expiry_are_taken(demo, capsys):
    secret = issue(capsys, product="fluxly", scopes='{"Links": ["View"]}', rate_per_minute=7, expires="2999-01-01")
    key = find_key("fluxly", secret)
    assert key is not None
    assert (key.scopes, key.limit_per_minute) == ({"Links": ["View"]}, 7)
    assert key.expires_at is not None
    assert key.expires_at.isoformat() == "2999-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"account": "nobody"}, "no account 'nobody'"),
        ({"scopes": "{"}, "not JSON"),
        ({"scopes": '{"Links": ["Fly"]}'}, "'Fly' is not one of"),
        ({"scopes": '{"Nothing": ["View"]}'}, "unknown area"),
        ({"scopes": '{"Links": []}'}, "at least one"),
        ({"scopes": "[]"}, "must be an object"),
        ({"expires": "tomorrow"}, "not an ISO 8601"),
        ({"expires": "2001-01-01"}, "in the future"),
        ({"rate_per_minute": 0}, "at least 1"),
        ({"rate_per_minute": 2**31}, "below"),
        ({"name": ""}, "1 to 80 characters"),
        ({"expires": ""}, "not an ISO 8601"),
    ],
)
def test_a_mistake_is_one_clear_sentence(demo, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("issue_key", **({"product": "fluxly"} | options))


def test_a_store_key_needs_a_store_of_the_account(demo):
    with pytest.raises(CommandError, match="has no fluxstore resource"):
        call_command("issue_key", product="fluxstore", resource="zz99zz99")


def test_a_resource_of_the_account_is_bound_to_the_key(demo, capsys, owned):
    owned["fluxme"] = ["first", "second"]
    key = find_key("fluxme", issue(capsys, product="fluxme", resource="second"))
    assert key is not None
    assert key.resource == "second"


def test_a_key_that_its_user_made_is_read_from_standard_input_and_not_printed(demo, capsys, owned, monkeypatch):
    owned["fluxme"] = ["acme"]
    secret = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
    monkeypatch.setattr("sys.stdin", io.StringIO(secret + "\n"))
    call_command("issue_key", "--import", product="fluxme")
    key = find_key("fluxme", secret)
    assert key is not None
    assert (key.resource, key.is_operator_issued) == ("acme", True)
    printed = capsys.readouterr()
    assert secret not in printed.out + printed.err


def test_a_weak_key_from_standard_input_is_refused(demo, owned, monkeypatch):
    owned["fluxme"] = ["acme"]
    monkeypatch.setattr("sys.stdin", io.StringIO("a" * 40))
    with pytest.raises(CommandError, match="too easy to guess"):
        call_command("issue_key", "--import", product="fluxme")
