"""Compressing without a key: by a person who is signed in, and by somebody anonymous."""

import pytest

from accounts.tests.factories import make_account
from accounts.tests.pages import owner_of
from audit.models import AuditEvent
from images import services
from images.codecs import Options, sniff
from images.errors import Busy
from images.models import Result
from images.results import Done, Failed
from images.services import compress
from images.tests.factories import make_upload
from images.tests.pictures import make_png
from images.workers import QueueFullError
from plans import entitlements
from plans.errors import QuotaExhausted
from plans.models import UsageCounter

pytestmark = pytest.mark.django_db

WEBP = Options(format="webp")


def test_a_person_compresses_for_an_account_without_a_key():
    account = make_account()
    person = owner_of(account)
    (done,) = compress(account=account, user=person, files=[make_upload()], options=WEBP, session_id="page")
    assert isinstance(done, Done)
    assert done.result == Result.objects.get()
    assert (done.result.session_id, done.result.key, done.data) == ("page", None, b"")
    assert AuditEvent.objects.get(action="image.compressed").actor == f"user:{person.pk}"
    assert UsageCounter.objects.get(account=account).used == 1


def test_the_plan_free_has_twenty_images_on_the_page():
    account = make_account()
    entitlements.claim(account, "fluximage", "compressions", 20)
    with pytest.raises(QuotaExhausted):
        compress(account=account, files=[make_upload()], options=WEBP)


def test_somebody_anonymous_gets_bytes_and_leaves_nothing():
    files = [make_upload("a.png"), make_upload("b.png", make_png()[:-30])]
    done, failed = compress(account=None, files=files, options=WEBP)
    assert isinstance(done, Done)
    assert isinstance(failed, Failed)
    assert (sniff(done.data), done.result.name, done.result.compressed_bytes) == ("webp", "a.webp", len(done.data))
    assert failed.code == "corrupt_image"
    for model in (Result, UsageCounter, AuditEvent):
        assert not model.objects.exists()


def test_somebody_anonymous_gets_nothing_of_an_account():
    account = make_account()
    compress(account=account, files=[make_upload()], options=WEBP)
    (done,) = compress(account=None, files=[make_upload()], options=WEBP)
    assert isinstance(done, Done)
    assert done.result.pk != Result.objects.get().pk


def test_somebody_anonymous_is_told_to_come_back_when_the_queue_is_full(monkeypatch):
    def refuse(*_):
        raise QueueFullError(4)

    monkeypatch.setattr(services, "encode_isolated", refuse)
    with pytest.raises(Busy) as refused:
        compress(account=None, files=[make_upload()], options=WEBP)
    assert refused.value.headers["Retry-After"] == "4"


def test_a_caller_may_ask_for_the_bytes_of_what_is_kept():
    account = make_account()
    (done,) = compress(account=account, files=[make_upload()], options=WEBP, wants_data=True)
    assert isinstance(done, Done)
    assert sniff(done.data) == "webp"
