import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.tests.factories import make_account, make_user
from api.errors import InvalidFields
from apikeys import services
from apikeys.errors import KeyChanged, KeyInUse, LiveKeyExists, WeakKey
from apikeys.lookup import find_key
from apikeys.models import ApiKey, SpentSecret
from apikeys.scopes import full_scopes
from apikeys.tests.factories import make_key
from audit.models import AuditEvent
from plans.errors import PlanRequired

pytestmark = pytest.mark.django_db
STRONG = "f47ac10b-58cc-4372-a567-0e02b2c3d479"


def test_the_secret_is_stored_nowhere():
    issued = make_key("fluxly")
    row = ApiKey.objects.filter(pk=issued.key.pk).values().get()
    event = AuditEvent.objects.filter(action="api_key.issued").values().latest("id")
    assert issued.secret not in str(row) + str(event)
    assert issued.secret[12:] not in str(row) + str(event)
    assert issued.secret not in repr(issued)


def test_of_a_secret_that_was_replaced_a_digest_stays():
    issued = make_key("fluxly")
    digest = ApiKey.objects.get(pk=issued.key.pk).digest
    services.regenerate(key=issued.key, actor=make_user())
    spent = SpentSecret.objects.get()
    assert (spent.digest, str(spent)) == (digest, f"{digest[:8]}…")


def test_an_issued_key_opens_the_door_of_its_own_product_only():
    issued = make_key("fluxly")
    assert find_key("fluxly", issued.secret) == issued.key
    for other in ("fluxme", "fluximage", "fluxstore"):
        assert find_key(other, issued.secret) is None


def test_a_key_without_scopes_given_may_do_everything():
    assert make_key("fluxly").key.scopes == full_scopes("fluxly")


def test_people_cannot_make_keys_on_a_plan_without_keys():
    account, person = make_account(), make_user()
    with pytest.raises(PlanRequired) as refusal:
        services.issue(account=account, product="fluxly", name="x", actor=person)
    assert refusal.value.status == 402
    assert not ApiKey.objects.exists()


def test_an_expiry_in_the_past_is_refused():
    with pytest.raises(InvalidFields):
        make_key("fluxly", expires_at=timezone.now() - timedelta(seconds=1))


def test_an_expired_key_is_not_found():
    issued = make_key("fluxly", expires_at=timezone.now() + timedelta(hours=1))
    ApiKey.objects.filter(pk=issued.key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert find_key("fluxly", issued.secret) is None


def test_a_store_key_works_only_with_the_store_id_written_in_it():
    issued = make_key("fluxstore", resource="ab12cd34")
    secret = issued.secret.rpartition("_")[2]
    assert find_key("fluxstore", f"flx_ab12cd34_{secret}") == issued.key
    assert find_key("fluxstore", f"flx_zz99zz99_{secret}") is None


def test_a_second_live_fluximage_key_is_refused_and_a_revoked_one_does_not_count():
    account = make_account()
    first = make_key("fluximage", account=account, by_operator=False)
    with pytest.raises(LiveKeyExists):
        make_key("fluximage", account=account, by_operator=False)
    services.revoke(key=first.key)
    assert make_key("fluximage", account=account, by_operator=False).key.is_live()


@pytest.mark.parametrize(
    "secret",
    [
        "a" * 40,
        "abcabcabcabcabcabcabcabcabcabcabcabc",
        "correct-horse-battery-staple-horse",
        "the-quick-brown-fox-jumps-over-the-lazy-dog",
        "MyCompanyHostingProviderKey2026!!",
        "----------------------------------------",
        "short",
        "x" * 257,
        "with spaces in the middle of it, which is long enough",
        "ümlaut-" + STRONG,
        "demo-provider-demo-provider-demo-provider",
        "fluxme_live_" + "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3",
        "flx_live_" + "a3b4c5d6e7f80910a3b4c5d6e7f80910a3b4c5d6",
    ],
)
def test_a_weak_or_foreign_key_is_not_imported(secret):
    with pytest.raises(WeakKey):
        services.import_key(
            account=make_account(), product="fluxme", name="own", secret=secret, resource="demo-provider"
        )


@pytest.mark.parametrize(
    "secret",
    [
        STRONG,
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
        "mN+/x7Qp2Zr9Lw4Tt6Yb1Uv8Sd3Fg5Hj0Kc=aXo",
    ],
)
def test_uuids_hex_and_base64_are_imported_and_work(secret):
    issued = services.import_key(
        account=make_account(), product="fluxme", name="own", secret=secret, resource="demo-provider"
    )
    assert find_key("fluxme", secret) == issued.key


def test_a_key_in_use_is_not_imported_twice():
    services.import_key(account=make_account(), product="fluxme", name="a", secret=STRONG)
    with pytest.raises(KeyInUse):
        services.import_key(account=make_account(), product="fluxme", name="b", secret=STRONG)


def test_a_roll_kills_the_old_secret_at_once_and_keeps_the_row():
    issued = make_key("fluximage")
    rolled = services.roll(key=issued.key)
    assert rolled.key.pk == issued.key.pk
    assert find_key("fluximage", issued.secret) is None
    assert find_key("fluximage", rolled.secret) == issued.key


def test_a_roll_with_grace_keeps_the_old_secret_until_its_end():
    issued = make_key("fluxme", resource="p")
    rolled = services.roll(key=issued.key, grace=timedelta(days=1))
    assert find_key("fluxme", issued.secret) == rolled.key == find_key("fluxme", rolled.secret)
    ApiKey.objects.filter(pk=rolled.key.pk).update(grace_until=timezone.now() - timedelta(seconds=1))
    assert find_key("fluxme", issued.secret) is None
    assert find_key("fluxme", rolled.secret) == rolled.key


def test_a_roll_can_take_the_users_own_secret():
    issued = make_key("fluxme", resource="p")
    services.roll(key=issued.key, secret=STRONG)
    assert find_key("fluxme", STRONG) == issued.key
    other = make_key("fluxme", resource="q")
    with pytest.raises(KeyInUse):
        services.roll(key=other.key, secret=STRONG)


@pytest.mark.parametrize("grace", [timedelta(seconds=-1), timedelta(days=7, seconds=1)])
def test_a_grace_beyond_a_week_is_refused(grace):
    issued = make_key("fluxme")
    with pytest.raises(InvalidFields):
        services.roll(key=issued.key, grace=grace)


def test_of_two_rolls_of_the_same_key_the_second_loses():
    issued = make_key("fluxly")
    seen_twice = ApiKey.objects.get(pk=issued.key.pk)
    winner = services.roll(key=issued.key)
    with pytest.raises(KeyChanged):
        services.regenerate(key=seen_twice)
    assert find_key("fluxly", winner.secret) is not None


def test_revoking_ends_the_key_and_its_grace_and_cannot_be_undone_by_a_roll():
    issued = make_key("fluxly")
    rolled = services.roll(key=issued.key, grace=timedelta(days=1))
    revoked = services.revoke(key=rolled.key)
    assert find_key("fluxly", issued.secret) is None
    assert find_key("fluxly", rolled.secret) is None
    with pytest.raises(KeyChanged):
        services.roll(key=revoked)


def test_revoking_twice_is_recorded_once():
    issued = make_key("fluxly")
    services.revoke(key=issued.key)
    services.revoke(key=issued.key)
    assert AuditEvent.objects.filter(action="api_key.revoked").count() == 1


def test_the_database_refuses_to_change_scopes():
    issued = make_key("fluxly")
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        ApiKey.objects.filter(pk=issued.key.pk).update(scopes={"Links": ["View"]})


def test_last_use_is_written_at_most_once_a_minute(django_assert_num_queries):
    key = make_key("fluxly").key
    services.note_use(key, "192.0.2.0/24")
    key.refresh_from_db()
    assert key.last_used_network == "192.0.2.0/24"
    with django_assert_num_queries(0):
        services.note_use(key, "198.51.100.0/24")
    key.last_used_at = timezone.now() - timedelta(minutes=2)
    # The row itself is fresh: another process wrote it a moment ago, so this one leaves it alone.
    services.note_use(key, "198.51.100.0/24")
    key.refresh_from_db()
    assert key.last_used_network == "192.0.2.0/24"


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_many_rolls_at_the_same_moment_exactly_one_wins():
    key = make_key("fluxly").key
    barrier, outcomes = threading.Barrier(8), list[str | None]()

    def attempt() -> None:
        try:
            mine = ApiKey.objects.get(pk=key.pk)
            barrier.wait()
            outcomes.append(services.roll(key=mine).secret)
        except KeyChanged:
            outcomes.append(None)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    secrets = [secret for secret in outcomes if secret]
    assert len(outcomes) == 8
    assert len(secrets) == 1
    assert find_key("fluxly", secrets[0]) == key


def test_a_key_that_no_request_brought_reads_its_plan_itself():
    key = ApiKey.objects.get(pk=make_key("fluxly").key.pk)
    assert key.plan.name == "full_stack"
