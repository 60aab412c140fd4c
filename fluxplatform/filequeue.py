"""kombu's queue of files, with messages that appear whole.

kombu opens the file of a message in the queue and writes it then; a worker that looks in between takes an empty
file, cannot read it, and ends (https://github.com/celery/kombu/issues/1551).
"""

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes each message beside the queue and renames it into it, which is one step."""

    def _put(self, queue: Any, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # as kombu
        """Put a message into the queue; raises ChannelError when the folder takes none."""
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        # With another ending no reader takes it for a message.
        whole, part = (Path(self.data_folder_out) / f"{name}{ending}" for ending in ("", ".part"))
        try:
            part.write_bytes(dumps(payload).encode())  # type: ignore[no-untyped-call]
            part.replace(whole)
        except OSError as error:
            raise ChannelError(f"Cannot add {name} to {self.data_folder_out}.") from error


class Transport(filesystem.Transport):
    """The transport of `filesystem://`."""

    Channel = Channel
