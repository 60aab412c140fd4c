"""What a store writes about its goods: HTML from its own editor, made safe for any page. Pure.

nh3 (ammonia) keeps the tags below and drops the rest; scripts, styles and frames go with what is in them.
Cleaning twice gives the same as cleaning once.
"""

import nh3

_TAGS = {
    *("a", "b", "blockquote", "br", "code", "div", "em", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li"),
    *("ol", "p", "pre", "s", "span", "strong", "sub", "sup", "u", "ul"),
    *("table", "tbody", "td", "th", "thead", "tr"),
}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "style"},
    **{tag: {"style"} for tag in ("div", "h2", "h3", "h4", "p", "span")},
}
_STYLES = {"background-color", "color", "font-style", "font-weight", "text-align", "text-decoration"}
LINK_REL = "nofollow noopener noreferrer"
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    filter_style_properties=_STYLES,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel=LINK_REL,
)


def clean(text: str | None) -> str | None:
    """Return the HTML without anything that could run, frame or load code; None stays None."""
    return None if text is None else _cleaner.clean(text)
