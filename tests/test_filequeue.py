"""The queue of files that the embedded platform uses instead of a broker."""

from pathlib import Path
from queue import Empty

import pytest
from kombu.connection import Connection
from kombu.exceptions import ChannelError

from fluxplatform.celery import app
from fluxplatform.filequeue import Transport

pytestmark = pytest.mark.once


@pytest.fixture
def channels(tmp_path):
    """A channel that writes, one that reads; both on the same folder."""
    folder = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path)}
    with Connection("filesystem://", transport_options=folder) as connection:
        assert isinstance(connection.transport, Transport)
        yield connection.channel(), connection.channel()


def test_a_worker_that_looks_while_a_message_is_written_finds_nothing(channels, monkeypatch):
    writer, reader = channels
    replace, looked = Path.replace, []

    class Looks:
        def __json__(self):
            return look()

    def look():
        with pytest.raises(Empty):
            reader._get("celery")
        looked.append(reader._size("celery"))

    monkeypatch.setattr(Path, "replace", lambda *names: (look(), replace(*names)))
    writer._put("celery", {"body": "x", "looks": Looks()})
    assert looked == [0, 0]
    assert reader._get("celery") == {"body": "x", "looks": None}
    with pytest.raises(Empty):
        reader._get("celery")


def test_a_folder_that_is_gone_is_said(channels, tmp_path):
    tmp_path.rmdir()
    with pytest.raises(ChannelError, match="Cannot add"):
        channels[0]._put("celery", {})


def test_celery_uses_it():
    with app.connection_for_write("filesystem://") as connection:
        assert isinstance(connection.transport, Transport)
