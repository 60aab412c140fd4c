"""What an operator writes about Flux Cloud is read strictly, and a password in it is never shown."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from fluxplatform.environment import Environment

pytestmark = pytest.mark.once


@pytest.mark.parametrize("value", ["127.0.0.1:16124", "ftp://u:secret@a", "http://u:secret@a:port"])
def test_an_address_of_a_daemon_that_is_none_stops_the_start_without_its_password(monkeypatch, value):
    monkeypatch.setitem(Environment.ENVIRON.env, "FLUX_DAEMON_URL", value)
    with pytest.raises(ImproperlyConfigured) as refused:
        Environment().cloud()
    assert "FLUX_DAEMON_URL" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("value", ["0", "x"])
def test_a_limit_that_is_none_stops_the_start(monkeypatch, value):
    monkeypatch.setitem(Environment.ENVIRON.env, "CLOUD_CALLS_PER_MINUTE", value)
    with pytest.raises(ImproperlyConfigured, match="CLOUD_CALLS_PER_MINUTE"):
        Environment().cloud()


def test_an_address_of_a_daemon_is_kept_as_it_was_written(monkeypatch):
    monkeypatch.setitem(Environment.ENVIRON.env, "FLUX_DAEMON_URL", " http://u:p@127.0.0.1:16124 ")
    assert Environment().cloud().daemon_url == "http://u:p@127.0.0.1:16124"
