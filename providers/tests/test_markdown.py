"""What a provider's own text may become on the profile page, and what it may not."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.markdown import LINK_REL, MAX_CELLS, as_html

pytestmark = pytest.mark.once

ALLOWED = {
    *("a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "strong"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul"),
}


class Seen(HTMLParser):
    """Notes every tag, with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def links(text: str) -> list[dict[str, str | None]]:
    return [attributes for tag, attributes in Seen(as_html(text)).tags if tag == "a" and "href" in attributes]


def test_the_common_marks_become_html():
    text = "Fast *and* **strong**, ~~slow~~ `code`\n\n- one\n- two\n\n3. three\n\n> said\n\n|a|b|\n|-|-|\n|1|2|"
    html = as_html(text)
    for piece in ("<em>and</em>", "<strong>strong</strong>", "<s>slow</s>", "<code>code</code>", "<li>one</li>"):
        assert piece in html
    for piece in ('<ol start="3">', "<blockquote>", "<td>2</td>"):
        assert piece in html


def test_headings_begin_below_the_pages_own_and_leave_no_level_out():
    tags = [
        tag for tag, _ in Seen(as_html("# A\n\n### B\n\n###### C\n\n## D\n\n# E\n\nF\n=")).tags if tag[0] == "h"
    ]
    assert tags == ["h3", "h4", "h5", "h3", "h3", "h3"]
    assert [tag for tag, _ in Seen(as_html("### A\n\n# B\n\n## C")).tags] == ["h3", "h3", "h4"]


def test_links_lead_out_without_praise_or_a_hold_on_this_page():
    assert links("[us](https://example.com/a?b=c&d=e)") == [
        {"href": "https://example.com/a?b=c&d=e", "rel": LINK_REL},
    ]
    assert links("<https://example.com>, [mail](mailto:help@example.com)") == [
        {"href": "https://example.com", "rel": LINK_REL},
        {"href": "mailto:help@example.com", "rel": LINK_REL},
    ]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#106;avascript:alert(1)",
        "java\tscript:alert(1)",
        "<javascript:alert(1)>",
        "vbscript:x",
        "data:text/html;base64,PHNjcmlwdD4=",
        "/accounts/logout/",
        "//example.com/x",
        "https:example.com",
        "#content",
        "?demo=true",
        "https://user@example.com/",
        "http://127.0.0.1/",
        "https://localhost/",
        "",
        "ftp://example.com/",
        "mailto:a@example.com?bcc=everyone@example.com",
    ],
)
def test_no_other_address_becomes_a_link(url):
    for text in (f"[press]({url})", f"[press]\n\n[press]: {url}", f"<{url.strip('<>')}>"):
        assert links(text) == []


def test_of_a_picture_its_words_are_left():
    text = '![Our <b> rack](https://a.example/x.png "t"), ![](https://a.example/y.png)[![Site](https://a.example/b.png)](https://example.com)'
    link = '<a href="https://example.com" rel="nofollow ugc noopener">Site</a>'
    assert as_html(text) == f"<p>Our &lt;b&gt; rack, {link}</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<div id=content class=card style='position:fixed'>x</div>",
        "a <b onclick='alert(1)'>b</b>",
        "![picture](https://example.com/tracker.gif)",
        "![a][b]\n\n[b]: https://example.com/x.png",
        '```js" onmouseover="alert(1)\nx\n```',
        '[a](https://example.com "\\" onmouseover=alert(1)")',
        "<svg/onload=alert(1)>",
        "<!-- --><style>*{display:none}</style>",
        "<a href='javascript:alert(1)'>x</a>",
        "# A {#content onclick=alert(1)}",
    ],
)
def test_no_html_picture_name_or_handler_gets_through(text):
    for tag, attributes in Seen(as_html(text)).tags:
        assert tag in ALLOWED
        assert set(attributes) <= {"href", "rel"}


MARKUP = ("<script>", "</p>", "<img src=", "<a href=", "<!--", ">", "onerror=", "javascript:", "&lt;", "\x00")
MARKS = (
    "[x](",
    ")",
    "![",
    "]",
    "[",
    '"',
    "'",
    "`",
    "```",
    "\n",
    "|",
    "#",
    "* ",
    "\\",
    "~~",
    "1. ",
    "https://example.com",
)


@given(st.lists(st.sampled_from(MARKUP + MARKS), max_size=40).map("".join))
def test_whatever_is_written_only_allowed_tags_come_out(text):
    for tag, attributes in Seen(as_html(text)).tags:
        assert tag in ALLOWED
        assert set(attributes) <= ({"href", "rel"} if tag == "a" else {"start"})
        assert str(attributes.get("href", "https:")).startswith(("http:", "https:", "mailto:"))


@pytest.mark.parametrize("piece", ["[", "*a ", "![[", "_a_*b*", "[a](", "|\n", ">", "`", "- ", "<"])
def test_the_longest_text_is_read_within_a_second(piece):
    started = time.process_time()
    as_html(("|a|b|\n|-|-|\n" + piece * 10_000)[:10_000])
    as_html((piece * 10_000)[:10_000])
    assert time.process_time() - started < 2


WIDE = "|a" * 100 + "|\n" + "|-" * 100 + "|\n"
MANY = ("|" + "a|" * 20 + "\n|" + "-|" * 20 + "\n" + "b\n" * 30 + "\n") * 80


@pytest.mark.parametrize(
    "text", [WIDE + "|b\n" * 5_000, "a|" * 50 + "\n" + "-|" * 50 + "\n" + "x\n" * 5_000, MANY]
)
def test_cells_that_nobody_wrote_do_not_make_a_page_long(text):
    html = as_html(text[:10_000])
    assert 0 < html.count("<td>") <= MAX_CELLS + 100
    assert len(html) < 60_000


def test_what_follows_the_last_cell_is_still_there():
    html = as_html(WIDE + "|b\n" * 20 + "\nThe *end*.")
    assert html.endswith("<p>The <em>end</em>.</p>\n")
