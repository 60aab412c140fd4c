"""What a child cannot do, and what it needs to have before it cannot."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from images.tests.pictures import HEIC, convert, make_png, with_orientation
from images.tests.processes import run

pytestmark = pytest.mark.once

CONFINED = """
import errno, os, socket
from images import children
children.confine(30, os.getppid())
for attempt in (lambda: socket.socket(), lambda: os.open("/dev/null", os.O_RDONLY), os.pipe):
    try:
        attempt()
    except OSError as error:
        assert error.errno == errno.EMFILE, error
    else:
        raise AssertionError("a descriptor was had")
"""


def test_a_child_can_open_no_file_and_no_socket():
    assert run(CONFINED).returncode == 0


HARMING = """
import os, sys
from images import children, landlock
version = landlock.version()
children.confine(30, os.getppid())
harms = [
    (1, lambda: os.unlink(sys.argv[1])),
    (1, lambda: os.rename(sys.argv[1], sys.argv[1] + "2")),
    (1, lambda: os.mkdir(sys.argv[1] + "3")),
    (3, lambda: os.truncate(sys.argv[1], 0)),
    (6, lambda: os.kill(os.getppid(), 0)),
]
for since, harm in harms:
    try:
        harm()
    except PermissionError:
        continue
    assert version < since, harm
print(version)
"""


def test_a_child_can_harm_no_file_and_no_process_as_far_as_the_kernel_knows(tmp_path: Path):
    (tmp_path / "file").write_text("content")
    done = run(HARMING, tmp_path / "file")
    assert done.returncode == 0, done.stderr
    if int(done.stdout) >= 3:
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
        assert (tmp_path / "file").read_text() == "content"


UNPREPARED = """
import os
from images import children
children.confine(30, os.getppid())
import csv
"""


def test_a_child_says_which_module_it_misses():
    done = run(UNPREPARED)
    assert b"ModuleNotFoundError: No module named 'csv'" in done.stderr.splitlines()


def test_a_child_that_only_waits_ends_by_itself():
    code = "import os, time; from images import children; children.confine(0.2, os.getppid()); time.sleep(60)"
    assert run(code).returncode == -signal.SIGALRM


def test_a_child_does_not_begin_when_its_service_has_gone():
    assert run("from images import children; children.confine(9, 1)").returncode == 1


LEAVING = """
import os, socket
from images import children
user = os.geteuid()
left = children.leave_network()
print(left, os.geteuid() == user, "lo" if len(socket.if_nameindex()) == 1 else "all", flush=True)
"""


def test_the_service_leaves_the_network_where_the_kernel_permits():
    is_permitted = subprocess.run(["unshare", "--user", "--net", "true"], check=False).returncode == 0
    words = run(LEAVING).stdout.decode().split()
    assert words[:2] == [str(is_permitted), "True"]
    assert words[2] == "lo" or not is_permitted


ABANDONING = """
import os, time
from pathlib import Path
from images import children
children.adopt_orphans()
child = os.fork()
if child == 0:
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
os.waitpid(child, 0)
children.end_orphans(keep=())
assert os.waitpid(-1, 0)[1] == 9
"""


def test_what_a_child_leaves_behind_is_ended():
    assert run(ABANDONING).returncode == 0


NEEDING = """
import ast, json, sys
from dataclasses import fields
from itertools import product
from pathlib import Path
from images import codecs
codecs.warm_up()
loaded = set(sys.modules)
own = [Path(module.__file__) for name, module in sys.modules.items() if name.startswith("images.")]
named = {
    name
    for path in own
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.Import | ast.ImportFrom)
    for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
}
known = {field.name for field in fields(codecs.Options)}
wishes = [("metadata", "copyright"), ("metadata", "all"), ("lossy", True)]
wishes += [("target_ssim", 0.9), ("target_bytes", 500)]
wishes = [{}, *({name: value} for name, value in wishes if name in known)]
for path, output, wish in product(Path(sys.argv[1]).iterdir(), ("webp", "avif", "jpg", "png"), wishes):
    try:
        codecs.encode(path.read_bytes(), codecs.Options(output, **wish))
    except (codecs.CodecError, ValueError):
        pass
print(json.dumps([sorted(named - loaded), sorted(set(sys.modules) - loaded)]))
"""


def test_all_that_encoding_imports_is_there_before_no_file_can_be_opened(tmp_path: Path):
    png = make_png()
    files = [png, HEIC, *(convert(png, kind) for kind in ("jpeg", "webp", "avif", "gif", "tiff", "cmyk-jpeg"))]
    files.append(with_orientation(convert(png, "jpeg"), 6))
    for number, data in enumerate(files):
        (tmp_path / str(number)).write_bytes(data)
    named_and_missing, imported_late = json.loads(run(NEEDING, tmp_path).stdout)
    assert (named_and_missing, imported_late) == ([], [])
