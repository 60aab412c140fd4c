"""What the staff sees of Flux Cloud, and what is said when Redis does not listen."""

import pytest
import redis
from django.db import transaction
from structlog.testing import capture_logs

from accounts.tests.factories import make_user
from accounts.tests.pages import signed_in
from audit.models import AuditEvent
from cloud import arrivals, services, tasks
from cloud.models import Arrival, FluxIdentity, LoginPhrase, Session
from cloud.tests.factories import sign_in
from cloud.tests.wallets import BitcoinWallet

pytestmark = pytest.mark.django_db
WALLET = BitcoinWallet(61)


@pytest.fixture
def staff():
    return make_user(is_staff=True, is_superuser=True)


def act(person, model, action, pk):
    fields = {"action": action, "_selected_action": [pk]}
    return signed_in(person).post(f"/admin/cloud/{model}/", fields)


def test_the_staff_finds_sessions_and_ends_them(staff):
    session, _ = sign_in(WALLET)
    sign_in(WALLET)
    page = signed_in(staff).get("/admin/cloud/session/").content.decode()
    assert WALLET.zelid in page
    assert session.phrase not in page
    act(staff, "session", "log_out_everywhere", session.pk)
    assert not Session.objects.live().exists()


def test_the_staff_unlinks_an_id_and_is_named_for_it(staff):
    identity = services.link_identity(user=make_user(), zelid=WALLET.zelid)
    assert WALLET.zelid in signed_in(staff).get("/admin/cloud/fluxidentity/").content.decode()
    act(staff, "fluxidentity", "unlink", identity.pk)
    assert not FluxIdentity.objects.exists()
    assert AuditEvent.objects.get(action="cloud.flux_id_unlinked").actor == f"user:{staff.pk}"


def test_staff_without_the_right_may_do_neither():
    helper = make_user(is_staff=True)
    session, _ = sign_in(WALLET)
    assert act(helper, "session", "log_out_everywhere", session.pk).status_code == 403
    assert Session.objects.live().exists()


def test_a_sign_in_succeeds_while_redis_is_away(settings, monkeypatch, django_capture_on_commit_callbacks):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    away = redis.Redis.from_url(settings.REDIS_URL)
    monkeypatch.setattr(arrivals, "_publisher", lambda: away)
    with capture_logs() as lines, django_capture_on_commit_callbacks(execute=True):
        session, _ = sign_in(WALLET)
    assert "arrival_not_published" in [line["event"] for line in lines]
    assert arrivals.arrived("id", session.phrase)


def test_rows_are_named_by_what_they_are():
    session, _ = sign_in(WALLET)
    phrase = services.issue_phrase()
    with transaction.atomic():
        identity = services.link_identity(user=make_user(), zelid=WALLET.zelid)
    assert str(session).startswith(f"{WALLET.zelid} since 20")
    assert str(LoginPhrase.objects.get()) == phrase.phrase
    assert str(Arrival.objects.get()) == f"id {session.phrase}"
    assert str(identity) == WALLET.zelid


def test_the_scheduled_task_removes_what_is_over():
    sign_in(WALLET)
    Session.objects.update(expires_at="2020-01-01T00:00:00Z")
    tasks.tidy()
    assert not Session.objects.exists()
