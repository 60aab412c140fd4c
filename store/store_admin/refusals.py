"""Refusals of the services, said beside the field that is at fault."""

import re
from collections.abc import Mapping

from django.forms import BaseForm
from django.http import HttpRequest

from api.errors import FieldError, PlatformError

# Names that the API gives to what the tables call otherwise.
API_NAMES = {
    "applicationScope": "reach_scope",
    "packageScope": "covers_all_packages",
    "packageIds": "packages",
    "categoryIds": "categories",
    "categoryId": "category",
    "serverIds": "servers",
    "parentId": "parent",
    "requiredPackageIds": "required_packages",
}
_LINE = re.compile(r"(?:items|commands)\[(\d+)\]\.?(.*)")
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_NAME_OF_THE_API = re.compile(r"\b[a-z]+(?:[A-Z][a-z]+)+\b")


def keep(request: HttpRequest, error: PlatformError) -> None:
    """Remember a refusal, so that the form says it when it is shown again."""
    request.refusal = error  # type: ignore[attr-defined]  # read by `kept`, gone with the request


def kept(request: HttpRequest) -> PlatformError | None:
    """Return the refusal that this request met, if any."""
    return getattr(request, "refusal", None)


def add_to(form: BaseForm, error: PlatformError, names: Mapping[str, str] = API_NAMES) -> None:
    """Say a refusal in a form that was cleaned: beside its fields, and above them where no field is meant."""
    if not error.errors:
        form.add_error(None, error.message)
    for fault in error.errors:
        root = re.split(r"[.\[]", fault.field)[0]
        name = _column(root, names)
        if name in form.fields:
            form.add_error(name, _capital(_in_words(fault.message, form, names)))
        else:
            form.add_error(None, _in_words(_readable(fault), form, names))


def sentence_of(error: PlatformError) -> str:
    """Return a refusal as one text, for a message."""
    return "; ".join(FieldError.sentence(fault) for fault in error.errors) or error.message


def _readable(fault: FieldError) -> str:
    """Return a fault of a line in the words of a form: `items[1].quantity` is the quantity of line 2."""
    line = _LINE.fullmatch(fault.field)
    if line is None:
        return fault.sentence()
    of = f", {_HUMP.sub(lambda hump: f' {hump[1].lower()}', line[2])}" if line[2] else ""
    return f"Line {int(line[1]) + 1}{of}: {fault.message}"


def _column(name: str, names: Mapping[str, str]) -> str:
    return names.get(name) or _HUMP.sub(lambda hump: f"_{hump[1].lower()}", name)


def _in_words(text: str, form: BaseForm, names: Mapping[str, str]) -> str:
    """Return a sentence of the API with the form's labels where it names other fields, as in `after startDate`."""

    def label(match: re.Match[str]) -> str:
        field = form.fields.get(_column(match[0], names))
        return f"“{field.label}”" if field is not None and field.label else match[0]

    return _NAME_OF_THE_API.sub(label, text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
