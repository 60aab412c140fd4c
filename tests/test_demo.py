"""The demo account: made once, all or nothing, and never in production."""

import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, User
from apikeys import services as apikeys
from apikeys.models import ApiKey
from fluxplatform import demo
from links import demo as links_demo


@pytest.fixture
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


def test_when_the_file_is_lost_keys_and_passwords_are_replaced_and_data_stays(
    db, var, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = demo.ensure_demo()
    (var / "demo.json").unlink()
    with django_capture_on_commit_callbacks(execute=True):
        second = demo.ensure_demo()
    assert json.loads((var / "demo.json").read_text()) == second
    for product in demo.BEST_PLANS:
        assert first[product]["key"] != second[product]["key"]
    assert first["fluxme"]["slug"] == second["fluxme"]["slug"]
    assert first["fluxstore"]["storeId"] == second["fluxstore"]["storeId"]
    assert ApiKey.objects.filter(account__slug="demo").count() == len(demo.BEST_PLANS)
    assert not User.objects.get(email=demo.OWNER_EMAIL).check_password(first["fluxstore"]["password"])
    assert User.objects.get(email=demo.OWNER_EMAIL).check_password(second["fluxstore"]["password"])
    assert User.objects.get(email=demo.STAFF_EMAIL).check_password(second["staff"]["password"])


def test_when_the_database_is_new_an_old_file_does_not_count(db, var, django_capture_on_commit_callbacks):
    old = {"base_url": "http://127.0.0.1:1", "fluxly": {"key": "fluxly_live_" + "x" * 25}}
    (var / "demo.json").write_text(json.dumps(old))
    with django_capture_on_commit_callbacks(execute=True):
        made = demo.ensure_demo()
    assert json.loads((var / "demo.json").read_text()) == made
    assert Account.objects.filter(slug="demo").count() == 1


def test_a_revoked_demo_key_is_made_anew(db, var, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = demo.ensure_demo()
    apikeys.revoke(key=ApiKey.objects.get(account__slug="demo", product="fluximage"))
    with django_capture_on_commit_callbacks(execute=True):
        second = demo.ensure_demo()
    assert second["fluximage"]["key"] != first["fluximage"]["key"]
    assert ApiKey.objects.live().filter(account__slug="demo", product="fluximage").count() == 1


def test_a_demo_that_fails_half_way_leaves_nothing(transactional_db, var, monkeypatch):
    def fail(**_):
        raise OSError("no space left on device")

    monkeypatch.setattr(links_demo, "load_demo", fail)
    with pytest.raises(OSError, match="no space"):
        demo.ensure_demo()
    assert not Account.objects.exists()
    assert not User.objects.exists()
    assert not (var / "demo.json").exists()


def test_the_staff_may_enter_the_admin_and_the_owner_may_not(db, var, client):
    known = demo.ensure_demo()
    staff, owner = User.objects.get(email=demo.STAFF_EMAIL), User.objects.get(email=demo.OWNER_EMAIL)
    assert (staff.is_staff, staff.is_superuser) == (True, True)
    assert (owner.is_staff, owner.is_superuser) == (False, False)
    assert staff.check_password(known["staff"]["password"])
    client.force_login(staff)
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("command", ["load_demo", "run_platform"])
def test_production_has_no_demo(settings, command):
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        call_command(command)
