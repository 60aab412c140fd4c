"""The team and the settings of a store in its admin."""

import pytest
from django.core.cache import cache

from accounts.member_pages import INVITATIONS_PER_HOUR
from accounts.tests.factories import make_user
from accounts.tests.pages import owner_of, signed_in
from apikeys.tests.factories import make_key
from audit.models import AuditEvent
from store.models import StoreMember
from store.tests.factories import make_store
from store.tests.team import EDIT, NAMES, ORDERS, PII, make_member

pytestmark = pytest.mark.django_db
MEMBERS, SETTINGS = "/store-admin/store/storemember/", "/store-admin/settings/"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def store():
    return make_store(name="Alpha")


@pytest.fixture
def browser(store):
    return signed_in(owner_of(store.account))


def member_url(user, verb="change"):
    return f"{MEMBERS}{StoreMember.objects.get(user=user).pk}/{verb}/"


def add(browser, email, *permissions, **more):
    return browser.post(f"{MEMBERS}add/", {"email": email, "permissions": permissions} | more)


def test_a_person_is_added_changed_and_taken_out(store, browser):
    new = make_user(email="new@example.test")
    form = browser.get(f"{MEMBERS}add/").content.decode()
    assert all(f'value="{name}"' in form for name in NAMES)
    assert add(browser, "New@example.test", ORDERS).status_code == 302
    assert "new@example.test" in browser.get(MEMBERS).content.decode()
    browser.post(member_url(new), {"permissions": [EDIT, PII]})
    assert StoreMember.objects.get().permissions == ["Stores:Edit", "Show Customer PII"]
    # Nothing ticked is nothing allowed.
    browser.post(member_url(new), {})
    assert StoreMember.objects.get().permissions == []
    assert (
        "store_member" not in browser.get(member_url(new, "history")).content.decode().lower().split("<table")[0]
    )
    browser.post(member_url(new, "delete"), {"post": "yes"})
    assert not StoreMember.objects.exists()
    actions = AuditEvent.objects.filter(action__startswith="store_member.").values_list("action", "actor")
    assert [action for action, _ in actions.order_by("id")] == [
        "store_member.added",
        "store_member.permissions_changed",
        "store_member.permissions_changed",
        "store_member.removed",
    ]
    assert {actor for _, actor in actions} == {f"user:{owner_of(store.account).pk}"}


@pytest.mark.parametrize(
    ("email", "permissions", "sentence"),
    [
        ("nobody@example.test", [], "sk them to sign up first"),
        ("there@example.test", [], "works in the store already"),
        ("free@example.test", ["Root"], "Select a valid choice"),
        ("no address", [], "valid email address"),
    ],
)
def test_who_cannot_be_added_is_said_in_the_form(store, browser, email, permissions, sentence):
    make_user(email="free@example.test")
    make_member(store, user=make_user(email="there@example.test"))
    answer = add(browser, email, *permissions)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert StoreMember.objects.count() == 1


def test_addresses_are_not_tried_out_at_speed(store, browser):
    for number in range(INVITATIONS_PER_HOUR):
        add(browser, f"guess{number}@example.test")
    known = make_user()
    assert "Too many invitations" in add(browser, known.email).content.decode()
    # The account's own page counts with it.
    assert browser.post("/dashboard/members/", {"email": known.email, "role": "member"}).status_code == 429
    assert not StoreMember.objects.exists()


def test_nobody_raises_themselves_nor_a_friend(store):
    editor, friend = make_member(store, EDIT), make_user()
    browser = signed_in(editor)
    raised = browser.post(member_url(editor), {"permissions": [EDIT, PII]})
    assert "permissions that you hold yourself" in raised.content.decode()
    assert "permissions that you hold yourself" in add(browser, friend.email, PII).content.decode()
    # Fields that the form does not have change nothing.
    other, second = make_member(store), make_store()
    foreign = owner_of(second.account)
    posted = {"permissions": [EDIT], "user": foreign.pk, "store": second.pk, "id": 1}
    browser.post(member_url(other), posted)
    rows = dict(StoreMember.objects.values_list("user", "permissions"))
    assert rows == {editor.pk: ["Stores:Edit"], other.pk: ["Stores:Edit"]}
    assert StoreMember.objects.filter(store=store).count() == 2


def test_who_does_not_manage_the_team_looks_and_leaves(store):
    seller, other = make_member(store, ORDERS), make_member(store)
    browser = signed_in(seller)
    assert browser.get(MEMBERS).status_code == 200
    assert browser.get(f"{MEMBERS}add/").status_code == 403
    assert add(browser, make_user().email).status_code == 403
    assert browser.post(member_url(other), {"permissions": [ORDERS]}).status_code == 403
    assert browser.post(member_url(other, "delete"), {"post": "yes"}).status_code == 403
    chosen = {
        "action": "delete_selected",
        "_selected_action": [StoreMember.objects.get(user=other).pk],
        "post": "y",
    }
    browser.post(MEMBERS, chosen)
    assert StoreMember.objects.count() == 2
    assert browser.get(SETTINGS).status_code == 403
    assert browser.post(member_url(seller, "delete"), {"post": "yes"}).status_code == 302
    assert browser.get("/store-admin/").status_code == 403


def test_whose_keys_go_on_working_is_told_when_their_maker_is_taken_out(store, browser):
    maker, other = make_member(store, EDIT), make_member(store, EDIT)
    own, foreign = make_store(account=store.account), make_store()
    for name, place, person in (("Left", store, maker), ("Other", store, other), ("Next door", own, maker)):
        make_key("fluxstore", name=name, resource=place.store_id, account=place.account, actor=person)
    make_key("fluxstore", name="Far", resource=foreign.store_id, account=foreign.account, actor=maker)
    page = browser.post(member_url(maker, "delete"), {"post": "yes"}, follow=True).content.decode()
    assert f"API keys that {maker.email} made still work: Left (flx_{store.store_id}" in page
    assert [name in page for name in ("Other (", "Next door", "Far (")] == [False, False, False]


def test_members_of_another_store_are_not_there(store, browser):
    foreign = make_member(make_store(), EDIT)
    assert foreign.email not in browser.get(MEMBERS).content.decode()
    for verb, data in (("change", {"permissions": []}), ("delete", {"post": "yes"}), ("history", None)):
        url = member_url(foreign, verb)
        answer = browser.get(url) if data is None else browser.post(url, data)
        assert answer.status_code in {302, 404}
    assert StoreMember.objects.get(user=foreign).permissions == ["Stores:Edit"]


def test_settings_are_changed_and_the_currency_is_not(store, browser):
    assert "EUR" in browser.get(SETTINGS).content.decode()
    wanted = {"name": "Beta", "timezone": "Asia/Tokyo", "bans_on_chargeback": "on", "seen_store": store.store_id}
    answer = browser.post(SETTINGS, wanted | {"currency": "USD", "account": 1, "store_id": "aaaaaaaa"})
    assert (answer.status_code, answer["Location"]) == (302, SETTINGS)
    before, store_id = store.account_id, store.store_id
    store.refresh_from_db()
    assert (store.name, store.timezone, store.bans_on_chargeback) == ("Beta", "Asia/Tokyo", True)
    assert (store.currency, store.account_id, store.store_id) == ("EUR", before, store_id)
    del wanted["bans_on_chargeback"]
    browser.post(SETTINGS, wanted)
    store.refresh_from_db()
    assert not store.bans_on_chargeback


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"timezone": "Mars/Olympus"}, "Select a valid choice."),
        ({"seen_store": "another1"}, "so nothing was saved"),
    ],
)
def test_settings_that_cannot_be_are_said_in_the_form(store, browser, changes, sentence):
    wanted = {"name": "Beta", "timezone": "UTC", "seen_store": store.store_id}
    answer = browser.post(SETTINGS, wanted | changes)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    store.refresh_from_db()
    assert store.name == "Alpha"


def test_pages_are_asked_for_a_token_of_their_own(store):
    browser = signed_in(owner_of(store.account))
    browser.handler.enforce_csrf_checks = True
    for url in (SETTINGS, f"{MEMBERS}add/", "/store-admin/api-keys/", "/dashboard/store/new/"):
        assert browser.post(url, {}).status_code == 403
