"""What a web worker remembers: bounded, loaded once, forgotten when it changes."""

import threading
import time

import pytest
from django.db import OperationalError

from links.table import LinkTable, Miss, PlainLink

pytestmark = pytest.mark.once

LINK = PlainLink(1, "302 Found", [("Location", "https://example.com/")], float("inf"), "")


def load(found=LINK, calls=None):
    def loader():
        if calls is not None:
            calls.append(1)
        return found

    return loader


def test_a_link_is_loaded_once():
    table = LinkTable()
    calls: list[int] = []
    assert [table.find("/r/abc", load(calls=calls)) for _ in range(3)] == [LINK] * 3
    assert len(calls) == 1


@pytest.mark.parametrize("miss", list(Miss))
def test_a_miss_is_remembered_for_two_seconds(monkeypatch, miss):
    table = LinkTable()
    calls: list[int] = []
    now = [100.0]
    monkeypatch.setattr("links.table.time.monotonic", lambda: now[0])
    for now[0] in (100.0, 101.9, 102.1):
        assert table.find("/r/abc", load(miss, calls)) is miss
    assert len(calls) == 2


def test_a_change_is_forgotten_link_and_miss_alike():
    table = LinkTable()
    calls: list[int] = []
    for found in (LINK, Miss.ABSENT):
        table.find("/r/abc", load(found, calls))
        table.forget(["/r/abc", "/r/unknown"])
    table.find("/r/abc", load(calls=calls))
    table.clear()
    table.find("/r/abc", load(calls=calls))
    assert len(calls) == 4


@pytest.mark.parametrize("change", [lambda table: table.forget(["/r/other"]), lambda table: table.clear()])
def test_what_was_read_before_a_change_is_not_remembered(change):
    table = LinkTable()

    def loader():
        change(table)
        return LINK

    assert table.find("/r/abc", loader) == LINK
    assert table.links == {}


def test_the_memory_is_bounded_and_the_oldest_goes_first():
    table = LinkTable(max_links=3, max_misses=2)
    for n in range(5):
        table.find(f"/r/{n}", load())
        table.find(f"/r/miss{n}", load(Miss.ABSENT))
    assert list(table.links) == ["/r/2", "/r/3", "/r/4"]
    assert list(table._misses) == ["/r/miss3", "/r/miss4"]


def test_many_who_ask_at_once_cause_one_load():
    table, ready = LinkTable(), threading.Barrier(9)
    calls: list[int] = []
    answers = []

    def loader():
        calls.append(1)
        time.sleep(0.1)
        return LINK

    def ask():
        ready.wait()
        answers.append(table.find("/r/abc", loader))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    ready.wait()
    for thread in threads:
        thread.join()
    assert answers == [LINK] * 8
    assert len(calls) == 1


def test_a_failed_load_is_told_to_all_who_waited_and_not_remembered():
    table, errors, started = LinkTable(), [], threading.Event()

    def failing():
        started.set()
        time.sleep(0.1)
        raise OperationalError

    def ask():
        try:
            table.find("/r/abc", failing)
        except OperationalError as error:
            errors.append(error)

    first = threading.Thread(target=ask)
    first.start()
    started.wait()
    others = [threading.Thread(target=ask) for _ in range(3)]
    for thread in others:
        thread.start()
    for thread in [first, *others]:
        thread.join()
    assert len(errors) == 4
    assert len({id(error) for error in errors}) == 1
    assert table.find("/r/abc", load()) == LINK
