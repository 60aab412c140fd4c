"""Kept answers in Redis, between processes."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings

from cloud.cache import AnswerCache, Kept
from cloud.shared_answers import RedisAnswers

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not settings.REDIS_URL, reason="needs Redis (REDIS_URL)"),
]


def kept(seconds: float = 30) -> Kept:
    now = time.time()
    return Kept(
        200, "application/json", b'{"a":\n"\xc3\xbc"}', (("fluxnode", "a"),), "node", now, now + seconds, True, "t"
    )


def test_an_answer_is_there_for_other_processes_as_it_was():
    answer = kept()
    RedisAnswers(settings.REDIS_URL).put("a", answer, 30)
    assert RedisAnswers(settings.REDIS_URL).get("a") == answer
    RedisAnswers(settings.REDIS_URL).put("b", answer, 0)
    assert RedisAnswers(settings.REDIS_URL).get("b") is None


def test_one_process_at_a_time_has_the_claim():
    one, other = RedisAnswers(settings.REDIS_URL), RedisAnswers(settings.REDIS_URL)
    token = one.claim("a")
    assert token
    assert other.claim("a") == ""
    other.release("a", "not the token")
    other.release("a", "")
    assert other.claim("a") == ""
    one.release("a", token)
    assert other.claim("a")


def test_sixteen_callers_of_two_processes_are_one_question():
    lock, asked = threading.Lock(), []

    def ask() -> Kept:
        with lock:
            asked.append(1)
        time.sleep(0.05)  # long enough for the other process to want the claim
        return kept()

    processes = [AnswerCache(RedisAnswers(settings.REDIS_URL)) for _ in range(2)]
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda number: processes[number % 2].answer("a", ask), range(16)))
    assert len(asked) == 1
    assert [was_kept for _, was_kept in outcomes].count(False) == 1
