import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Membership, Role, User
from accounts.templatetags.shell import all_sections, menu_of
from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from audit.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache():
    """Rate limits of people are counted in the cache, under ids that the next test's people have too."""
    cache.clear()


PASSWORD = "a long enough passphrase 7"


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, pattern
    return match[1]


def sign_up(client: Client, email: str = "new@example.test"):
    return client.post(
        "/accounts/signup/", {"email": email, "password1": PASSWORD, "password2": PASSWORD}, follow=True
    )


def test_the_start_page_names_every_product_and_its_documents():
    page = Client().get("/").content.decode()
    for product in ("fluxme", "fluxstore", "fluxly", "fluximage"):
        assert f'href="/docs/{product}/"' in page
        assert f'id="{product}"' in page
    assert page.count("curl ") == 4
    assert reverse("account_login") in page
    assert reverse("account_signup") in page


def test_a_person_signs_up_confirms_by_mail_signs_in_and_sees_the_dashboard():
    client = Client()
    page = sign_up(client)
    assert b"Verify Your Email Address" in page.content
    link = found(r"http://testserver(/accounts/confirm-email/\S+)", str(mail.outbox[0].body))
    assert "Thank you for using Flux Platform!\n127.0.0.1:8000" in mail.outbox[0].body
    assert "example.com" not in mail.outbox[0].body
    assert client.get("/dashboard/").status_code == 302
    assert client.post(link).status_code == 302

    fresh = Client()
    answer = fresh.post(
        "/accounts/login/?next=/dashboard/", {"login": "NEW@example.test", "password": PASSWORD}, follow=True
    )
    assert answer.redirect_chain[-1][0] == "/dashboard/"
    assert "Plans and usage" in answer.content.decode()
    assert Membership.objects.get(user__email="new@example.test").role == Role.OWNER


def test_nobody_signs_in_before_the_address_is_confirmed():
    sign_up(Client())
    fresh = Client()
    fresh.post("/accounts/login/", {"login": "new@example.test", "password": PASSWORD})
    assert fresh.get("/dashboard/").status_code == 302


@pytest.mark.parametrize("path", ["login", "signup", "password/reset", "confirm-email", "inactive"])
def test_the_pages_of_sign_in_carry_the_platforms_look(path):
    page = Client().get(f"/accounts/{path}/").content.decode()
    assert "/static/flux.css" in page
    assert 'class="card entrance"' in page
    assert "<h1>" in page


@pytest.mark.parametrize("path", ["email", "password/change", "2fa", "sessions", "logout"])
def test_the_pages_of_ones_own_sign_in_stand_in_the_shell(path):
    page = signed_in(make_user()).get(f"/accounts/{path}/", follow=True).content.decode()
    assert "/static/flux.css" in page
    assert 'aria-label="Dashboard"' in page
    assert re.search(r'href="/dashboard/security/" aria-current="page"', page)


def test_a_second_factor_is_set_up_and_gives_recovery_codes():
    user = make_user()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": "correct horse"})
    asked = client.get("/accounts/2fa/totp/activate/", follow=True)
    assert "Confirm Access" in asked.content.decode()
    page = client.post(asked.redirect_chain[-1][0], {"password": "correct horse"}, follow=True).content.decode()
    assert 'class="qr"' in page
    assert "/static/flux.css" in page
    secret = found(r'id="authenticator_secret"[^>]*value="([A-Z2-7]+)"', page)
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True)
    assert "Recovery Codes" in answer.content.decode()
    assert "Signing in asks for a code" in client.get("/dashboard/security/").content.decode()

    fresh = Client()
    asked = fresh.post("/accounts/login/", {"login": user.email, "password": "correct horse"}, follow=True)
    assert "authenticator code" in asked.content.decode()
    assert "/static/flux.css" in asked.content.decode()
    assert fresh.get("/dashboard/").status_code == 302


@pytest.mark.parametrize("name", ["dashboard", "members", "security"])
def test_the_shell_is_for_people_who_signed_in(name):
    answer = Client().get(reverse(f"accounts:{name}"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=/dashboard/")


def test_signed_in_pages_are_kept_by_no_cache():
    answer = signed_in(owner_of(make_account())).get("/dashboard/")
    assert "no-store" in answer["Cache-Control"]


def test_every_section_of_every_app_leads_to_a_page():
    client = signed_in(owner_of(make_account()))
    urls = [reverse(section.url_name) for section in all_sections()]
    assert "/dashboard/" in urls
    for url in urls:
        assert client.get(url).status_code == 200, url


def test_the_menu_marks_one_entry_as_the_page_in_view():
    for path, title in (("/dashboard/", "Overview"), ("/dashboard/keys/fluxly/", "API keys")):
        marked = [entry.title for entries in menu_of(path).values() for entry in entries if entry.is_current]
        assert marked == [title]


def test_a_person_without_any_account_gets_a_page_that_says_so():
    answer = signed_in(make_user()).get("/dashboard/")
    assert answer.status_code == 404
    assert "not a member of any account" in answer.content.decode()


def test_a_person_in_several_accounts_chooses_among_them():
    user = make_user()
    first, second = make_account(owner=user), make_account(owner=user)
    client = signed_in(user)
    assert f"<h1>{first.name}</h1>" in client.get("/dashboard/").content.decode()
    client.post("/dashboard/switch/", {"account": second.pk})
    assert f"<h1>{second.name}</h1>" in client.get("/dashboard/").content.decode()


@pytest.mark.parametrize("wanted", ["foreign", "0", "x", "", "9" * 30, "٣"])
def test_nobody_switches_to_a_foreign_account(wanted):
    user, foreign = make_user(), make_account()
    make_account(owner=user)
    value = str(foreign.pk) if wanted == "foreign" else wanted
    assert signed_in(user).post("/dashboard/switch/", {"account": value}).status_code == 404


def test_the_choice_ends_with_the_membership():
    user = make_user()
    own, other = make_account(owner=user), make_account()
    Membership.objects.create(account=other, user=user)
    client = signed_in(user)
    client.post("/dashboard/switch/", {"account": other.pk})
    Membership.objects.filter(account=other, user=user).delete()
    assert f"<h1>{own.name}</h1>" in client.get("/dashboard/").content.decode()


def test_a_manager_adds_somebody_who_has_signed_up():
    account, newcomer = make_account(), make_user()
    client = signed_in(owner_of(account))
    data = {"email": newcomer.email.upper(), "role": "admin"}
    assert client.post("/dashboard/members/", data).status_code == 302
    assert account.memberships.get(user=newcomer).role == Role.ADMIN
    event = AuditEvent.objects.filter(action="membership.added").latest("id")
    assert event.actor == f"user:{owner_of(account).pk}"


def test_somebody_who_has_not_signed_up_must_do_that_first():
    client = signed_in(owner_of(make_account()))
    answer = client.post("/dashboard/members/", {"email": "nobody@example.test", "role": "member"})
    assert answer.status_code == 400
    assert "sign up first" in answer.content.decode()


def test_adding_a_member_twice_is_a_form_error():
    account = make_account()
    data = {"email": member_of(account).email, "role": "member"}
    answer = signed_in(owner_of(account)).post("/dashboard/members/", data)
    assert answer.status_code == 409
    assert "member already" in answer.content.decode()


def test_invitations_cannot_be_used_to_probe_addresses_at_speed():
    client = signed_in(owner_of(make_account()))
    statuses = [
        client.post("/dashboard/members/", {"email": f"n{i}@example.test", "role": "member"}).status_code
        for i in range(31)
    ]
    assert statuses == [400] * 30 + [429]


# actor's role, target's role, wanted role, status
ROLE_CHANGES = [
    ("owner", "member", "admin", 302),
    ("owner", "member", "owner", 302),
    ("owner", "owner", "member", 302),
    ("admin", "member", "admin", 302),
    ("admin", "member", "owner", 403),
    ("admin", "owner", "member", 403),
    ("member", "member", "admin", 403),
    ("owner", "member", "emperor", 400),
]


@pytest.mark.parametrize(("actor", "target", "wanted", "status"), ROLE_CHANGES)
def test_who_may_change_which_role(actor, target, wanted, status):
    account = make_account()
    person = owner_of(account) if actor == "owner" else member_of(account, Role(actor))
    membership = account.memberships.get(user=member_of(account, Role(target)))
    answer = signed_in(person).post(reverse("accounts:member-role", args=[membership.pk]), {"role": wanted})
    assert answer.status_code == status
    membership.refresh_from_db()
    assert membership.role == (wanted if status == 302 else target)


@pytest.mark.parametrize(
    ("actor", "target", "status"),
    [("owner", "owner", 302), ("admin", "member", 302), ("admin", "owner", 403), ("member", "member", 403)],
)
def test_who_may_remove_whom(actor, target, status):
    account = make_account()
    person = owner_of(account) if actor == "owner" else member_of(account, Role(actor))
    other = member_of(account, Role(target))
    membership = account.memberships.get(user=other)
    url = reverse("accounts:member-remove", args=[membership.pk])
    assert signed_in(person).post(url).status_code == status
    assert account.memberships.filter(user=other).exists() == (status != 302)


def test_everybody_may_leave_except_the_last_owner():
    account = make_account()
    member, owner = member_of(account), owner_of(account)
    for person, status in ((member, 302), (owner, 409)):
        url = reverse("accounts:member-remove", args=[account.memberships.get(user=person).pk])
        page = signed_in(person).get(url)
        assert "Leave" in page.content.decode()
        assert signed_in(person).post(url).status_code == status
    assert list(account.members.all()) == [owner]


def test_a_member_of_another_account_is_a_miss():
    account, other = make_account(), make_account()
    foreign = other.memberships.get()
    client = signed_in(owner_of(account))
    for name in ("member-role", "member-remove"):
        for pk in (foreign.pk, 10**9):
            assert client.post(reverse(f"accounts:{name}", args=[pk]), {"role": "member"}).status_code == 404


def test_plain_members_see_the_members_without_the_forms():
    account = make_account()
    client = signed_in(member_of(account))
    page = client.get("/dashboard/members/").content.decode()
    assert owner_of(account).email in page
    assert "Add member" not in page
    assert client.post("/dashboard/members/", {"email": "x@example.test", "role": "member"}).status_code == 403


def test_managers_rename_the_account_and_members_do_not():
    account = make_account()
    assert signed_in(member_of(account)).post("/dashboard/account/name/", {"name": "Mine"}).status_code == 403
    client = signed_in(owner_of(account))
    assert client.post("/dashboard/account/name/", {"name": "<b>New</b>"}).status_code == 302
    assert client.post("/dashboard/account/name/", {"name": " "}).status_code == 400
    account.refresh_from_db()
    assert account.name == "<b>New</b>"
    assert "<b>New</b>" not in client.get("/dashboard/").content.decode()


def test_the_members_page_asks_as_often_for_many_as_for_two(django_assert_num_queries):
    account = make_account()
    client = signed_in(owner_of(account))
    member_of(account)
    client.get("/dashboard/members/")
    with CaptureQueriesContext(connection) as few:
        client.get("/dashboard/members/")
    for _ in range(8):
        member_of(account)
    with django_assert_num_queries(len(few)):
        client.get("/dashboard/members/")


def test_no_page_asks_another_host():
    user = make_user()
    make_account(owner=user), make_account(owner=user)
    pages = [Client().get(path) for path in ("/", "/accounts/login/", "/accounts/signup/", "/nothing-here/")]
    paths = ("/dashboard/", "/dashboard/members/", "/dashboard/security/", "/accounts/2fa/", "/accounts/email/")
    pages += [signed_in(user).get(path) for path in paths]
    for page in pages:
        assert outside_addresses(page.content.decode()) == []


def test_an_unknown_address_is_a_page_with_a_request_id():
    answer = Client().get("/nothing-here/", headers={"X-Request-Id": "abc-123"})
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.content.decode()
    assert "abc-123" in answer.content.decode()


def test_people_who_are_not_staff_do_not_enter_the_admin():
    assert Client().get("/admin/")["Location"].startswith("/admin/login/")
    assert Client().get("/admin/login/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/")
    client = signed_in(owner_of(make_account()))
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get("/admin/accounts/user/", follow=True).status_code == 403


def staff(*codenames: str) -> User:
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def superuser() -> User:
    return make_user(is_staff=True, is_superuser=True)


@pytest.mark.parametrize("model", ["user", "account", "membership"])
def test_staff_see_people_accounts_and_memberships(model):
    make_account()
    client = signed_in(superuser())
    assert client.get(f"/admin/accounts/{model}/").status_code == 200
    assert client.get(f"/admin/accounts/{model}/?q=example").status_code == 200


def test_a_person_made_by_the_staff_has_an_account():
    client = signed_in(superuser())
    data = {"email": "Hired@example.test", "name": "Hired", "password1": PASSWORD, "password2": PASSWORD}
    data["usable_password"] = "true"
    answer = client.post("/admin/accounts/user/add/", data)
    assert answer.status_code == 302
    assert Account.objects.of_user(User.objects.get(email="hired@example.test")).count() == 1


def test_staff_without_superuser_rights_cannot_promote_or_touch_superusers():
    chief = superuser()
    helper = staff("view_user", "change_user")
    client = signed_in(helper)
    page = client.get(f"/admin/accounts/user/{helper.pk}/change/").content.decode()
    assert 'name="email"' in page
    assert 'name="is_superuser"' not in page
    client.post(
        f"/admin/accounts/user/{helper.pk}/change/",
        {"email": helper.email, "is_active": "on", "is_superuser": "on"},
    )
    helper.refresh_from_db()
    assert not helper.is_superuser
    assert client.post(f"/admin/accounts/user/{chief.pk}/change/", {"email": "x@example.test"}).status_code == 403
    assert client.get(f"/admin/accounts/user/{chief.pk}/password/").status_code == 403


def test_staff_change_roles_through_the_service():
    account = make_account()
    client, owner = signed_in(superuser()), account.memberships.get()
    url = f"/admin/accounts/membership/{owner.pk}/change/"
    assert client.get(url).status_code == 200
    page = client.post(url, {"role": "member"}, follow=True)
    assert "An account needs an owner" in page.content.decode()
    data = {"account": account.pk, "user": make_user().pk, "role": "owner"}
    assert client.post("/admin/accounts/membership/add/", data).status_code == 302
    assert client.post(url, {"role": "member"}).status_code == 302
    owner.refresh_from_db()
    assert owner.role == Role.MEMBER
    assert AuditEvent.objects.filter(action="membership.role_changed").count() == 1
    assert client.post(f"/admin/accounts/membership/{owner.pk}/delete/", {"post": "yes"}).status_code == 302
    assert AuditEvent.objects.filter(action="membership.removed").count() == 1


def test_staff_rename_an_account_through_the_service():
    account = make_account()
    client = signed_in(superuser())
    data = {"name": "Renamed", "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    url = f"/admin/accounts/account/{account.pk}/change/"
    assert client.get(url).status_code == 200
    assert client.post(url, data).status_code == 302
    assert AuditEvent.objects.get(action="account.renamed").account_id == account.pk
