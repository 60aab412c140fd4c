"""DRF's nested validation errors as a flat list of paths: `{"tiers": [{}, {"price": […]}]}` → `tiers[1].price`."""

from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import ErrorDetail
from rest_framework.settings import api_settings

from api.errors import FieldError

MAX_SENTENCE = 300


def field_errors(detail: Any) -> tuple[FieldError, ...]:
    """Return every error of a DRF `ValidationError.detail` with the path of its field."""
    return tuple(_walk(detail, ""))


def _walk(detail: Any, path: str) -> Iterator[FieldError]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _walk(inner, _join(path, name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            # A list of sentences belongs to the field; a list of lists or objects, to its items.
            yield from _walk(inner, path if isinstance(inner, ErrorDetail | str) else f"{path}[{index}]")
    else:
        yield FieldError(path, getattr(detail, "code", None) or "invalid", _sentence(str(detail)))


def _join(path: str, name: str | int) -> str:
    if name == api_settings.NON_FIELD_ERRORS_KEY:
        return path
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else name


def _sentence(text: str) -> str:
    """Lower DRF's wording to follow a field name: "Ensure this value is at most 7." → "must be at most 7".

    What was sent may be quoted in it, and be as long as a body.
    """
    for opening in ("Ensure this value is ", "Ensure this field is ", "Ensure that this value is "):
        if text.startswith(opening):
            text = "must be " + text[len(opening) :]
    return text if len(text) <= MAX_SENTENCE else text[: MAX_SENTENCE - 1] + "…"
