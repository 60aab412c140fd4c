"""The WSGI entry point that granian serves."""

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.wsgi import get_wsgi_application

from fluxplatform.refused_bodies import read_refused_bodies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxplatform.settings")
_BOUNDARY = re.compile(r";\s*boundary=(\"[^\"]{1,200}\"|[^;\s\"]{1,200})", re.IGNORECASE)
_handler = get_wsgi_application()

# Models can be imported from here on.
from cloud.front import answer_kept  # noqa: E402
from links.redirects import answer_redirects  # noqa: E402


def _django(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer a request whose content type has no parameter but `boundary`.

    Django reads the others before any middleware runs, so a malformed one, or a `charset` that is no text
    encoding, would end in a bare 500. The platform reads UTF-8 whatever the charset says.
    """
    media_type, separator, _ = environ.get("CONTENT_TYPE", "").partition(";")
    if separator:
        boundary = _BOUNDARY.search(environ["CONTENT_TYPE"])
        environ["CONTENT_TYPE"] = media_type.strip() + (boundary.group(0) if boundary else "")
    return _handler(environ, start_response)


application = answer_redirects(answer_kept(read_refused_bodies(_django)))
