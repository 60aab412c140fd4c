"""Certificates: the name is checked, not the address, and every failure looks like a server that is not there."""

import ssl
import time

import pytest
import trustme

from egress.client import Limits, fetch
from egress.connections import tls_context
from egress.errors import TooSlow, Unreachable
from egress.tests.authorities import context_of
from egress.tests.servers import answer, says

pytestmark = pytest.mark.once


def test_a_certified_server_is_fetched_by_its_name(internet, authority):
    named = []
    tls = authority.server("example.com")
    tls.sni_callback = lambda _socket, name, _context: named.append(name)
    server = internet.serve(says(answer(b"safe")), port=443, tls=tls)
    assert fetch("https://EXAMPLE.com./").body == b"safe"
    assert named == ["example.com"]
    assert b"\r\nhost: example.com\r\n" in server.requests[0]


def test_a_name_of_other_letters_is_certified_as_it_goes_over_the_wire(internet, authority, names):
    names.answers["xn--bcher-kva.example"] = [["93.184.216.34"]]
    internet.serve(says(answer(b"safe")), port=443, tls=authority.server("xn--bcher-kva.example"))
    assert fetch("https://bücher.example/").body == b"safe"


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800::1"])
def test_an_address_needs_a_certificate_of_its_own(internet, authority, address):
    url = f"https://[{address}]/" if ":" in address else f"https://{address}/"
    internet.serve(says(answer(b"safe")), address=address, port=443, tls=authority.server(address))
    assert fetch(url).body == b"safe"
    internet.serve(says(answer(b"safe")), address=address, port=443, tls=authority.server("example.com"))
    with pytest.raises(Unreachable):
        fetch(url)


def wrong_name(authority):
    return authority.server("other.example")


def name_in_the_common_name_only(authority):
    return authority.server("other.example", common_name="example.com")


def certified_for_the_address(authority):
    return authority.server("93.184.216.34")


def expired(authority):
    return authority.expired("example.com")


def of_a_strange_authority(_authority):
    return context_of(trustme.CA().issue_cert("example.com"))


def old_version(authority):
    context = authority.server("example.com")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def no_tls(_authority):
    return None


BAD = [
    wrong_name,
    name_in_the_common_name_only,
    certified_for_the_address,
    expired,
    of_a_strange_authority,
    old_version,
    no_tls,
]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_a_bad_certificate_is_as_good_as_no_server(internet, authority, make):
    tls = make(authority)
    server = internet.serve(says(answer(b"not safe")), port=443, tls=tls, speaks_first=tls is None)
    with pytest.raises(Unreachable):
        fetch("https://example.com/", headers={"Authorization": "Bearer hush"})
    assert not any(b"hush" in request for request in server.requests)


def test_what_was_refused_cannot_be_told_from_what_did_not_answer(internet, authority, names):
    names.answers |= {"private.example": [["10.0.0.1"]], "gone.example": [["93.184.216.77"]]}
    internet.serve(says(answer()), port=443, tls=wrong_name(authority))
    told = set()
    for host in ("private.example", "gone.example", "unknown.example", "localhost", "127.1", "example.com"):
        with pytest.raises(Unreachable) as caught:
            fetch(f"https://{host}/")
        failure = caught.value
        told.add((failure.code, failure.status, failure.sentence, str(failure), str(failure.extra)))
    assert len(told) == 1


def test_the_reason_is_in_the_log_and_no_address_with_a_password(internet, caplog):
    for url in ("https://127.0.0.1/", "https://me:hush@example.com/"):
        with pytest.raises(Unreachable):
            fetch(url)
    assert "127.0.0.1 is not public" in caplog.text
    assert "hush" not in caplog.text


def test_a_handshake_that_never_ends_is_cut_off_in_time(internet):
    def drips(connection):
        while True:
            connection.sendall(b"\x16")
            time.sleep(0.02)

    for handler in (lambda _connection: time.sleep(10), drips):
        internet.serve(handler, port=443, speaks_first=True)
        started = time.monotonic()
        with pytest.raises((TooSlow, Unreachable)):
            fetch("https://example.com/", limits=Limits(seconds=0.5))
        assert time.monotonic() - started < 3


def test_a_reset_during_the_handshake_is_as_good_as_no_server(internet):
    internet.serve(says(), port=443, speaks_first=True)
    with pytest.raises(Unreachable):
        fetch("https://example.com/")


def test_one_context_serves_all_and_the_environment_does_not_change_it(monkeypatch, tmp_path):
    strange = trustme.CA()
    strange.cert_pem.write_to_path(tmp_path / "strange.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "strange.pem"))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    tls_context.cache_clear()
    context = tls_context()
    assert tls_context() is context
    assert context.keylog_filename is None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    names = {dict(part[0] for part in found["subject"]).get("commonName") for found in context.get_ca_certs()}
    assert "ISRG Root X1" in names
    assert not any("trustme" in str(name) for name in names)
