"""`fluxplatform/bootstrap.py`, against a package index of our own and a pip that writes down its calls."""

import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent


class Installation:
    """A checkout with nothing but bootstrap.py, requirements, an index, and a pip that writes down its calls."""

    def __init__(self, folder: Path, *, pip_exit: int = 0) -> None:
        self.root, self.index = folder / "checkout", folder / "index"
        (self.root / "fluxplatform").mkdir(parents=True)
        (self.index / "pip").mkdir(parents=True)
        for name in ("requirements.txt", "requirements-dev.txt"):
            (self.root / name).write_text(f"# {name}\n")
        self.calls = folder / "calls"
        self.calls.touch()
        wheel = self.index / "pip-26.3-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            program = f"import sys; open({str(self.calls)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10))"
            archive.writestr("pip/__main__.py", f"{program}\nsys.exit({pip_exit})\n")
        (self.index / "pip" / "index.html").write_text(f'<a href="../{wheel.name}#sha256=0">{wheel.name}</a>')
        source = (ROOT / "fluxplatform" / "bootstrap.py").read_text()
        pinned = source.split('PIP_SHA256 = "')[1].split('"')[0]
        source = source.replace(pinned, hashlib.sha256(wheel.read_bytes()).hexdigest())
        (self.root / "fluxplatform" / "bootstrap.py").write_text(source)
        self.wheel = wheel
        # Debian without python3-venv: there is no ensurepip.
        (folder / "hidden").mkdir()
        (folder / "hidden" / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
        self.hidden = str(folder / "hidden")

    def install(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        handler = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
        with http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), lambda *a: handler(*a, directory=str(self.index))
        ) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            environment = {
                "PATH": os.environ["PATH"],
                "PYTHONPATH": self.hidden,
                "PIP_INDEX_URL": f"http://127.0.0.1:{server.server_port}",
            }
            command = [sys.executable, "fluxplatform/bootstrap.py", *arguments]
            done = subprocess.run(
                command, cwd=self.root, env=environment, capture_output=True, text=True, check=False
            )
            server.shutdown()
        return done


@pytest.fixture
def checkout(tmp_path):
    return Installation(tmp_path)


def test_without_pip_and_ensurepip_the_pinned_pip_is_fetched_and_checks_hashes(checkout):
    done = checkout.install()
    assert done.returncode == 0, done.stderr
    (call,) = checkout.calls.read_text().splitlines()
    assert call.startswith("install --require-hashes")
    assert call.endswith(f"--requirement {checkout.root / 'requirements.txt'}")
    assert (checkout.root / ".venv" / "bin" / "python").exists()


def test_what_is_installed_is_not_installed_again_until_the_pins_change(checkout):
    checkout.install()
    done = checkout.install()
    assert (done.returncode, done.stderr) == (0, "")
    assert len(checkout.calls.read_text().splitlines()) == 1
    (checkout.root / "requirements.txt").write_text("# other pins\n")
    checkout.install()
    assert len(checkout.calls.read_text().splitlines()) == 2


def test_what_tests_need_contains_what_runs(checkout):
    checkout.install("--dev")
    checkout.install()
    (call,) = checkout.calls.read_text().splitlines()
    assert call.endswith("requirements-dev.txt")


def test_a_pip_of_other_bytes_is_never_started(checkout):
    checkout.wheel.write_bytes(checkout.wheel.read_bytes() + b"more")
    done = checkout.install()
    assert done.returncode == 1
    assert "is not the pinned file; nothing was installed." in done.stderr
    assert "Traceback" not in done.stderr
    assert checkout.calls.read_text() == ""


@pytest.mark.parametrize("missing", ["the page", "the link"])
def test_an_index_without_the_pinned_pip_is_named(checkout, missing):
    page = checkout.index / "pip" / "index.html"
    if missing == "the page":
        shutil.rmtree(page.parent)
    else:
        page.write_text("<a href='pip-1.0.whl'>pip-1.0.whl</a>")
    done = checkout.install()
    assert done.returncode == 1
    assert "http://127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failed_installation_is_tried_again(tmp_path):
    checkout = Installation(tmp_path, pip_exit=3)
    for attempt in (1, 2):
        done = checkout.install()
        assert done.returncode == 1
        assert "pip could not install requirements.txt" in done.stderr
        assert len(checkout.calls.read_text().splitlines()) == attempt
