"""The platform's own settings in the environment of a test run.

Each run, and each worker of a parallel run, has its own state folder and its own Redis database.
"""

import atexit
import os
import re
import shutil
import tempfile

_worker = re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or "0"
_folder = tempfile.mkdtemp(prefix="flux-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["VAR_DIR"] = _folder
os.environ.setdefault("LOG_LEVEL", "INFO")
os.environ.setdefault("EMAIL_URL", "memorymail://")
if "REDIS_URL" in os.environ:
    # Databases 8 to 15 are the tests'.
    os.environ["REDIS_URL"] = re.sub(r"/\d*$", "", os.environ["REDIS_URL"]) + f"/{8 + int(_worker) % 8}"

from fluxplatform.settings import *  # noqa: E402, F403 - the environment above must come first

if pool := DATABASE.get("OPTIONS", {}).get("pool"):  # noqa: F405
    # Tests start more threads than a worker has, so theirs may wait for a connection.
    pool["timeout"] = 30

if DATABASE["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # As on the platform: one in memory would refuse a reader at once while another thread writes.
    DATABASE["TEST"] = {"NAME": f"{_folder}/test.sqlite3"}  # noqa: F405

# What the platform's own cost is, the tests with the fixture `platforms_hashing` say.
PASSWORD_HASHERS = ["tests.hashers.QuickArgon2Hasher"]

# Each client makes the middleware anew: static files are looked up when asked for, not all 257 read each time.
WHITENOISE_AUTOREFRESH = True
