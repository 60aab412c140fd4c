import re
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import make_account
from audit.models import AuditEvent
from links import services, slugs
from links.errors import SlugTaken
from links.models import Link
from links.tests.factories import TARGET, full_stack_account, make_client, make_link
from plans.errors import PlanRequired, QuotaExhausted
from plans.models import UsageCounter
from plans.services import set_plan

pytestmark = pytest.mark.django_db
URL = "/api/links"


def create(client, **fields):
    return client.post(URL, {"target_url": TARGET} | fields, format="json")


def test_the_documented_request_gets_the_documented_answer():
    response = create(
        make_client(), custom_slug="my-link", expires_at="2999-12-31T23:59:00Z", password="optional-passphrase"
    )
    assert response.status_code == 201
    body = response.json()
    assert list(body) == [
        "link_id",
        "slug",
        "target_url",
        "has_password",
        "expires_at",
        "click_count",
        "short_url",
        "created_at",
        "title",
        "tags",
        "max_clicks",
        "is_active",
    ]
    assert re.fullmatch(r"lnk_[0-9a-z]{12}", body["link_id"])
    assert (body["slug"], body["target_url"]) == ("my-link", TARGET)
    assert (body["has_password"], body["click_count"]) == (True, 0)
    assert body["expires_at"] == "2999-12-31T23:59:00+00:00"
    assert body["short_url"] == "http://127.0.0.1:8000/r/my-link"
    assert body["created_at"].endswith("+00:00")
    assert (body["title"], body["tags"], body["max_clicks"], body["is_active"]) == ("", [], None, True)
    assert "optional-passphrase" not in response.content.decode()


def test_only_a_target_is_required_and_a_random_slug_is_drawn():
    body = create(make_client()).json()
    assert len(body["slug"]) == 7
    assert set(body["slug"]) <= set(slugs.ALPHABET)
    assert (body["expires_at"], body["has_password"]) == (None, False)


def test_null_means_that_an_optional_field_is_not_set():
    fields = dict.fromkeys(["custom_slug", "expires_at", "password", "expired_url", "max_clicks"])
    body = create(make_client(), **fields).json()
    assert (body["has_password"], body["expires_at"], body["max_clicks"]) == (False, None, None)


def test_an_expiry_in_another_offset_comes_back_in_utc():
    body = create(make_client(), expires_at="2999-12-31T23:59:00-05:00").json()
    assert body["expires_at"] == "3000-01-01T04:59:00+00:00"


@pytest.mark.usefixtures("platforms_hashing")
def test_the_password_is_stored_as_argon2id_of_19_mib():
    link = make_link(password="opensesame")
    assert link.password_hash.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("target_url", None),
        ("target_url", 7),
        ("target_url", ""),
        ("target_url", "http://localhost/"),
        ("target_url", "http://testserver/r/abc"),
        ("target_url", "https://example.com/" + "a" * 8173),
        ("custom_slug", "ab"),
        ("custom_slug", "a" * 65),
        ("custom_slug", " my-link"),
        ("custom_slug", "my-link\n"),
        ("custom_slug", "admin"),
        ("custom_slug", 12345),
        ("expires_at", "2020-01-01T00:00:00Z"),
        ("expires_at", "2999-01-01T00:00:00"),
        ("expires_at", "9999-12-31T23:59:59-23:59"),
        ("expires_at", 1767225600),
        ("password", "abc"),
        ("password", "a" * 129),
        ("password", 1234),
        ("title", "a" * 201),
        ("title", "two\nlines"),
        ("title", None),
        ("tags", "news"),
        ("tags", [""]),
        ("tags", [" news"]),
        ("tags", ["a" * 41]),
        ("tags", [7]),
        ("tags", [str(n) for n in range(21)]),
        ("expired_url", "http://10.0.0.1/"),
        ("max_clicks", 0),
        ("max_clicks", "5"),
        ("max_clicks", 1_000_000_001),
        ("redirect_type", 301),
        ("redirect_type", "302"),
        ("forward_query", "true"),
        ("find_if_exists", 1),
        ("nonsense", 1),
    ],
)
def test_a_field_that_is_wrong_is_named_and_nothing_is_made(field, value):
    response = create(make_client(), **{field: value})
    assert response.status_code == 400
    body = response.json()
    assert body["code"] == "invalid_field"
    assert [name.partition("[")[0] for name in body["errors"]] == [field]
    assert not Link.objects.exists()


def test_every_wrong_field_is_named_in_one_answer():
    errors = create(make_client(), target_url="ftp://a.de", custom_slug="x", max_clicks=-1).json()["errors"]
    assert set(errors) == {"target_url", "custom_slug", "max_clicks"}


def test_the_target_is_returned_as_given_with_its_host_normalised():
    body = create(make_client(), target_url="https://EXAMPLE.com/Ünïcode?a=%7e#x").json()
    assert body["target_url"] == "https://example.com/Ünïcode?a=%7e#x"


def test_a_taken_slug_is_a_conflict_for_everybody():
    client = make_client()
    assert create(client, custom_slug="launch-day").status_code == 201
    for other in (client, make_client()):
        response = create(other, custom_slug="launch-day")
        assert response.status_code == 409
        assert response.json()["code"] == "slug_taken"
    assert Link.objects.count() == 1
    assert UsageCounter.objects.filter(used=1).count() == 1


def test_slugs_that_differ_in_case_are_two_slugs():
    client = make_client()
    assert create(client, custom_slug="Launch").status_code == 201
    assert create(client, custom_slug="launch").status_code == 201
    assert Link.objects.at("Launch").get() != Link.objects.at("launch").get()


def test_a_slug_that_only_looks_different_is_taken():
    client = make_client()
    assert create(client, custom_slug="paypal").status_code == 201
    assert create(client, custom_slug="paypa1").status_code == 409


def test_a_deleted_slug_stays_reserved_for_30_days_and_then_is_free():
    client = make_client()
    link_id = create(client, custom_slug="launch-day").json()["link_id"]
    client.delete(f"{URL}/{link_id}")
    assert create(client, custom_slug="launch-day").status_code == 409
    Link.objects.update(deleted_at=timezone.now() - timedelta(days=30, seconds=1))
    assert create(make_client(), custom_slug="launch-day").status_code == 201


@pytest.mark.parametrize("unfit", ["aaaaaaa", "vvaaaaa", "payment", "PAYMENT"])
def test_a_random_slug_that_is_taken_or_looks_taken_or_reserved_is_drawn_again(monkeypatch, unfit):
    make_link(custom_slug="aaaaaaa")
    make_link(custom_slug="waaaaa")
    draw(monkeypatch, [unfit] * 7 + ["bbbbbbb"])
    assert make_link().slug == "bbbbbbb"


def test_eight_draws_in_vain_are_no_conflict_of_the_caller_and_make_nothing(monkeypatch):
    make_link(custom_slug="aaaaaaa")
    client = make_client()
    draw(monkeypatch, ["aaaaaaa"] * 8)
    response = create(client)
    assert (response.status_code, response.json()["code"]) == (503, "no_free_slug")
    assert response.headers["Retry-After"] == "1"
    assert Link.objects.count() == UsageCounter.objects.get(used__gt=0).used == 1


def test_a_draw_that_fails_leaves_the_deleted_link_of_its_slug_alone(monkeypatch):
    old = make_link(custom_slug="vvaaaaa")
    services.delete_link(link=old)
    Link.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    make_link(custom_slug="waaaaa")
    draw(monkeypatch, ["vvaaaaa", "bbbbbbb"])
    make_link()
    assert Link.objects.filter(pk=old.pk).exists()


def draw(monkeypatch, words):
    """Stand in for chance: the letters of the words for slugs, ordinary chance for ids."""
    letters = (letter for word in words for letter in word)
    choice = secrets.choice
    monkeypatch.setattr(
        "links.slugs.secrets.choice",
        lambda alphabet: next(letters) if alphabet == slugs.ALPHABET else choice(alphabet),
    )


def test_a_repeat_under_the_same_idempotency_key_makes_one_link():
    client = make_client()
    first = client.post(URL, {"target_url": TARGET}, format="json", headers={"Idempotency-Key": "once"})
    second = client.post(URL, {"target_url": TARGET}, format="json", headers={"Idempotency-Key": "once"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Link.objects.count() == 1


def test_a_plan_without_passwords_or_custom_slugs_is_told_which_one_has_them():
    account = make_account()
    for feature, fields in (("password", {"password": "secret"}), ("custom_slug", {"custom_slug": "mine"})):
        with pytest.raises(PlanRequired) as refused:
            make_link(account=account, **fields)
        assert refused.value.status == 402
        assert refused.value.extra == {"feature": feature, "required_plan": "full_stack"}


def test_a_key_on_the_free_plan_is_refused_with_402():
    response = create(make_client(plan="free"))
    assert response.status_code == 402
    assert response.json()["required_plan"] == "full_stack"


def test_the_plans_links_are_counted_and_given_back():
    account = make_account()
    links = [make_link(account=account) for _ in range(50)]
    set_plan(account=account, product="fluxly", plan="full_stack")
    client = make_client(account)
    set_plan(account=account, product="fluxly", plan="free")
    with pytest.raises(QuotaExhausted, match="50 live links") as refused:
        make_link(account=account)
    assert refused.value.status == 402
    services.delete_link(link=links[0])
    make_link(account=account)
    assert client.get(URL).status_code == 402


def test_a_refused_creation_counts_nothing():
    account = full_stack_account()
    make_link(custom_slug="taken")
    with pytest.raises(SlugTaken):
        make_link(account=account, custom_slug="taken")
    assert not UsageCounter.objects.filter(account=account, used__gt=0).exists()


def test_a_creation_is_audited_without_its_password_and_target():
    client = make_client()
    create(client, password="hunter22", custom_slug="audited")
    event = AuditEvent.objects.get(action="link.created")
    assert event.actor.startswith("key:")
    assert event.data["slug"] == "audited"
    assert "hunter22" not in str(event.data)
    assert TARGET not in str(event.data)


def test_a_fraction_of_a_second_survives():
    moment = datetime(2999, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)
    assert create(make_client(), expires_at=moment.isoformat()).json()["expires_at"] == moment.isoformat()
