"""The worked mappings of the document: what it shows is what happens."""

import re
from pathlib import Path

import pytest

from api.parsers import loads
from providers import feeds
from providers.models import PullFormat, PullSource

pytestmark = pytest.mark.once

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "providers.md"
_TITLES = ("A provider's own JSON", "A Statuspage", "A price list")


def example(title):
    """Return the three blocks below a title: the server's answer, the mapping, what it finds."""
    section = _DOCUMENT.read_text().split(f"#### {title}\n", 1)[1].partition("\n#")[0]
    return re.findall(r"```json\n(.*?)```", section, re.DOTALL)


@pytest.mark.parametrize("title", _TITLES)
def test_a_worked_mapping_finds_what_the_document_says(title):
    answer, mapping, found = example(title)
    source = PullSource(format=PullFormat.MAPPING, mapping=loads(mapping.encode()))
    reading = feeds.read(source, answer.encode())
    assert reading.mapped == loads(found.encode())
    assert reading.invalid == ()
    assert len(reading.fields) == len(reading.mapped)


def test_the_document_has_no_other_worked_mapping():
    assert tuple(re.findall(r"^#### (.*)$", _DOCUMENT.read_text(), re.MULTILINE)) == _TITLES
