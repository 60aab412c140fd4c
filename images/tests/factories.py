"""Keys, uploads and results for tests."""

import zlib
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from apikeys.services import Issued
from apikeys.tests.factories import client_for, make_key
from images.tests.pictures import make_png

COMPRESS = "/api/compress"
USAGE = "/api/usage"


def make_upload(name: str = "image.png", data: bytes | None = None) -> SimpleUploadedFile:
    """Return a file of a form: a small PNG, another one for each name, unless told otherwise."""
    return SimpleUploadedFile(name, make_png(right=colour_of(name)) if data is None else data)


def colour_of(name: str) -> tuple[int, ...]:
    """Return a colour that belongs to a name, so that files of different names are different pictures."""
    return tuple(zlib.crc32(name.encode()).to_bytes(4)[:3])


def make_client(**overrides: Any) -> APIClient:
    """Return a client with a key of an account on the plan Agency."""
    return client_for(make_image_key(**overrides).secret)


def make_image_key(**overrides: Any) -> Issued:
    """Return a key; of an account on the plan Agency unless told otherwise."""
    return make_key("fluximage", **overrides)


def compress(client: APIClient, *files: SimpleUploadedFile, **fields: Any):
    """Send files; names with HTTP_ are headers, `query` ends the URL, the others are fields of the form."""
    headers = {name: fields.pop(name) for name in list(fields) if name.startswith("HTTP_")}
    url = COMPRESS + fields.pop("query", "")
    return client.post(url, {"file": list(files) or [make_upload()], **fields}, format="multipart", **headers)


def refusal(response) -> tuple[int, str]:
    """Return the status and the code of a refusal, whose body has nothing but a sentence beside it."""
    assert set(response.json()) == {"error", "code"}
    return response.status_code, response.json()["code"]


def sentence(response) -> str:
    """Return what a refusal of fields says."""
    assert refusal(response) == (400, "invalid_field")
    return str(response.json()["error"])


def used(client: APIClient) -> int:
    """Return the compressions that the account has used."""
    return client.get(USAGE).json()["compressor_used"]
