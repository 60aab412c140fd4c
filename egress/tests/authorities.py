"""Certificates for tests, made anew for each."""

import ssl
from datetime import UTC, datetime, timedelta

import trustme


class Authority:
    """An authority that the tests' client trusts, and servers with good and bad certificates of it."""

    def __init__(self):
        self.trusted = trustme.CA()

    def server(self, name: str, **options) -> ssl.SSLContext:
        """Return the TLS of a server that is certified for the name."""
        return context_of(self.trusted.issue_cert(name, **options))

    def expired(self, name: str) -> ssl.SSLContext:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        return self.server(name, not_after=yesterday)


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
