"""Who waits for a sign-in or a signature in this process, and how they learn of it.

One task looks into the database for all of them at once. It looks when somebody begins to wait, when Redis says
that something arrived, and now and then for everything: without a live subscription twice a second, else every
five seconds in case a message was lost. A key is entered before it is looked up, and a message that comes during
a look makes another one: whatever the order, nothing that arrived stays unseen.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import redis.asyncio
import structlog
from django.db import Error, close_old_connections

from cloud import arrivals
from cloud.models import Kind

POLL_SECONDS = 0.5
REST_SECONDS = 5.0
AGAIN_SECONDS = 1.0
KEYS_A_QUERY = 1_000
log = structlog.get_logger(__name__)


class Key(NamedTuple):
    """What is waited for: a phrase to be signed in with, or a signature under an identifier."""

    kind: str
    name: str


@dataclass(slots=True)
class Found:
    """What a look found. arrived: payloads by key. gone: phrases with which nobody can sign in any more."""

    arrived: dict[Key, dict[str, Any]] = field(default_factory=dict)
    gone: set[Key] = field(default_factory=set)


Look = Callable[[list[Key]], Awaitable[Found]]
Answered = asyncio.Future["dict[str, Any] | None"]


class Waiting:
    """Those who wait in this process. All methods belong to one event loop."""

    def __init__(self, look: Look, redis_url: str = "") -> None:
        self._look = look
        self._redis_url = redis_url
        self._waiting: defaultdict[Key, set[Answered]] = defaultdict(set)
        self._due: set[Key] = set()
        self._work = asyncio.Event()
        self._is_subscribed = False
        self._tasks: list[asyncio.Task[None]] = []

    def __len__(self) -> int:
        """Return how many keys are waited for."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to look, and to listen where there is Redis."""
        self._tasks.append(asyncio.create_task(self._run()))
        if self._redis_url:
            self._tasks.append(asyncio.create_task(self._listen()))

    async def stop(self) -> None:
        """Stop both."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    @contextlib.contextmanager
    def of(self, key: Key) -> Any:
        """Return what is done once the key's payload is there, with None when it cannot come any more."""
        answered: Answered = asyncio.get_running_loop().create_future()
        self._waiting[key].add(answered)
        self.notice([key])
        try:
            yield answered
        finally:
            self._waiting[key].discard(answered)
            if not self._waiting[key]:
                del self._waiting[key]
            answered.cancel()

    def notice(self, keys: Iterable[Key]) -> None:
        """Have keys looked up, as far as somebody waits for them."""
        wanted = [key for key in keys if key in self._waiting]
        if wanted:
            self._due.update(wanted)
            self._work.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        looked_at = loop.time()
        while True:
            rest = REST_SECONDS if self._is_subscribed else POLL_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._work.wait(), max(0.0, looked_at + rest - loop.time()))
            self._work.clear()
            if loop.time() >= looked_at + rest:
                self._due.update(self._waiting)
                looked_at = loop.time()
            await self._look_up()

    async def _look_up(self) -> None:
        keys, self._due = [key for key in self._due if key in self._waiting], set()
        for start in range(0, len(keys), KEYS_A_QUERY):
            some = keys[start : start + KEYS_A_QUERY]
            try:
                found = await self._look(some)
            except Error as error:
                # All are looked up again at the next turn that is due.
                log.warning("cloud_look_failed", error=type(error).__name__)
                return
            for key in some:
                if key in found.arrived or key in found.gone:
                    self._tell(key, found.arrived.get(key))

    def _tell(self, key: Key, payload: dict[str, Any] | None) -> None:
        for answered in self._waiting.get(key, ()):
            if not answered.done():
                answered.set_result(payload)

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (redis.RedisError, OSError) as error:
                log.warning("cloud_subscription_lost", error=type(error).__name__)
            self._is_subscribed = False
            self._work.set()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self) -> None:
        client = redis.asyncio.Redis.from_url(self._redis_url, socket_keepalive=True)
        async with client, client.pubsub() as subscription:
            await subscription.subscribe(arrivals.CHANNEL)
            async for message in subscription.listen():
                if message["type"] == "subscribe":
                    self._is_subscribed = True
                    # What arrived before the subscription was in force.
                    self.notice(list(self._waiting))
                elif message["type"] == "message":
                    kind, _, name = message["data"].decode("utf-8", "replace").partition(":")
                    self.notice([Key(kind, name)])


def look(keys: list[Key]) -> Found:
    """Look the keys up, and give the connection back."""
    try:
        found = Found()
        phrases = [key.name for key in keys if key.kind == Kind.SIGN_IN]
        # First: a sign-in deletes the phrase and leaves the arrival at once, so one of the two is always seen.
        awaited = arrivals.all_awaited(phrases) if phrases else frozenset()
        for kind in Kind:
            names = [key.name for key in keys if key.kind == kind]
            payloads = arrivals.all_arrived(kind, names) if names else {}
            found.arrived |= {Key(kind.value, name): payload for name, payload in payloads.items()}
        signed_in = {Key(Kind.SIGN_IN.value, phrase) for phrase in phrases if phrase not in awaited}
        found.gone = signed_in - found.arrived.keys()
        return found
    finally:
        close_old_connections()
