import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_account
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from apikeys import services, tokens
from apikeys.lookup import find_key
from apikeys.models import ApiKey
from apikeys.tests.factories import make_key
from apikeys.tests.pages import LINK_KEY, key_url, keys_url, paying_account, secret_in
from audit.models import AuditEvent
from plans.catalogue import PRODUCTS

pytestmark = pytest.mark.django_db


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


def test_what_the_service_refuses_is_shown_beside_its_field(owned):
    account = paying_account("fluxstore")
    owned["fluxstore"] = ["not-an-id"]
    data = {"name": "Shop", "scopes": ["Packages:View"], "resource": "not-an-id"}
    answer = signed_in(owner_of(account)).post(keys_url("fluxstore"), data)
    assert answer.status_code == 400
    assert "this product&#x27;s keys need one" in answer.content.decode()
    assert not ApiKey.objects.exists()


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
