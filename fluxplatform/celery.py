"""The Celery application. Tasks live in each app's `tasks.py`."""

import os
import signal
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init
from kombu.transport import TRANSPORT_ALIASES

from fluxplatform.lineage import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxplatform.settings")
TRANSPORT_ALIASES["filesystem"] = "fluxplatform.filequeue:Transport"
app = Celery("fluxplatform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_embedded_init.connect
def _end_with_worker(**_: Any) -> None:
    """End the scheduler that a worker started with the worker, however that ends."""
    end_with_parent(signal.SIGTERM)
