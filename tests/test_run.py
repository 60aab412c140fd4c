"""`make run`: starts, shows its keys, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from cloud.tests.wallets import BitcoinWallet
from images.tests.pictures import make_png
from tests.live import free_port

ROOT = Path(__file__).resolve().parent.parent
# One process runs them all, so that the platform is set up once.
pytestmark = [pytest.mark.once, pytest.mark.xdist_group("run")]
# What coverage.py hands to the processes that a measured one starts.
MEASURED = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
START_SECONDS = 60  # a busy machine; an idle one needs two or three


class Platform:
    """A started `run_platform` with state of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.url = folder, f"http://127.0.0.1:{port}"
        self.ws_port = free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "VAR_DIR": str(folder),
            "PORT": str(port),
            "WS_PORT": str(self.ws_port),
            **MEASURED,
        }
        self.log = folder.with_suffix(".log")
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run_platform"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_it_answers(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return requests.get(f"{self.url}/livez", timeout=5)
            except requests.ConnectionError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def processes(self) -> dict[int, str]:
        """Return the command lines of everything that has our state folder in its environment or its command."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_text().replace("\0", " ")
                in_environment = f"VAR_DIR={self.folder}\0".encode() in (entry / "environ").read_bytes()
                if in_environment or f" {self.folder}/" in command:
                    found[int(entry.name)] = command
            except OSError:
                continue
        return found

    def worker(self) -> int:
        """Return the process id of the Celery worker, the parent of the scheduler."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            workers = [pid for pid, command in self.processes().items() if " -m celery " in command]
            if workers:
                return min(workers)
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def left_after(self, seconds: float) -> dict[int, str]:
        deadline = time.monotonic() + seconds
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.processes()

    def sign_in(self):
        """Sign in with a wallet while a socket waits for it; return the phrase, the frame and the socket's end."""
        wallet = BitcoinWallet()
        phrase = requests.get(f"{self.url}/id/loginphrase", timeout=20).json()["data"]
        with connect(f"ws://127.0.0.1:{self.ws_port}/ws/id/{phrase}?format=json", open_timeout=20) as waiting:
            login = {"zelid": wallet.zelid, "loginPhrase": phrase, "signature": wallet.sign(phrase)}
            assert requests.post(f"{self.url}/id/verifylogin", json=login, timeout=20).status_code == 200
            told = json.loads(waiting.recv(20))
            with pytest.raises(ConnectionClosed):
                waiting.recv(20)
            return phrase, told, waiting.close_code

    def compress(self):
        """Have an image compressed that was not seen before, which starts the encoder service."""
        key = json.loads((self.folder / "demo.json").read_text())["fluximage"]["key"]
        answer = requests.post(
            f"{self.url}/api/compress",
            headers={"Authorization": f"Bearer {key}"},
            files={"file": ("image.png", make_png() + os.urandom(8))},
            timeout=20,
        )
        assert any("images.template" in command for command in self.processes().values())
        return answer


@contextmanager
def platform(folder):
    started = Platform(folder, free_port())
    try:
        started.wait_until_it_answers()
        yield started
    finally:
        for pid in started.processes():
            os.kill(pid, signal.SIGKILL)
        started.process.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A state folder that the tests of this module share, so that only the first one has to migrate."""
    path = tmp_path_factory.mktemp("run") / "var"
    path.mkdir()
    return path


@pytest.fixture(scope="module")
def stopped(folder):
    """What a platform answered and left, after Ctrl-C."""
    with platform(folder) as running:
        known = json.loads((folder / "demo.json").read_text())
        answers = {
            "fluxme": requests.get(f"{running.url}/api/providers/{known['fluxme']['slug']}", timeout=20),
            "fluxstore": requests.get(
                f"{running.url}/api/v1/packages", headers={"X-Api-Key": known["fluxstore"]["key"]}, timeout=20
            ),
            "fluxly": requests.get(
                f"{running.url}/api/links",
                headers={"Authorization": f"Bearer {known['fluxly']['key']}"},
                timeout=20,
            ),
            "fluximage": running.compress(),
            "ready": requests.get(f"{running.url}/readyz", timeout=20),
        }
        signed_in = running.sign_in()
        running.worker()
        running.process.send_signal(signal.SIGINT)
        status = running.process.wait(30)
        # The encoder service notices by itself that nobody needs it any more.
        left = running.left_after(5)
        yield {
            "known": known,
            "answers": answers,
            "status": status,
            "left": left,
            "running": running,
            "signed_in": signed_in,
        }


def test_the_demo_keys_open_the_running_platform(stopped):
    assert {name: answer.status_code for name, answer in stopped["answers"].items()} == {
        "fluxme": 200,
        "fluxstore": 200,
        "fluxly": 200,
        "fluximage": 200,
        "ready": 200,
    }


def test_the_demo_file_has_these_names_and_is_private(stopped, folder):
    known = stopped["known"]
    assert {name: sorted(part) for name, part in known.items() if isinstance(part, dict)} == {
        "fluxme": ["account", "key", "slug"],
        "fluxstore": ["account", "email", "key", "password", "storeId"],
        "fluxly": ["account", "key"],
        "fluximage": ["account", "key"],
        "staff": ["email", "password"],
    }
    assert known["base_url"] == stopped["running"].url
    assert known["fluxly"]["account"] == "demo"
    assert (folder / "demo.json").stat().st_mode & 0o777 == 0o600


def test_each_product_has_a_ready_command_in_the_output(stopped):
    said = stopped["running"].log.read_text()
    for product in ("fluxme", "fluxstore", "fluxly", "fluximage"):
        line = next(
            line for line in said.splitlines() if "curl " in line and stopped["known"][product]["key"] in line
        )
        assert stopped["running"].url in line


def test_a_waiting_page_is_told_of_a_sign_in(stopped):
    phrase, told, code = stopped["signed_in"]
    assert (told["status"], told["data"]["loginPhrase"], code) == ("success", phrase, 4012)
    assert f"ws://127.0.0.1:{stopped['running'].ws_port}/ws/id/" in stopped["running"].log.read_text()


def test_ctrl_c_ends_everything_that_was_started(stopped):
    assert stopped["status"] == 0
    assert stopped["left"] == {}


def test_a_second_start_shows_the_same_keys(stopped, folder):
    with platform(folder) as running:
        again = json.loads((folder / "demo.json").read_text())
        assert {**again, "base_url": ""} == {**stopped["known"], "base_url": ""}
        assert again["base_url"] == running.url


def test_when_one_process_dies_all_stop_and_the_status_says_so(stopped, folder):
    with platform(folder) as running:
        running.compress()
        os.kill(running.worker(), signal.SIGKILL)
        assert running.process.wait(30) == 9
        assert running.left_after(30) == {}


def test_a_killed_supervisor_leaves_no_orphan(stopped, folder):
    with platform(folder) as running:
        running.worker()
        running.compress()
        running.process.kill()
        assert running.left_after(30) == {}


@pytest.mark.parametrize(("name", "other"), [("PORT", "PORT=8001"), ("WS_PORT", "WS_PORT=8005")])
def test_a_taken_port_is_one_sentence(stopped, folder, name, other):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {**stopped["running"].environment, name: str(port)}
        command = [sys.executable, "manage.py", "run_platform"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"CommandError: Port {port} on 127.0.0.1 cannot be used (Address already in use). "
        f"Choose another: {other} make run\n"
    )
