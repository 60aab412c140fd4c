"""The rules of measured uptime, by hand-made cases and against a plain count over any sequence of checks."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.uptime_rules import (
    INTERVAL,
    MAX_GAP,
    RECHECK,
    Network,
    Span,
    Standing,
    by_day,
    judge,
    network_of,
    next_check,
)

pytestmark = pytest.mark.once

START = datetime(2026, 11, 20, 23, 40, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def run(*checks, network=Network.WORKS):
    """Return the verdicts of checks: (minutes since the start, is up)."""
    standing, verdicts = Standing(), []
    for minutes, is_up in checks:
        verdicts.append(judge(standing, at=at(minutes), is_up=is_up, network=network))
        standing = verdicts[-1].standing
    return verdicts


def test_two_failures_in_a_row_are_an_incident_from_the_first_to_the_next_success():
    verdicts = run((0, True), (5, False), (6, False), (7, False), (8, True))
    assert [v.opened_at for v in verdicts] == [None, None, at(5), None, None]
    assert [v.closed_at for v in verdicts] == [None, None, None, None, at(8)]
    assert [v.span for v in verdicts] == [
        None,
        Span(at(0), at(5), is_down=False),
        Span(at(5), at(6), is_down=True),
        Span(at(6), at(7), is_down=True),
        Span(at(7), at(8), is_down=True),
    ]


def test_one_failure_between_successes_is_none():
    verdicts = run((0, True), (5, False), (6, True))
    assert verdicts[2].opened_at is None
    assert verdicts[2].span == Span(at(5), at(6), is_down=False)


def test_a_page_that_fails_from_the_very_first_check_is_down_from_then_on():
    verdicts = run((0, False), (1, False))
    assert verdicts[1].opened_at == at(0)


def test_time_in_which_nobody_looked_is_unknown():
    limit = MAX_GAP.total_seconds() / 60
    assert run((0, True), (limit, True))[1].span == Span(at(0), at(limit), is_down=False)
    assert run((0, True), (limit + 0.1, True))[1].span is None


def test_an_incident_over_a_gap_ends_where_it_was_last_seen_and_another_needs_two_failures_again():
    verdicts = run((0, False), (1, False), (30, False), (31, False))
    assert verdicts[2].closed_at == at(1)
    assert verdicts[2].span is None
    assert verdicts[3].opened_at == at(30)


def test_one_failure_before_a_gap_counts_for_nothing():
    verdicts = run((0, True), (5, False), (30, False), (31, True))
    assert [v.opened_at for v in verdicts] == [None] * 4
    assert verdicts[3].span == Span(at(30), at(31), is_down=False)


def test_while_it_is_unclear_whether_our_network_works_the_time_waits_to_be_judged():
    standing = run((0, True), (5, False))[-1].standing
    held = judge(standing, at=at(6), is_up=False, network=Network.UNCLEAR)
    assert (held.span, held.opened_at) == (None, None)
    told = judge(held.standing, at=at(7), is_up=False, network=Network.WORKS)
    assert (told.opened_at, told.span) == (at(5), Span(at(5), at(7), is_down=True))
    never_told = judge(held.standing, at=at(7), is_up=True)
    assert (never_told.span, never_told.opened_at) == (None, None)


def test_an_open_incident_does_not_go_on_through_our_own_outage():
    down = run((0, True), (5, False), (6, False))[-1].standing
    unclear = judge(down, at=at(7), is_up=False, network=Network.UNCLEAR)
    assert (unclear.span, unclear.closed_at) == (None, None)
    away = judge(unclear.standing, at=at(8), is_up=False, network=Network.AWAY)
    assert (away.span, away.closed_at, away.standing.is_down) == (None, at(6), False)
    # What nobody could judge was of the incident after all.
    told = judge(unclear.standing, at=at(8), is_up=False, network=Network.WORKS)
    assert (told.span, told.closed_at) == (Span(at(6), at(8), is_down=True), None)


def test_our_own_outage_is_neither_up_nor_down():
    verdicts = run((0, True), (5, False), (6, False), (7, False), (8, True), (13, True), network=Network.AWAY)
    assert [v.opened_at for v in verdicts] == [None] * 6
    spans = [v.span for v in verdicts if v.span]
    # The last minute of it is that of a single failure.
    assert spans == [
        Span(at(0), at(5), is_down=False),
        Span(at(7), at(8), is_down=False),
        Span(at(8), at(13), is_down=False),
    ]


@pytest.mark.parametrize(
    ("others", "tried", "answered", "network"),
    [
        (2, 2, 0, Network.WORKS),
        (3, 0, 0, Network.UNCLEAR),
        (3, 2, 0, Network.UNCLEAR),
        (3, 3, 0, Network.AWAY),
        (9, 9, 1, Network.WORKS),
    ],
)
def test_the_other_pages_tell_whether_our_network_works(others, tried, answered, network):
    assert network_of(others=others, tried=tried, answered=answered) is network


def test_a_failing_page_is_looked_at_sooner():
    assert next_check(Standing(), at(0)) == at(0) + INTERVAL
    assert next_check(Standing(failures=1), at(0)) == at(0) + RECHECK


def test_a_span_is_cut_at_midnight():
    span = Span(at(0), at(24 * 60 + 30), is_down=False)
    assert list(by_day(span)) == [
        (date(2026, 11, 20), 20 * 60),
        (date(2026, 11, 21), 86_400),
        (date(2026, 11, 22), 10 * 60),
    ]
    assert list(by_day(Span(at(0), at(0), is_down=False))) == []


def plain_count(checks):
    """Count the seconds of each day one by one: what was measured, and what of it was down."""
    measured: Counter[date] = Counter()
    down: Counter[date] = Counter()
    was_down = False
    for n in range(len(checks) - 1):
        (begin, is_up), (end, next_is_up) = checks[n], checks[n + 1]
        is_unknown = end - begin > MAX_GAP.total_seconds()
        is_down = not is_unknown and not is_up and (was_down or not next_is_up)
        for second in range(begin, end, 1) if not is_unknown else ():
            day = (START + timedelta(seconds=second)).date()
            measured[day] += 1
            down[day] += is_down
        was_down = is_down and not next_is_up
    return measured, down


STEPS = st.tuples(st.sampled_from([1, 59, 60, 61, 300, 420, 599, 600, 601, 900, 4000]), st.booleans())


@given(st.lists(STEPS, max_size=25), st.booleans())
def test_days_and_incidents_add_up_to_a_plain_count_of_seconds(steps, first_is_up):
    checks = [(0, first_is_up)]
    for step, is_up in steps:
        checks.append((checks[-1][0] + step, is_up))
    verdicts = run(*((second / 60, is_up) for second, is_up in checks))
    measured: Counter[date] = Counter()
    down: Counter[date] = Counter()
    for span in (verdict.span for verdict in verdicts if verdict.span):
        for day, seconds in by_day(span):
            measured[day] += seconds
            down[day] += seconds if span.is_down else 0
    expected_measured, expected_down = plain_count(checks)
    assert measured == expected_measured
    assert +down == +expected_down
    opened = [verdict.opened_at for verdict in verdicts if verdict.opened_at]
    closed = [verdict.closed_at for verdict in verdicts if verdict.closed_at]
    last = START + timedelta(seconds=checks[-1][0])
    lasted = [end - begin for begin, end in zip(opened, [*closed, last], strict=False)]
    assert sum(lasted, timedelta()).total_seconds() == sum(down.values())
