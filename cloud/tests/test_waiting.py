"""Nothing that arrives stays unseen, in whatever order it comes; and one look serves everybody who waits."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from cloud import arrivals, services, waiting
from cloud.models import Kind, LoginPhrase
from cloud.tests.wallets import BitcoinWallet
from cloud.waiting import Found, Key, Waiting, look

SIGN_IN = Key("id", "a phrase")
PAYLOAD = {"zelid": "1"}


class World:
    """What has arrived, and a look at it that tests can act in the middle of."""

    def __init__(self) -> None:
        self.arrived: dict[Key, dict[str, Any]] = {}
        self.gone: set[Key] = set()
        self.looks: list[list[Key]] = []
        self.during: Callable[[], None] = lambda: None

    async def look(self, keys: list[Key]) -> Found:
        self.looks.append(keys)
        found = Found({k: self.arrived[k] for k in keys if k in self.arrived}, {k for k in keys if k in self.gone})
        during, self.during = self.during, lambda: None
        during()
        return found


def told(world: World, act: Callable[[Waiting], Any] = lambda hub: None, *keys: Key) -> list[Any]:
    """Wait for the keys, act once the first look is over, and return what each is told."""

    async def run() -> list[Any]:
        hub = Waiting(world.look)
        hub.start()
        try:
            waiters = [asyncio.create_task(_told(hub, key)) for key in keys or (SIGN_IN,)]
            while not world.looks:
                await asyncio.sleep(0)
            act(hub)
            return await asyncio.wait_for(asyncio.gather(*waiters), 5)
        finally:
            await hub.stop()
            assert len(hub) == 0

    return asyncio.run(run())


async def _told(hub: Waiting, key: Key) -> Any:
    with hub.of(key) as answered:
        return await answered


@pytest.fixture
def never_by_itself(monkeypatch):
    """Leave out the looks that come with time, so that only messages wake."""
    monkeypatch.setattr(waiting, "POLL_SECONDS", 1000.0)


@pytest.mark.usefixtures("never_by_itself")
def test_what_was_there_before_is_found_by_the_first_look():
    world = World()
    world.arrived[SIGN_IN] = PAYLOAD
    assert told(world) == [PAYLOAD]
    assert len(world.looks) == 1


@pytest.mark.usefixtures("never_by_itself")
def test_a_message_wakes_who_waits():
    world = World()

    def arrive(hub: Waiting) -> None:
        world.arrived[SIGN_IN] = PAYLOAD
        hub.notice([SIGN_IN, Key("id", "somebody else's")])

    assert told(world, arrive) == [PAYLOAD]
    assert world.looks == [[SIGN_IN], [SIGN_IN]]


@pytest.mark.usefixtures("never_by_itself")
def test_what_arrives_while_the_first_look_is_on_its_way_is_not_missed():
    world = World()

    async def run() -> Any:
        hub = Waiting(world.look)

        def arrive() -> None:
            # The look has read already, and returns without it.
            world.arrived[SIGN_IN] = PAYLOAD
            hub.notice([SIGN_IN])

        world.during = arrive
        hub.start()
        try:
            return await asyncio.wait_for(_told(hub, SIGN_IN), 5)
        finally:
            await hub.stop()

    assert asyncio.run(run()) == PAYLOAD
    assert len(world.looks) == 2


def test_without_messages_all_are_looked_up_at_once_twice_a_second(monkeypatch):
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.02)
    world = World()
    keys = [Key("id", str(number)) for number in range(3)]

    def arrive(hub: Waiting) -> None:
        world.arrived |= dict.fromkeys(keys[:2], PAYLOAD)
        world.gone.add(keys[2])

    assert told(world, arrive, *keys) == [PAYLOAD, PAYLOAD, None]
    assert sorted(world.looks[-1]) == keys


def test_several_may_wait_for_one_key_and_a_database_that_is_away_comes_back(monkeypatch):
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.02)
    world = World()
    world.arrived[SIGN_IN] = PAYLOAD

    def fail() -> None:
        raise OperationalError

    world.during = fail
    assert told(world, lambda hub: None, SIGN_IN, SIGN_IN) == [PAYLOAD, PAYLOAD]


@pytest.mark.django_db
def test_a_look_finds_what_arrived_and_what_can_arrive_no_more():
    wallet = BitcoinWallet()
    used, live = (services.issue_phrase().phrase for _ in range(2))
    services.sign_in(zelid=wallet.zelid, phrase=used, signature=wallet.sign(used))
    message = "1795815617188"
    services.provide_signature(zelid=wallet.zelid, message=message, signature="s")
    signature = Key("sign", wallet.zelid + message)
    found = look([Key("id", used), Key("id", live), Key("id", "x"), signature, Key("sign", "x")])
    assert set(found.arrived) == {Key("id", used), signature}
    assert found.arrived[Key("id", used)]["zelid"] == wallet.zelid
    assert found.gone == {Key("id", "x")}


# A look gives its connection back, and with it would end a transaction of the test.
@pytest.mark.django_db(transaction=True)
def test_a_sign_in_between_the_two_questions_of_a_look_is_no_end(monkeypatch):
    wallet = BitcoinWallet()
    phrase = services.issue_phrase().phrase
    ask = LoginPhrase.objects.live

    def then_sign_in():
        monkeypatch.setattr(LoginPhrase.objects, "live", ask)
        services.sign_in(zelid=wallet.zelid, phrase=phrase, signature=wallet.sign(phrase))
        return ask()

    # Somebody signs in just before the first question, and another time just after it.
    monkeypatch.setattr(LoginPhrase.objects, "live", then_sign_in)
    found = look([Key("id", phrase)])
    assert (list(found.arrived), found.gone) == ([Key("id", phrase)], set())
    later = services.issue_phrase().phrase
    all_arrived = arrivals.all_arrived

    def sign_in_then(kind: str, keys: list[str]) -> Any:
        if kind == Kind.SIGN_IN:
            services.sign_in(zelid=wallet.zelid, phrase=later, signature=wallet.sign(later))
        return all_arrived(kind, keys)

    monkeypatch.setattr(arrivals, "all_arrived", sign_in_then)
    found = look([Key("id", later)])
    assert (list(found.arrived), found.gone) == ([Key("id", later)], set())
