"""Files as answers: whatever their bytes are, no browser may take them for a page of this host."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from images.results import Done

SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def attachment_of(done: Done) -> HttpResponse:
    """Return the bytes of a compressed image, with the sizes before and after as headers."""
    result = done.result
    headers = {
        **SAFE_HEADERS,
        "Content-Disposition": content_disposition_header(True, result.name) or "attachment",
        "X-Original-Size": str(result.original_bytes),
        "X-Compressed-Size": str(result.compressed_bytes),
    }
    return HttpResponse(done.data, content_type=result.media_type, headers=headers)
