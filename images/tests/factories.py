"""Keys, uploads and results for tests."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from apikeys.services import Issued
from apikeys.tests.factories import client_for, make_key
from images.tests.pictures import make_png

COMPRESS = "/api/compress"
USAGE = "/api/usage"


def make_upload(name: str = "image.png", data: bytes | None = None) -> SimpleUploadedFile:
    """Return a file of a form; a small PNG unless told otherwise."""
    return SimpleUploadedFile(name, make_png() if data is None else data)


def make_client(**overrides: Any) -> APIClient:
    """Return a client with a key of an account on the plan Agency."""
    return client_for(make_image_key(**overrides).secret)


def make_image_key(**overrides: Any) -> Issued:
    """Return a key; of an account on the plan Agency unless told otherwise."""
    return make_key("fluximage", **overrides)


def compress(client: APIClient, *files: SimpleUploadedFile, **fields: Any):
    """Send files; names with HTTP_ are headers, the others fields of the form."""
    headers = {name: fields.pop(name) for name in list(fields) if name.startswith("HTTP_")}
    return client.post(COMPRESS, {"file": list(files) or [make_upload()], **fields}, format="multipart", **headers)


def used(client: APIClient) -> int:
    """Return the compressions that the account has used."""
    return client.get(USAGE).json()["compressor_used"]
