import re
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from apikeys import services, tokens
from apikeys.lookup import find_key
from apikeys.models import ApiKey
from apikeys.resources import bound_resources
from apikeys.tests.factories import BEST_PLAN, make_key
from audit.models import AuditEvent
from plans.catalogue import PRODUCTS
from plans.services import set_plan

pytestmark = pytest.mark.django_db
LINK_KEY = {"name": "CI", "scopes": ["Links:View", "Links:Edit"], "expires_on": ""}


def paying_account(product: str = "fluxly"):
    account = make_account()
    set_plan(account=account, product=product, plan=BEST_PLAN[product])
    return account


def keys_url(product: str = "fluxly") -> str:
    return f"/dashboard/keys/{product}/"


def key_url(key: ApiKey, verb: str) -> str:
    return f"/dashboard/keys/{key.product}/{key.pk}/{verb}/"


def secret_in(answer) -> str:
    match = re.search(r'id="secret"[^>]*value="([^"]+)"', answer.content.decode())
    assert match, answer.content.decode()
    return match[1]


@pytest.fixture
def owned(monkeypatch):
    """Let the fluxme and fluxstore keys be bound to what the test says that the account owns."""
    names: dict[str, list[str]] = {"fluxme": [], "fluxstore": []}
    for label, product in (("providers", "fluxme"), ("store", "fluxstore")):
        config = apps.get_app_config(label)
        monkeypatch.setattr(config, "key_product", product, raising=False)
        monkeypatch.setattr(config, "key_resources", lambda account, p=product: names[p], raising=False)
    return names


def test_the_pages_are_for_people_who_signed_in():
    for url in ("/dashboard/keys/", keys_url()):
        assert Client().get(url)["Location"] == f"/accounts/login/?next={url}"


def test_the_overview_lists_the_products_with_their_live_keys():
    account = make_account()
    key = make_key("fluxly", account=account).key
    services.revoke(key=make_key("fluxly", account=account).key)
    page = signed_in(owner_of(account)).get("/dashboard/keys/").content.decode()
    for product in PRODUCTS.values():
        assert product.title in page
        assert keys_url(product.name) in page
    assert page.count('<td class="num">1</td>') == 1
    assert key.hint not in page


def test_an_unknown_product_is_a_miss():
    assert signed_in(owner_of(make_account())).get("/dashboard/keys/nothing/").status_code == 404


def test_the_secret_is_shown_once_and_kept_by_no_cache():
    account = paying_account()
    client = signed_in(owner_of(account))
    answer = client.post(keys_url(), LINK_KEY)
    secret = secret_in(answer)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    key = ApiKey.objects.get()
    assert key.digest == tokens.digest_of(secret)
    assert (key.name, key.scopes, key.created_by) == ("CI", {"Links": ["View", "Edit"]}, owner_of(account))
    page = client.get(keys_url()).content.decode()
    assert key.hint in page
    assert secret not in page
    assert secret not in str(dict(client.session.items()))
    assert secret not in str(list(AuditEvent.objects.values()))


def test_a_key_made_on_the_page_opens_the_door():
    secret = secret_in(signed_in(owner_of(paying_account())).post(keys_url(), LINK_KEY))
    assert find_key("fluxly", secret) is not None
    assert find_key("fluximage", secret) is None


def test_the_list_shows_what_is_known_of_each_key():
    account = make_account()
    key = make_key("fluxly", account=account, name="<i>Shop</i>", scopes={"Links": ["View"]}).key
    services.note_use(key, "203.0.113.0/24")
    ended = make_key("fluxly", account=account).key
    services.revoke(key=ended)
    late = make_key("fluxly", account=account).key
    ApiKey.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(days=1))
    page = signed_in(owner_of(account)).get(keys_url()).content.decode()
    for text in (key.hint, "&lt;i&gt;Shop", "Links: view", "203.0.113.0/24", "Live", "Revoked", "Expired"):
        assert text in page
    assert key.digest not in page
    assert key_url(key, "roll") in page
    assert key_url(ended, "roll") not in page
    assert key_url(ended, "revoke") not in page
    assert key_url(late, "roll") not in page


def test_an_expiry_is_the_end_of_its_day():
    client = signed_in(owner_of(paying_account()))
    day = timezone.now().date() + timedelta(days=1)
    secret_in(client.post(keys_url(), LINK_KEY | {"expires_on": day.isoformat()}))
    after = day + timedelta(days=1)
    assert ApiKey.objects.get().expires_at == datetime(after.year, after.month, after.day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"scopes": []}, "Tick at least one permission."),
        ({"scopes": ["Links:Burn"]}, "not one of the available choices"),
        ({"expires_on": "2020-01-01"}, "This day is over."),
        ({"expires_on": "soon"}, "Enter a valid date."),
        ({"expires_on": "9999-12-31"}, "Choose an earlier day."),
    ],
)
def test_a_form_that_is_wrong_says_what_is_wrong_and_makes_no_key(change, words):
    answer = signed_in(owner_of(paying_account())).post(keys_url(), LINK_KEY | change)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_the_form_keeps_what_was_ticked():
    answer = signed_in(owner_of(paying_account())).post(keys_url(), {"name": "", "scopes": ["Links:Edit"]})
    ticked = re.findall(r'value="(\w+:\w+)" checked', answer.content.decode())
    assert ticked == ["Links:Edit"]


def test_the_grid_offers_the_matrix_and_nothing_else(owned):
    account = paying_account("fluxstore")
    owned["fluxstore"] = ["abcd1234"]
    page = signed_in(owner_of(account)).get(keys_url("fluxstore")).content.decode()
    boxes = re.findall(r'name="scopes" value="(\w+:\w+)"( checked)?', page)
    assert ("GiftCards:Delete", "") in boxes
    assert "Orders:Delete" not in dict(boxes)
    assert len(boxes) == 22
    assert not any(checked for _, checked in boxes)
    assert "View gift cards" in page


def test_a_plan_without_keys_says_which_plan_has_them_and_refuses():
    account = make_account()
    client = signed_in(owner_of(account))
    page = client.get(keys_url()).content.decode()
    assert "Keys need the Full Stack plan" in page
    assert "New key" not in page
    answer = client.post(keys_url(), LINK_KEY)
    assert answer.status_code == 402
    assert "It needs an active Full Stack plan." in answer.content.decode()
    assert client.post(keys_url("fluximage")).status_code == 403
    assert not ApiKey.objects.exists()


def test_a_key_can_be_bound_only_to_what_the_account_owns(owned):
    account = paying_account("fluxstore")
    owned["fluxstore"] = ["abcd1234", "wxyz9876"]
    client = signed_in(owner_of(account))
    data = {"name": "Shop", "scopes": ["Packages:View"]}
    assert client.post(keys_url("fluxstore"), data | {"resource": "foreign1"}).status_code == 400
    assert client.post(keys_url("fluxstore"), data).status_code == 400
    secret = secret_in(client.post(keys_url("fluxstore"), data | {"resource": "wxyz9876"}))
    assert secret.startswith("flx_wxyz9876_")
    assert ApiKey.objects.get().resource == "wxyz9876"
    assert "X-Api-Key" in client.post(keys_url("fluxstore"), data | {"resource": "abcd1234"}).content.decode()


@pytest.mark.parametrize(("product", "noun"), [("fluxme", "provider"), ("fluxstore", "store")])
def test_an_account_that_owns_nothing_to_bind_to_is_told(owned, product, noun):
    client = signed_in(owner_of(paying_account(product)))
    assert f"belongs to a {noun}" in client.get(keys_url(product)).content.decode()
    data = {"name": "x", "resource": "", "scopes": ["Listing:View", "Packages:View"]}
    assert client.post(keys_url(product), data).status_code == 400


def test_fluximage_gives_one_key_with_one_button():
    client = signed_in(owner_of(paying_account("fluximage")))
    assert "Generate Key" in client.get(keys_url("fluximage")).content.decode()
    assert re.fullmatch(r"flx_live_[0-9a-f]{40}", secret_in(client.post(keys_url("fluximage"))))
    page = client.get(keys_url("fluximage")).content.decode()
    assert "Generate Key" not in page
    assert "Roll Key" in page
    again = client.post(keys_url("fluximage"))
    assert again.status_code == 409
    assert "Roll it to get a new one." in again.content.decode()
    assert ApiKey.objects.count() == 1


def test_fluxly_calls_the_section_developer_api():
    page = signed_in(owner_of(paying_account())).get(keys_url()).content.decode()
    assert "Developer API" in page
    assert ">Generate</button>" in page


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


def test_another_accounts_key_is_a_miss_like_one_that_never_was():
    key = make_key("fluxly").key
    client = signed_in(owner_of(make_account()))
    for verb in ("roll", "revoke"):
        for method in (client.get, client.post):
            answer = method(key_url(key, verb), {"version": 1})
            assert answer.status_code == 404
    missing = client.get(f"{keys_url()}00000000-0000-4000-8000-000000000000/roll/")
    assert missing.status_code == 404
    key.refresh_from_db()
    assert key.is_live()


def test_a_key_is_a_miss_below_another_product():
    account = make_account()
    key = make_key("fluxly", account=account).key
    answer = signed_in(owner_of(account)).get(f"/dashboard/keys/fluximage/{key.pk}/revoke/")
    assert answer.status_code == 404


def test_members_see_keys_but_do_not_change_them():
    account = make_account()
    key = make_key("fluxly", account=account).key
    client = signed_in(member_of(account))
    page = client.get(keys_url()).content.decode()
    assert key.hint in page
    assert "New key" not in page
    assert key_url(key, "roll") not in page
    assert client.post(keys_url(), LINK_KEY).status_code == 403
    for verb in ("roll", "revoke"):
        assert client.get(key_url(key, verb)).status_code == 403
        assert client.post(key_url(key, verb), {"version": 1}).status_code == 403
    key.refresh_from_db()
    assert (key.version, key.revoked_at) == (1, None)


def test_admins_change_keys():
    account = paying_account()
    assert secret_in(signed_in(member_of(account, Role.ADMIN)).post(keys_url(), LINK_KEY))


def test_forms_without_their_token_are_refused():
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner_of(paying_account()))
    assert client.post(keys_url(), LINK_KEY).status_code == 403
    assert not ApiKey.objects.exists()


def test_long_lists_come_in_pages():
    account = make_account()
    for _ in range(51):
        make_key("fluxly", account=account)
    client = signed_in(owner_of(account))
    assert "Page 1 of 2" in client.get(keys_url()).content.decode()
    assert "Page 2 of 2" in client.get(f"{keys_url()}?page=2").content.decode()
    assert client.get(f"{keys_url()}?page=x").status_code == 200


def test_the_list_asks_the_database_as_often_for_twenty_keys_as_for_two():
    account = make_account()
    client = signed_in(owner_of(account))
    for _ in range(2):
        make_key("fluxly", account=account)
    client.get(keys_url())
    with CaptureQueriesContext(connection) as few:
        client.get(keys_url())
    for _ in range(18):
        make_key("fluxly", account=account)
    with CaptureQueriesContext(connection) as many:
        client.get(keys_url())
    assert len(many) == len(few)


def test_no_page_asks_another_host():
    account = paying_account()
    client = signed_in(owner_of(account))
    pages = [client.get("/dashboard/keys/"), client.get(keys_url()), client.post(keys_url(), LINK_KEY)]
    key = ApiKey.objects.get()
    pages += [client.get(key_url(key, "roll")), client.get(key_url(key, "revoke"))]
    for page in pages:
        assert page.status_code == 200
        assert outside_addresses(page.content.decode()) == []


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


def test_staff_revoke_keys_through_the_service():
    keys = [make_key("fluxly").key for _ in range(2)]
    data = {"action": "revoke_keys", "_selected_action": [str(key.pk) for key in keys]}
    assert staff().post("/admin/apikeys/apikey/", data).status_code == 302
    assert not ApiKey.objects.filter(revoked_at__isnull=True).exists()
    assert AuditEvent.objects.filter(action="api_key.revoked").count() == 2
