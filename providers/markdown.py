"""What a provider writes about itself, as HTML. Pure.

The Markdown is CommonMark with tables and strikethrough, without HTML, and of pictures only their words: a page
of the directory asks no other host for anything. markdown-it-py reads it, and of what comes out nh3 lets only the
tags below through. Links lead to public web sites or mail addresses; any other address stays text.
"""

from collections.abc import Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, table
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from providers.websites import public_url

# The page's own headings are of levels 1 and 2.
TOP_HEADING, LAST_HEADING = 3, 6
MAX_MAIL_LENGTH = 254
MAX_CELLS = 1000
"""Of all tables of a text; what follows is no table: a hundred columns make two characters a hundred cells."""

_CELLS = "cells"
LINK_REL = "nofollow ugc noopener"
_TAGS = {
    *("a", "br", "code", "em", "hr", "p", "pre", "s", "strong", "blockquote"),
    *("h3", "h4", "h5", "h6", "li", "ol", "ul"),
    *("table", "tbody", "td", "th", "thead", "tr"),
}
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}


def _is_allowed(url: str) -> bool:
    """Return whether a link may lead there."""
    if url.lower().startswith("mailto:"):
        return len(url) <= MAX_MAIL_LENGTH and "?" not in url
    return public_url(url) is not None


def _table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read a table, no further than the text's share of cells reaches."""
    room = MAX_CELLS - state.env.setdefault(_CELLS, 0)
    if room <= 0 or start_line + 2 > end_line:
        return False
    columns = state.src[state.bMarks[start_line + 1] : state.eMarks[start_line + 1]].count("|") + 1
    before = len(state.tokens)
    is_table = table(state, start_line, min(end_line, start_line + 2 + max(1, room // columns)), silent)
    state.env[_CELLS] += sum(token.type == "td_open" for token in state.tokens[before:])
    return is_table


def _words_of_picture(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return escapeHtml(renderer.renderInlineAsText(tokens[index].children or [], options, env))


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    reader.disable(["html_block", "html_inline"])
    reader.add_render_rule("image", _words_of_picture)
    reader.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    reader.validateLink = _is_allowed  # type: ignore[method-assign]
    return reader


_READER = _reader()


@lru_cache(maxsize=256)
def as_html(text: str) -> str:
    """Return the text as HTML that is safe inside a page; headings begin at `<h3>` and leave no level out."""
    tokens = _READER.parse(text)
    _lower_headings(tokens)
    html = _READER.renderer.render(tokens, _READER.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto"},
        link_rel=LINK_REL,
    )


def _kept(_tag: str, name: str, value: str) -> str | None:
    """Return what an attribute may hold; an empty address, as `[x]()` has it, is none."""
    return value if name != "href" or _is_allowed(value) else None


def _lower_headings(tokens: list[Token]) -> None:
    """Give the headings the levels below the page's own, in their order."""
    level, used = TOP_HEADING - 1, 0
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    for opening, closing in zip(headings[::2], headings[1::2], strict=True):
        wanted = int(opening.tag[1:])
        level = TOP_HEADING if not used else min(level + 1, max(TOP_HEADING, level + wanted - used), LAST_HEADING)
        used = wanted
        opening.tag = closing.tag = f"h{level}"
