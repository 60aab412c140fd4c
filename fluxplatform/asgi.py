"""The ASGI entry point that uvicorn serves on a port of its own: WebSockets and nothing else."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxplatform.settings")
django.setup()

# Models can be imported from here on.
from cloud.sockets import Sockets  # noqa: E402

application = Sockets()
