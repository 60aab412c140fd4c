"""Descriptions: what stays of them and what goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rich_text import clean

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (None, None),
        ("", ""),
        ("Plain text,\ntwo lines", "Plain text,\ntwo lines"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("<p>One <b>two</b></p>", "<p>One <b>two</b></p>"),
        ('<span style="color: red; position: fixed">A</span>', '<span style="color:red">A</span>'),
        ("<script>alert(1)</script>after", "after"),
        ('<img src="https://a.example/b.png" onerror="x()">', '<img src="https://a.example/b.png">'),
        ('<img src="data:image/png;base64,AAAA">', "<img>"),
        ('<a href="javascript:alert(1)">A</a>', '<a rel="nofollow noopener noreferrer">A</a>'),
        ('<iframe src="https://a.example"></iframe>', ""),
        ("<!-- note -->", ""),
    ],
)
def test_what_could_run_frame_or_load_code_goes_and_the_rest_stays(written, kept):
    assert clean(written) == kept


@given(st.text(alphabet="<>/\"'=&;: abpsi\n", max_size=60))
def test_cleaning_twice_is_cleaning_once(text):
    once = clean(text)
    assert clean(once) == once
