"""Many sign-ins at once, on a database that lets them."""

import json
from collections import Counter

import pytest
import redis
from django.conf import settings
from django.test import Client

from cloud import arrivals, services
from cloud.models import Arrival, LoginPhrase, Session
from cloud.tests.wallets import BitcoinWallet
from tests.threads import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_of_sign_ins_with_one_phrase_at_once_one_opens_a_session_and_says_so_once():
    wallets = [BitcoinWallet(n) for n in range(1, 21)]
    phrase = services.issue_phrase().phrase
    with redis.Redis.from_url(settings.REDIS_URL).pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe(arrivals.CHANNEL)
        channel.get_message(timeout=5)

        def attempt(n):
            wallet = wallets[n]
            fields = {"zelid": wallet.zelid, "loginPhrase": phrase, "signature": wallet.sign(phrase)}
            return Client().post("/id/verifylogin", json.dumps(fields), "application/json").status_code

        assert Counter(at_once(len(wallets), attempt)) == {200: 1, 401: len(wallets) - 1}
        assert channel.get_message(timeout=5)["data"] == f"id:{phrase}".encode()
        assert channel.get_message(timeout=0.1) is None
    assert Session.objects.count() == Arrival.objects.count() == 1
    assert not LoginPhrase.objects.exists()


def test_signatures_left_at_once_under_one_identifier_are_one():
    message = "m" * 40

    def leave(n):
        services.provide_signature(zelid=BitcoinWallet(1).zelid, message=message, signature=str(n))

    at_once(8, leave)
    assert Arrival.objects.count() == 1
