import pytest

from accounts.tests.factories import make_account
from apikeys.tests.factories import client_for
from images.tests.factories import USAGE, make_client, make_image_key
from images.usage import usage_of
from plans import entitlements
from plans.catalogue import FLUXIMAGE

pytestmark = pytest.mark.django_db


def test_the_body_is_the_documents_own():
    issued = make_image_key(plan="pro")
    entitlements.claim(issued.key.account, "fluximage", "compressions", 45)
    assert client_for(issued.secret).get(USAGE).content == (
        b'{"plan":"pro","compressor_used":45,"compressor_limit":99999,"ia_credits_used":0,"ia_credits_monthly":0,'
        b'"ia_topup_credits":0,"ia_credits_remaining":0,"canCompress":true,"canUseIA":false,'
        b'"topups":{"small":"","medium":"","large":""}}'
    )


@pytest.mark.parametrize(("plan", "limit"), [("starter", 200), ("pro", 99_999), ("agency", 99_999)])
def test_unlimited_plans_show_99999(plan, limit):
    body = make_client(plan=plan).get(USAGE).json()
    assert (body["plan"], body["compressor_limit"], body["compressor_used"]) == (plan, limit, 0)


def test_the_plan_free_has_twenty():
    body = usage_of(make_account(), FLUXIMAGE.plan("free"))
    assert (body["compressor_limit"], body["canCompress"]) == (20, True)


def test_an_unlimited_plan_stops_at_its_technical_cap():
    issued = make_image_key(plan="pro")
    entitlements.claim(issued.key.account, "fluximage", "compressions", 50_000)
    assert client_for(issued.secret).get(USAGE).json()["canCompress"] is False


def test_another_accounts_use_does_not_count():
    entitlements.claim(make_image_key().key.account, "fluximage", "compressions", 7)
    assert make_client().get(USAGE).json()["compressor_used"] == 0


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_writing_is_refused(method):
    assert getattr(make_client(), method)(USAGE).status_code == 405
