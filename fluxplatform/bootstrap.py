"""Make `.venv` and install the pinned requirements, with nothing but the system's Python.

    python3 fluxplatform/bootstrap.py [--dev]

Standard library only: it runs before anything is installed. Neither pip nor ensurepip (Debian keeps it in
python3-venv) need be present: a pinned pip is fetched then. Every download is checked against a SHA-256 that
is kept in this repository. pip's own variables (PIP_INDEX_URL, PIP_CERT, PIP_FIND_LINKS …) are honoured.
"""

import argparse
import fcntl
import hashlib
import html
import importlib.util
import os
import re
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-requirements"
OLDEST_PYTHON = (3, 11)

DEFAULT_INDEX = "https://pypi.org/simple"
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
DOWNLOAD_SECONDS = 60


def main() -> None:
    """Bring `.venv` to the pinned requirements; a run that finds them installed takes milliseconds."""
    parser = argparse.ArgumentParser(description="Make .venv and install the pinned requirements.")
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    options = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}.")
    VENV.mkdir(exist_ok=True)
    with (VENV / "lock").open("w") as lock:
        # Two starts at once would install into each other's half-made folder.
        fcntl.flock(lock, fcntl.LOCK_EX)
        prepare(is_dev=options.dev)


def prepare(*, is_dev: bool) -> None:
    """Install when the stamp does not name the requirements as they are now. Exits with a sentence on failure."""
    runtime, dev = fingerprint(ROOT / "requirements.txt"), fingerprint(ROOT / "requirements-dev.txt")
    if not PYTHON.exists():
        STAMP.unlink(missing_ok=True)
        say(f"Making {VENV.name} with Python {sys.version.split()[0]}.")
        venv.EnvBuilder(symlinks=True).create(VENV)
    installed = STAMP.read_text(encoding="ascii").split() if STAMP.exists() else []
    if (dev if is_dev else runtime) in installed:
        return
    # The pins of requirements-dev.txt contain those of requirements.txt, so what has the former has both.
    is_dev = is_dev or dev in installed
    file = "requirements-dev.txt" if is_dev else "requirements.txt"
    say(f"Installing {file} (a minute or so, only when it changed).")
    STAMP.unlink(missing_ok=True)
    command = [str(PYTHON), *pip(), "install", "--require-hashes", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--requirement", str(ROOT / file)]
    if subprocess.run(command, check=False, cwd=ROOT).returncode:  # noqa: S603 - built from constants above
        sys.exit(f"pip could not install {file}; what it said stands above.")
    STAMP.write_text(f"{runtime}\n{dev}\n" if is_dev else f"{runtime}\n", encoding="ascii")


def fingerprint(path: Path) -> str:
    """Return what changes when the file or the Python that it is installed for changes."""
    return hashlib.sha256(path.read_bytes() + repr(sys.version_info[:2]).encode()).hexdigest()


def pip() -> list[str]:
    """Return the arguments that start pip: the environment's own, ensurepip's, or a fetched wheel's."""
    if has_pip():
        return ["-m", "pip"]
    if importlib.util.find_spec("ensurepip"):
        quiet = subprocess.DEVNULL
        subprocess.run(  # noqa: S603 - constants only
            [str(PYTHON), "-m", "ensurepip", "--default-pip"], check=False, stdout=quiet, stderr=quiet
        )
        if has_pip():
            return ["-m", "pip"]
    return [str(fetch_pip() / "pip")]


def has_pip() -> bool:
    """Return whether the environment has a pip."""
    return any(VENV.glob("lib/python*/site-packages/pip/__main__.py"))


def fetch_pip() -> Path:
    """Return the path of the pinned pip wheel, fetched from the package index unless it is here already.

    Exits with a sentence when the index cannot be reached or gives other bytes than the pinned ones.
    """
    wheel = VENV / PIP_WHEEL
    if wheel.exists() and hashlib.sha256(wheel.read_bytes()).hexdigest() == PIP_SHA256:
        return wheel
    index = os.environ.get("PIP_INDEX_URL", DEFAULT_INDEX).rstrip("/") + "/pip/"
    say(f"This Python has no pip: fetching {PIP_WHEEL}.")
    try:
        page = download(index).decode()
        link = re.search(rf'href="([^"#]*{re.escape(PIP_WHEEL)})[#"]', page)
        if link is None:
            sys.exit(f"The package index at {index} does not offer {PIP_WHEEL}.")
        content = download(urllib.parse.urljoin(index, html.unescape(link.group(1))))
    except OSError as error:
        sys.exit(f"pip could not be fetched from {index}: {error}. Install python3-venv, or set PIP_INDEX_URL.")
    if hashlib.sha256(content).hexdigest() != PIP_SHA256:
        sys.exit(f"{PIP_WHEEL} from {index} is not the pinned file; nothing was installed.")
    wheel.write_bytes(content)
    return wheel


def download(url: str) -> bytes:
    """Return the bytes at an http(s) address. Raises OSError.

    A machine without CA certificates cannot judge the server. The download goes on then, since what is run
    is only ever the file with the pinned SHA-256.
    """
    if not url.startswith(("https://", "http://")):
        raise OSError(f"{url} is not an http address")
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)
    if not context.get_ca_certs() and not any(Path("/etc/ssl/certs").glob("*")):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(url, headers={"Accept": "text/html"})  # noqa: S310 - checked above
    with urllib.request.urlopen(request, timeout=DOWNLOAD_SECONDS, context=context) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
