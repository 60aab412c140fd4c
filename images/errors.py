"""Refusals of Fluximage that concern a whole request; what is wrong with one image is `codecs.CodecError`."""

from api.errors import BodyTooLarge, PlatformError, TooManyRequests

MAX_FILES = 20
"""How many files one request may carry."""

MAX_FILE_BYTES = 20 * 1024**2
"""The size of one file, in bytes."""


class FileTooLarge(BodyTooLarge):
    """413: a file, or the request as a whole, is larger than is read."""

    code = "file_too_large"
    message = f"A file may have at most {MAX_FILE_BYTES // 1024**2} MB."


class TooManyFiles(BodyTooLarge):
    """413: more files than one request may carry."""

    code = "too_many_files"
    message = f"A request may carry at most {MAX_FILES} files."


class LinkExpired(PlatformError):
    """410: the link was right, and its file has been deleted."""

    status = 410
    code = "link_expired"
    message = "This link has expired and its file was deleted. Compress the image again."


class Busy(TooManyRequests):
    """429: too much waits already, and nothing was charged; the same request may succeed a little later."""

    code = "busy"
    message = "The service is busy. Try again in a moment."
