"""The API keys of a store in its admin: Configuration › API keys."""

import pytest
from django.contrib.sessions.models import Session

from accounts.tests.factories import make_account
from accounts.tests.pages import outside_addresses, owner_of, signed_in
from apikeys.models import ApiKey
from apikeys.tests.factories import client_for, make_key
from apikeys.tests.pages import secret_in
from audit.models import AuditEvent
from plans.services import set_plan
from store.tests.factories import make_store
from store.tests.team import EDIT, ORDERS, PII, REFUNDS, make_member

pytestmark = pytest.mark.django_db
KEYS = "/store-admin/api-keys/"
WANTED = {"name": "Panel", "scopes": ["Packages:View", "Packages:Edit", "Orders:View"], "expires_on": ""}


@pytest.fixture
def store():
    account = make_account()
    set_plan(account=account, product="fluxstore", plan="pro")
    return make_store(account=account)


@pytest.fixture
def editor(store):
    return make_member(store, EDIT)


@pytest.fixture
def browser(editor):
    return signed_in(editor)


def key_of(store, **overrides):
    return make_key("fluxstore", account=store.account, resource=store.store_id, **overrides)


def key_url(key, verb):
    return f"{KEYS}{key.pk}/{verb}/"


def make(browser, store, **changes):
    return browser.post(KEYS, WANTED | {"resource": store.store_id} | changes)


def test_a_member_with_stores_edit_makes_a_key_that_is_shown_once(store, editor, browser):
    answer = make(browser, store)
    secret = secret_in(answer)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert outside_addresses(answer.content.decode()) == []
    key = ApiKey.objects.get()
    assert (key.resource, key.account, key.created_by) == (store.store_id, store.account, editor)
    assert key.scopes == {"Packages": ["View", "Edit"], "Orders": ["View"]}
    assert client_for(secret, header="x-api-key").get("/api/v1/packages").status_code == 200

    hidden = secret.rpartition("_")[2]
    listed = browser.get(KEYS)
    assert "Panel" in listed.content.decode()
    pages = [listed, browser.get(key_url(key, "regenerate")), browser.get("/store-admin/")]
    kept = [page.content.decode() for page in pages]
    kept += [str(event.data) for event in AuditEvent.objects.all()]
    kept += [str(session.get_decoded()) for session in Session.objects.all()]
    assert not [text for text in kept if hidden in text]


def test_the_grid_offers_what_the_matrix_allows(store, browser):
    page = browser.get(KEYS).content.decode()
    assert 'value="Packages:Delete"' in page
    assert 'value="Orders:Edit"' in page
    assert 'value="Orders:Delete"' not in page
    assert 'value="Customers:Edit"' not in page
    assert "checked" not in page.partition('id="permissions"')[2]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scopes": []}, "Tick at least one permission."),
        ({"scopes": ["Orders:Delete"]}, "Select a valid choice."),
        ({"scopes": ["Servers:View"]}, "Select a valid choice."),
        ({"name": ""}, "This field is required."),
        ({"expires_on": "2020-01-01"}, "This day is over."),
        ({"resource": "another1"}, "You chose another store meanwhile"),
        ({"resource": ""}, "You chose another store meanwhile"),
    ],
)
def test_a_key_outside_the_rules_is_not_made(store, browser, changes, sentence):
    answer = make(browser, store, **changes)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_regenerated_key_has_a_new_secret_and_the_old_one_ends(store, browser):
    issued = key_of(store, scopes={"Packages": ["View"]})
    assert "stops working at once" in browser.get(key_url(issued.key, "regenerate")).content.decode()
    secret = secret_in(browser.post(key_url(issued.key, "regenerate"), {"version": issued.key.version}))
    statuses = [client_for(one).get("/api/v1/packages").status_code for one in (issued.secret, secret)]
    assert statuses == [401, 200]
    # Asked about an older secret, it refuses: the person has not seen this one.
    again = browser.post(key_url(issued.key, "regenerate"), {"version": issued.key.version})
    assert again.status_code == 409


def test_a_revoked_key_stays_listed_and_opens_nothing(store, editor, browser):
    issued = key_of(store)
    assert "cannot be brought back" in browser.get(key_url(issued.key, "revoke")).content.decode()
    answer = browser.post(key_url(issued.key, "revoke"))
    assert (answer.status_code, answer["Location"]) == (302, KEYS)
    assert "Revoked" in browser.get(KEYS).content.decode()
    assert client_for(issued.secret).get("/api/v1/packages").status_code == 401
    assert AuditEvent.objects.get(action="api_key.revoked").actor == f"user:{editor.pk}"
    assert browser.get(key_url(issued.key, "regenerate")).status_code == 409


def test_without_pro_no_key_is_made_and_the_page_says_why(store, browser):
    key = key_of(store).key
    set_plan(account=store.account, product="fluxstore", plan="free")
    page = browser.get(KEYS).content.decode()
    assert "API keys need the Pro plan" in page
    assert "Waits for Pro" in page
    assert 'name="scopes"' not in page
    assert make(browser, store).status_code == 403
    assert ApiKey.objects.count() == 1
    assert browser.post(key_url(key, "revoke")).status_code == 302


def test_who_lacks_stores_edit_sees_no_keys(store):
    key = key_of(store).key
    for person in (make_member(store, ORDERS, REFUNDS, PII), owner_of(make_store().account)):
        browser = signed_in(person)
        answers = [make(browser, store), browser.get(key_url(key, "revoke")), browser.post(key_url(key, "revoke"))]
        answers.append(browser.post(key_url(key, "regenerate"), {"version": key.version}))
        assert {answer.status_code for answer in answers} <= {400, 403, 404}
        assert key.hint not in browser.get(KEYS).content.decode()
    key.refresh_from_db()
    assert (key.version, key.revoked_at) == (1, None)
    assert ApiKey.objects.count() == 1


def test_keys_of_another_store_are_not_there_even_in_one_account(store, browser):
    others = [key_of(make_store(account=store.account)).key, key_of(make_store()).key]
    page = browser.get(KEYS).content.decode()
    for key in others:
        assert key.hint not in page
        assert browser.get(key_url(key, "revoke")).status_code == 404
        assert browser.post(key_url(key, "revoke")).status_code == 404
        assert browser.post(key_url(key, "regenerate"), {"version": 1}).status_code == 404
    assert not ApiKey.objects.exclude(version=1, revoked_at=None).exists()
