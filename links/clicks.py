"""A click on its way into the spool, the same whichever way the visitor is answered."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from api.addresses import address_of
from links.records import pack
from links.spool import spool
from links.visitors import tail_of


def write_click(link_pk: int, clicked_at: float, environ: Mapping[str, Any]) -> None:
    """Write the click of a redirect that is about to be answered.

    clicked_at: Unix seconds. environ: the WSGI environment, or Django's `request.META`. A click that cannot be
    written is counted as lost; the visitor is answered all the same.
    """
    proxies = settings.NUM_PROXIES
    address = address_of(environ, proxies) if proxies else environ.get("REMOTE_ADDR", "")
    tail = tail_of(address, environ.get("HTTP_REFERER", ""), environ.get("HTTP_USER_AGENT", ""))
    spool().write(pack(link_pk, clicked_at, tail))
