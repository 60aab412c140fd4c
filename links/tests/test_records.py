"""Records of clicks: what survives the way through bytes, and what damage costs."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from links import records
from links.records import make_tail, pack, unpack

pytestmark = pytest.mark.once

VISITOR = b"visitor8"
headers = st.text(st.characters(max_codepoint=255), max_size=700)


def record(number=1, agent="Firefox", referrer="news.example"):
    tail = make_tail(visitor=VISITOR, network="203.0.113.0/24", referrer=referrer, agent=agent)
    return pack(number, 1_800_000_000.25 + number, tail)


@given(st.integers(0, 2**63 - 1), st.floats(0, 4e9), headers, st.text(max_size=300))
@example(1, 0.0, "\xfc\x1c\x00\n\r\0", "日本")
def test_any_characters_come_back_as_they_were_cut_to_their_length(link_id, moment, agent, referrer):
    tail = make_tail(visitor=VISITOR, network="203.0.113.0/24", referrer=referrer, agent=agent)
    (found,) = unpack(pack(link_id, moment, tail), is_final=True).records
    assert (found.link_id, found.clicked_at, found.visitor) == (link_id, moment, VISITOR.hex())
    assert found.network == "203.0.113.0/24"
    assert found.agent == agent[: records.MAX_AGENT]
    assert found.referrer == referrer.encode("utf-8", "replace")[: records.MAX_REFERRER].decode("utf-8", "ignore")


def test_a_visitor_without_a_salt_is_nobody():
    tail = make_tail(visitor=bytes(8), network="", referrer="", agent="")
    (found,) = unpack(pack(1, 1.0, tail), is_final=True).records
    assert (found.visitor, found.network, found.agent) == ("", "", "")


def test_the_longest_record_is_as_long_as_is_promised():
    tail = make_tail(visitor=VISITOR, network="n" * 99, referrer="é" * 300, agent="a" * 9999)
    assert len(pack(1, 1.0, tail)) == records.MAX_RECORD


def test_reading_goes_on_where_it_stopped():
    data = record(1) + record(2) + record(3) + bytes(4096)
    first = unpack(data, is_final=False, limit=2)
    rest = unpack(data, first.end, is_final=False)
    assert [r.link_id for r in first.records + rest.records] == [1, 2, 3]
    assert (rest.end, rest.damaged) == (len(data) - 4096, 0)


@given(st.integers(1, 60))
def test_a_record_that_is_still_being_written_is_waited_for(cut):
    data = record(1) + record(2)[:-cut] + bytes(cut)
    reading = unpack(data, is_final=False)
    assert [r.link_id for r in reading.records] == [1]
    assert (reading.end, reading.damaged) == (len(record(1)), 0)


def test_a_hole_before_a_whole_record_is_waited_for_while_somebody_writes():
    whole = record(2)
    data = record(1) + whole[:20] + bytes(len(whole) - 20) + record(3)
    assert [r.link_id for r in unpack(data, is_final=False).records] == [1]


@given(st.integers(1, 60))
def test_a_record_cut_short_by_a_crash_is_skipped_and_counted(cut):
    data = record(1) + record(2)[:-cut]
    reading = unpack(data, is_final=True)
    assert [r.link_id for r in reading.records] == [1]
    assert (reading.end, reading.damaged) == (len(data), 1)


@given(st.data())
def test_one_changed_byte_costs_one_record_at_most(data):
    whole = [record(n, agent="x" * 40) for n in range(1, 6)]
    content = bytearray(b"".join(whole))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    reading = unpack(bytes(content), is_final=True)
    found = [r.link_id for r in reading.records]
    assert len(found) == 4
    assert found == sorted(found)
    assert reading.damaged == 1


def test_a_lost_page_in_the_middle_costs_the_records_on_it_alone():
    data = bytearray(b"".join(record(n) for n in range(200)) + bytes(512))
    data[4096:8192] = bytes(4096)
    found = [r.link_id for r in unpack(bytes(data), is_final=True).records]
    lost = 4096 // len(record()) + 2
    assert 200 - lost <= len(found) < 200
    assert {0, 199} <= set(found)


@given(st.binary(max_size=3000))
def test_any_bytes_can_be_read(data):
    reading = unpack(data, is_final=True)
    assert reading.end <= len(data)
