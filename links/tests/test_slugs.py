import itertools
import re

import pytest
from django.conf import settings
from django.urls import URLResolver, get_resolver

from links import slugs

pytestmark = pytest.mark.once


def test_the_alphabet_has_54_letters_and_digits_of_which_no_two_look_alike():
    assert len(slugs.ALPHABET) == 54
    assert all(character.isalnum() and character.isascii() for character in slugs.ALPHABET)
    looks = {slugs.skeleton(character) for character in slugs.ALPHABET}
    assert len(looks) == 54


def test_random_slugs_have_seven_characters_of_the_alphabet():
    drawn = {slugs.random_slug() for _ in range(2000)}
    assert len(drawn) == 2000
    assert all(len(slug) == 7 and set(slug) <= set(slugs.ALPHABET) for slug in drawn)
    assert set("".join(drawn)) == set(slugs.ALPHABET)


@pytest.mark.parametrize("slug", ["abc", "a" * 64, "My_link-2", "___", "launch-day"])
def test_slugs_of_3_to_64_permitted_characters_are_well_formed(slug):
    assert slugs.is_well_formed(slug)


@pytest.mark.parametrize("slug", ["", "ab", "a" * 65, "a b c", "abc\n", "münchen", "a.b", "a/b", "abc+", "١٢٣"])
def test_other_slugs_are_not_well_formed(slug):
    assert not slugs.is_well_formed(slug)


@pytest.mark.parametrize("slug", ["admin", "Admin", "ADMIN", "adm1n", "LOGIN", "1ogin", "5upport", "_admin-"])
def test_reserved_words_are_reserved_in_any_case_and_disguise(slug):
    assert slugs.is_reserved(slug)


def test_the_first_segment_of_every_route_is_reserved():
    segments = first_segments(get_resolver()) | {settings.STATIC_URL.strip("/")}
    assert {"api", "r", "dashboard", "favicon.ico", "static"} <= segments
    assert {segment for segment in segments if not slugs.is_reserved(segment.partition(".")[0])} == set()


def first_segments(resolver: URLResolver, prefix: str = "") -> set[str]:
    """Return what the paths of all routes begin with, up to the first slash."""
    found = set()
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver) and "/" not in route:
            found |= first_segments(entry, route)
        else:
            found.add(re.split(r"[^\w.-]", route.removeprefix("^"), maxsplit=1)[0])
    return found - {""}


def test_paths_that_are_kept_free_are_reserved():
    cloud = ["id", "daemon", "flux", "apps", "benchmark", "explorer", "syncthing", "backup", "ioutils", "ws"]
    assert all(slugs.is_reserved(word) for word in [*cloud, "store-admin"])


def test_an_ordinary_word_is_not_reserved():
    assert not any(slugs.is_reserved(word) for word in ("my-link", "launch-day", "administer", "spring_sale"))


@pytest.mark.parametrize(
    "same",
    [("paypal", "paypaI", "paypa1", "paypai"), ("google", "g00gle", "gOogle"), ("modern", "modem"), ("S3", "53")],
)
def test_look_alikes_share_a_skeleton(same):
    assert len({slugs.skeleton(slug) for slug in same}) == 1


def test_slugs_that_differ_in_shape_have_different_skeletons():
    for one, other in itertools.combinations(["launch", "Launch", "LAUNCH", "lunch", "launch-1"], 2):
        assert slugs.skeleton(one) != slugs.skeleton(other)
