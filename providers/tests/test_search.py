"""Full-text search: the same words find the same listings on both databases."""

import pytest

from providers.models import Source
from providers.searching import MAX_WORD, folded, words_of
from providers.services import Proposal, apply_update
from providers.tests.factories import make_provider
from providers.tests.lists import slugs

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    make_provider(
        slug="lodz-cloud",
        name="Łódź Cloud",
        fields={
            "description": "Węzły i chmura",
            "country": "PL",
            "long_description": "Wir bauen **Straßen**.",
        },
    )
    make_provider(slug="nodes24", name="Nodes 24/7", fields={"description": "Cloud-hosting, 99.9% up; it's us"})
    make_provider(slug="quiet", name="Quiet", fields={"comments": "cloud", "website": "https://cloud.example"})


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("łódź", ["lodz-cloud"]),
        ("LODZ", ["lodz-cloud"]),
        ("cloud", ["lodz-cloud", "nodes24"]),
        ("clo", ["lodz-cloud", "nodes24"]),
        ("cloud host", ["nodes24"]),
        ("host cloud", []),
        ("clo hosting", []),
        ("hosting cloud", ["nodes24"]),
        ("loud", []),
        ("wezly chmura", ["lodz-cloud"]),
        ("strasse", ["lodz-cloud"]),
        ("STRASSEN", ["lodz-cloud"]),
        ("poland", ["lodz-cloud"]),
        ("24", ["nodes24"]),
        ("99 9", ["nodes24"]),
        ("nodes24", ["nodes24"]),
        ("it's", ["nodes24"]),
        ("cloud & !hosting | x", []),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
        ("\\", []),
        ("quiet:*", ["quiet"]),
        ("the", []),
        ("Węzły, węzły!", ["lodz-cloud"]),
    ],
)
def test_all_words_are_found_the_last_as_a_beginning(client, cast, q, found):
    assert slugs(client, f"q={q.replace('%', '%25').replace('&', '%26')}") == found


def test_a_new_description_is_found_at_once_and_the_old_one_no_more(client):
    provider = make_provider(slug="acme", fields={"description": "Before"})
    apply_update(
        Proposal(provider=provider, fields={"description": "After", "total_nodes": 1}, source=Source.PUSH)
    )
    assert slugs(client, "q=after") == ["acme"]
    assert slugs(client, "q=before") == []
    apply_update(Proposal(provider=provider, fields={"name": "Renamed", "country": "DE"}, source=Source.PUSH))
    assert slugs(client, "q=renamed+germany") == ["acme"]


def test_a_listing_without_any_word_is_found_by_its_slug(client):
    make_provider(slug="mute", name="!!", fields={"description": "—"})
    assert slugs(client, "q=mute") == ["mute"]


def test_a_word_of_any_length_is_kept_and_found_by_its_beginning(client):
    make_provider(slug="acme", fields={"long_description": "w" * 10_000})
    assert slugs(client, f"q={'w' * 100}") == ["acme"]
    assert slugs(client, f"q={'w' * MAX_WORD}") == ["acme"]


def test_a_text_of_ten_thousand_words_is_kept_and_found(client):
    words = " ".join(f"x{number}" for number in range(1600))
    make_provider(slug="acme", fields={"long_description": words})
    assert slugs(client, "q=x1599") == ["acme"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Łódź, łódź!", ["lodz"]),
        ("İstanbul ISTANBUL ıstanbul", ["istanbul"]),
        ("ﬁne Ǆ", ["fine", "dz"]),
        ("a_b-c.d", ["a", "b", "c", "d"]),
        ("Ærøskøbing Þór", ["aeroskobing", "thor"]),
        ("Ελλάς ΕΛΛΑΣ", ["ελλασ"]),
        ("한국", words_of("한국")),
        ("٣ 3", ["٣", "3"]),
        ("½ ②", ["1", "2"]),
        ("", []),
    ],
)
def test_words_are_compared_without_case_accents_and_signs(text, words):
    assert words_of(text) == words


def test_folding_twice_changes_nothing():
    for number in range(0x11000):
        if not 0xD800 <= number < 0xE000:
            once = folded(chr(number))
            assert folded(once) == once, hex(number)
