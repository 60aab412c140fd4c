"""Kept answers: asked for once, given to many, and never after their end."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloud.cache import AnswerCache, Kept, Shared
from cloud.shared_answers import RedisAnswers

pytestmark = pytest.mark.once


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def kept(body: bytes = b"{}", *, seconds: float = 30, now: float = 1_800_000_000.0, is_good: bool = True) -> Kept:
    return Kept(200, "application/json", body, (("fluxnode", "a"),), "node", now, now + seconds, is_good, "tag")


class Asker:
    """Counts how often it is asked."""

    def __init__(self, answer: Kept, *, hold: threading.Event | None = None) -> None:
        self.answer, self.hold, self.count = answer, hold, 0
        self.asked = threading.Event()

    def __call__(self) -> Kept:
        self.count += 1
        self.asked.set()
        if self.hold is not None:
            assert self.hold.wait(20)
        return self.answer


def test_an_answer_is_kept_to_its_end_and_no_longer():
    clock = Clock()
    cache = AnswerCache(Shared(), clock=clock)
    asker = Asker(kept())
    assert cache.get("a") is None
    assert cache.answer("a", asker) == (asker.answer, False)
    assert cache.answer("a", asker) == (asker.answer, True)
    clock.now += 29.9
    assert cache.get("a") == asker.answer
    clock.now += 0.1
    assert cache.get("a") is None
    asker.answer = kept(b"new", now=clock.now)
    assert cache.answer("a", asker) == (asker.answer, False)
    assert asker.count == 2
    assert cache.answer("b", asker)[1] is False


def test_many_who_ask_at_once_are_one_question():
    hold = threading.Event()
    asker = Asker(kept(now=time.time()), hold=hold)
    cache = AnswerCache(Shared())
    with ThreadPoolExecutor(64) as pool:
        waiting = [pool.submit(cache.answer, "a", asker) for _ in range(64)]
        assert asker.asked.wait(20)
        hold.set()
        outcomes = [future.result(20) for future in waiting]
    assert asker.count == 1
    assert [was_kept for _, was_kept in outcomes].count(False) == 1


def test_who_waits_for_one_that_crashes_asks_for_himself():
    hold = threading.Event()
    cache = AnswerCache(Shared())
    good = Asker(kept(now=time.time()))

    def crash() -> Kept:
        good.asked.set()
        assert hold.wait(20)
        raise ZeroDivisionError

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.answer, "a", crash)
        assert good.asked.wait(20)
        second = pool.submit(cache.answer, "a", good)
        hold.set()
        with pytest.raises(ZeroDivisionError):
            first.result(20)
        assert second.result(20) == (good.answer, False)


def test_the_bytes_of_a_process_are_bounded_and_the_oldest_go_first():
    cache = AnswerCache(Shared(), max_bytes=5000, clock=Clock())
    for name in "abcd":
        cache.answer(name, lambda: kept(b"x" * 1000))
    assert [cache.get(name) is not None for name in "abcd"] == [False, True, True, True]
    cache.answer("huge", lambda: kept(b"x" * 5000))
    assert cache.get("huge") is None
    assert cache.get("d") is not None
    cache.clear()
    assert cache.get("d") is None


class Between(Shared):
    """What two processes share, as far as one test needs it."""

    def __init__(self, found: list[Kept | None], tokens: list[str]) -> None:
        self.found, self.tokens = found, tokens
        self.put_keys: list[str] = []
        self.released: list[str] = []

    def get(self, key: str) -> Kept | None:
        return self.found.pop(0)

    def put(self, key: str, kept: Kept, seconds: float) -> None:
        self.put_keys.append(key)

    def claim(self, key: str) -> str:
        return self.tokens.pop(0)

    def release(self, key: str, token: str) -> None:
        self.released.append(token)


def test_what_another_process_has_is_taken():
    there = kept(now=time.time())
    asker = Asker(kept(b"own"))
    cache = AnswerCache(Between([there], []))
    assert cache.answer("a", asker) == (there, True)
    assert cache.get("a") == there
    assert asker.count == 0


def test_while_another_process_asks_this_one_waits():
    there = kept(now=time.time())
    shared = Between([None, None, there], ["", ""])
    asker = Asker(kept(b"own"))
    assert AnswerCache(shared).answer("a", asker) == (there, True)
    assert asker.count == 0


def test_an_answer_that_came_between_the_look_and_the_claim_is_taken():
    there = kept(now=time.time())
    shared = Between([None, there], ["token"])
    asker = Asker(kept(b"own"))
    assert AnswerCache(shared).answer("a", asker) == (there, True)
    assert (asker.count, shared.released) == (0, ["token"])


def test_whoever_has_the_claim_asks_shares_the_answer_and_gives_the_claim_back():
    shared = Between([None, None], ["token"])
    asker = Asker(kept(now=time.time()))
    assert AnswerCache(shared).answer("a", asker) == (asker.answer, False)
    assert (asker.count, shared.put_keys, shared.released) == (1, ["a"], ["token"])


def test_an_answer_that_is_too_large_for_redis_is_given_and_not_shared(monkeypatch):
    monkeypatch.setattr("cloud.cache.LARGEST_BYTES", 10)
    shared = Between([None, None], ["token"])
    asker = Asker(kept(b"x" * 11, now=time.time()))
    assert AnswerCache(shared).answer("a", asker) == (asker.answer, False)
    assert (shared.put_keys, shared.released) == ([], ["token"])


def test_a_claim_that_is_never_given_back_holds_nobody_for_ever():
    clock = Clock()

    class Stuck(Between):
        def claim(self, key: str) -> str:
            clock.now += 60
            return ""

    asker = Asker(kept(now=clock.now + 120))
    assert AnswerCache(Stuck([None, None], []), clock=clock).answer("a", asker) == (asker.answer, False)


def test_without_redis_each_process_asks_for_itself():
    away = RedisAnswers("redis://127.0.0.1:1/0")
    assert away.get("a") is None
    token = away.claim("a")
    assert token
    away.put("a", kept(now=time.time()), 30)
    away.release("a", token)
    assert away.get("a") is None
