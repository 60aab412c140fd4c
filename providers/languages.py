"""ISO 639-1 codes. Pure; knows no database."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import pycountry


@lru_cache(maxsize=1)
def language_codes() -> frozenset[str]:
    """Return the two-letter codes, lower-case."""
    return frozenset(language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2"))


@lru_cache(maxsize=1)
def names() -> Mapping[str, str]:
    """Return the English name of every code, in the order of the names."""
    listed = {language.alpha_2: language.name for language in pycountry.languages if hasattr(language, "alpha_2")}
    short = {code: name.split(" (")[0] for code, name in listed.items()}
    return MappingProxyType(dict(sorted(short.items(), key=lambda item: item[1])))
