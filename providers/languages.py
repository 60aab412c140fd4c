"""ISO 639-1 codes. Pure; knows no database."""

from functools import lru_cache

import pycountry


@lru_cache(maxsize=1)
def language_codes() -> frozenset[str]:
    """Return the two-letter codes, lower-case."""
    return frozenset(language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2"))
