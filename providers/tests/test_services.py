"""What holds whoever writes: races, the log, opening and closing."""

import threading

import pytest
from django.db import IntegrityError, connection, connections, transaction

from accounts.tests.factories import make_account, make_user
from api.errors import InvalidFields, PlatformError
from apikeys.management.commands.issue_key import resource_of
from audit.errors import AppendOnly
from audit.models import AuditEvent
from providers import services
from providers.demo import load_demo
from providers.errors import NameTaken, PreconditionFailed, SlugTaken
from providers.models import Change, Provider, Source
from providers.services.derived import derive
from providers.tests.factories import make_provider


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["", "a", "A-b", "a--b", "-ab", "ab-", "a_b", "ü-b", "a" * 65, "ab\n", "a b"])
def test_a_slug_is_lower_case_words(slug):
    with pytest.raises(InvalidFields):
        make_provider(slug=slug)


@pytest.mark.django_db
def test_a_slug_is_given_once_and_routes_have_none():
    make_provider(slug="acme")
    for slug, refusal in (("acme", SlugTaken), ("schema", InvalidFields), ("compare", InvalidFields)):
        with pytest.raises(refusal):
            make_provider(slug=slug)


@pytest.mark.django_db
def test_a_slug_that_somebody_takes_at_the_same_moment_is_refused(monkeypatch):
    def late(row, *words):
        if row.name == "Second":
            make_provider(slug="acme", name="First")
        return derive(row, *words)

    monkeypatch.setattr("providers.services.listings.derive", late)
    with pytest.raises(SlugTaken):
        make_provider(slug="acme", name="Second")


@pytest.mark.django_db
def test_a_reopened_listing_needs_its_name_free():
    closed = make_provider(name="Acme", is_live=False)
    make_provider(name="ACME")
    with pytest.raises(NameTaken):
        services.set_standing(provider=closed, verified=False, flux_labs_partner=False, is_live=True)
    closed.refresh_from_db()
    assert not closed.is_live


@pytest.mark.django_db
def test_standing_is_audited_and_leaves_the_version():
    staff, provider = make_user(), make_provider()
    services.set_standing(provider=provider, verified=True, flux_labs_partner=False, is_live=True, actor=staff)
    provider.refresh_from_db()
    assert (provider.verified, provider.version) == (True, 1)
    event = AuditEvent.objects.get(action="provider.standing_set")
    assert (event.actor, event.data) == (f"user:{staff.pk}", {"verified": True})


@pytest.mark.django_db
def test_only_a_push_is_a_sign_of_life():
    provider = make_provider()
    for source in (Source.PULL, Source.STAFF):
        provider = services.apply_update(
            services.Proposal(provider=provider, fields={"total_nodes": 5}, source=source)
        ).provider
        assert provider.last_push_at is None


@pytest.mark.django_db
def test_logged_changes_are_never_changed():
    provider = make_provider(fields={"total_nodes": 5})
    change = Change.objects.of(provider).get()
    for attempt in (change.save, change.delete, Change.objects.all().delete):
        with pytest.raises(AppendOnly):
            attempt()
    with pytest.raises(AppendOnly):
        Change.objects.update(field="x")


@pytest.mark.django_db
@pytest.mark.services
def test_the_database_itself_refuses_to_change_the_log():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such trigger")
    make_provider(fields={"total_nodes": 5})
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM providers_change")


@pytest.mark.django_db
def test_the_database_itself_refuses_numbers_out_of_range():
    provider = make_provider()
    for wrong in ({"sla": 101}, {"uptime_percentage": -1}, {"data_centers": 1001}, {"type": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Provider.objects.filter(pk=provider.pk).update(**wrong)


@pytest.mark.django_db
def test_the_demo_is_made_once(client):
    account = make_account()
    assert load_demo(account=account) == load_demo(account=account) == "demo-provider"
    data = client.get("/api/providers/demo-provider").json()["data"]
    assert (data["isDemo"], data["country"], len(data["tiers"])) == (True, "Poland", 3)
    assert Provider.objects.count() == 1


@pytest.mark.django_db
def test_a_key_from_the_shell_is_bound_to_the_accounts_first_provider():
    account = make_account()
    make_provider(account=account, slug="first")
    make_provider(account=account, slug="another")
    assert resource_of("fluxme", account, None) == "first"
    assert resource_of("fluxme", account, "another") == "another"


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_of_two_pushes_with_one_etag_one_wins():
    if connection.vendor == "sqlite":
        pytest.skip("the in-memory database of SQLite has one writer")
    # Without the row's lock a round goes wrong about every second time.
    for _ in range(8):
        assert sorted(race(make_provider())) == ["applied", PreconditionFailed.code]
    assert Change.objects.count() == 8


def race(provider):
    """Return what became of two updates that began at the same moment from the same version."""
    ready = threading.Barrier(2)
    outcomes: list[str] = []

    def run(number):
        ready.wait()
        try:
            services.apply_update(
                services.Proposal(
                    provider=provider, fields={"total_nodes": number}, source=Source.PUSH, if_match=[provider.etag]
                )
            )
            outcomes.append("applied")
        except PlatformError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in (5, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
