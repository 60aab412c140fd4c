"""The environment decides; what is missing or wrong is said in one sentence."""

import ast
import base64
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from fluxplatform.environment import Environment, cores

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
COMPLETE = {
    "PRODUCTION": "true",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "PULL_SECRET_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "ALLOWED_HOSTS": "flux.example",
    "DATABASE_URL": "postgres://flux:secret@db.example/flux?sslmode=require",
    "REDIS_URL": "redis://redis.example/0",
}


@pytest.fixture
def run(tmp_path):
    """Return a function that runs Python in an environment of exactly the given variables."""

    def run(variables, *arguments):
        # coverage.py hands its settings to the processes that a measured one starts.
        kept = {k: v for k, v in os.environ.items() if k == "PATH" or k.startswith("COVERAGE_")}
        environment = {**kept, "VAR_DIR": str(tmp_path), **variables}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def value_of(run):
    """Return a function that reads one expression of the settings as text."""

    def value_of(variables, expression):
        done = run(variables, "-c", f"from fluxplatform import settings; print({expression})")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return value_of


def test_the_example_names_exactly_the_variables_that_settings_read():
    example = (ROOT / ".env.example").read_text()
    named = re.findall(r"^#?([A-Z][A-Z0-9_]*)=", example, re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == names_read()


def names_read():
    """Return the first argument of every `env.<reader>("NAME")` of the settings, and of their reader's own."""
    names = set()
    for module in ("settings", "environment"):
        for call in ast.walk(ast.parse((ROOT / "fluxplatform" / f"{module}.py").read_text())):
            if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
                function = ast.unparse(call.func)
                if re.fullmatch(r"(env|self)\.\w+", function):
                    names.add(call.args[0].value)
    return names


def test_every_variable_of_the_example_is_explained_above_it():
    for paragraph in (ROOT / ".env.example").read_text().split("\n\n"):
        if re.search(r"^#[A-Z][A-Z0-9_]*=", paragraph, re.MULTILINE):
            assert paragraph.startswith("# "), paragraph


def test_the_settings_are_in_one_file_that_reads_the_environment_alone():
    readers = {
        str(path.relative_to(ROOT))
        for path in ROOT.glob("[a-z]*/**/*.py")
        if "tests" not in path.parts and re.search(r"(?<!\.)\benv\.(str|int|bool|list|url)\(", path.read_text())
    }
    assert readers == {"fluxplatform/settings.py"}


@pytest.mark.parametrize("name", ["SECRET_KEY", "PULL_SECRET_KEYS", "ALLOWED_HOSTS", "DATABASE_URL"])
@pytest.mark.parametrize("command", ["check", "migrate"])
def test_production_refuses_to_start_without_what_it_cannot_guess(run, name, command):
    done = run({k: v for k, v in COMPLETE.items() if k != name}, "manage.py", command)
    assert done.returncode == 1
    assert done.stderr == (
        f"manage.py: {name} is not set. Production mode needs it: set {name}, or {name}_FILE with the path of a "
        "file that holds it. See .env.example.\n"
    )


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "http"}, "PORT is not valid: invalid literal for int() with base 10: 'http'"),
        ({"PULL_SECRET_KEYS": "hush"}, "PULL_SECRET_KEYS is not valid: it must be one or more keys of 32 bytes"),
        ({"PULL_SECRET_KEYS": ","}, "PULL_SECRET_KEYS is not valid"),
        ({"GIFT_CODE_KEYS": "hush"}, "GIFT_CODE_KEYS is not valid: it must be one or more keys of at least 32"),
        ({"IMAGE_WORKERS": "0"}, "IMAGE_WORKERS must be at least 1"),
        ({"DATABASE_URL": "mysql://u:hush@h/n"}, "DATABASE_URL is not valid: it must begin with postgres://"),
        ({"IMAGE_STORAGE_URL": "http://u:hush@h/n"}, "IMAGE_STORAGE_URL is not valid: it must look like s3://"),
        ({"IMAGE_STORAGE_URL": "s3://u:hush@b?acl=x"}, "IMAGE_STORAGE_URL is not valid: it must look like s3://"),
        ({"IMAGE_STORAGE_URL": "s3:///b"}, "IMAGE_STORAGE_URL is not valid: it must look like s3://"),
        (
            {"EGRESS_ALLOWED_NETWORKS": "10.1.2.3/24"},
            "EGRESS_ALLOWED_NETWORKS is not valid: 10.1.2.3/24 has host bits",
        ),
        ({"SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE cannot be read: [Errno 2] No such file or directory"),
    ],
)
def test_a_wrong_value_is_named_in_one_line_without_the_value_of_a_secret(run, variables, sentence):
    done = run(variables, "manage.py", "check")
    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hush" not in done.stderr


def test_traceback_shows_where_a_wrong_value_was_read(run):
    done = run({"PORT": "http"}, "manage.py", "check", "--traceback")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_a_secret_is_read_from_a_file_without_its_line_break(value_of, tmp_path):
    path = tmp_path / "secret"
    path.write_text("a secret of a file\n")
    assert value_of({"SECRET_KEY_FILE": str(path)}, "repr(settings.SECRET_KEY)") == "'a secret of a file'"


def test_the_bucket_of_images_comes_from_a_file_with_its_secret(value_of, tmp_path):
    path = tmp_path / "url"
    path.write_text("s3://AKIA:a%2Fb@flux/images/?region=eu-central-1\n")
    options = value_of({"IMAGE_STORAGE_URL_FILE": str(path)}, "settings.STORAGES['images']['OPTIONS']")
    for part in ("'flux'", "'location': 'images'", "'AKIA'", "'a/b'", "'eu-central-1'", "'endpoint_url': None"):
        assert part in options


def test_a_bucket_without_a_key_is_opened_by_the_machines_own_role(value_of):
    options = value_of({"IMAGE_STORAGE_URL": "s3://flux"}, "settings.STORAGES['images']['OPTIONS']")
    assert "access_key" not in options


def test_production_starts_with_its_secrets_in_files(run, tmp_path):
    variables = {"PRODUCTION": "true", "ALLOWED_HOSTS": "flux.example"}
    for name in ("SECRET_KEY", "PULL_SECRET_KEYS", "DATABASE_URL", "REDIS_URL"):
        path = tmp_path / name.lower()
        path.write_text(COMPLETE[name] + "\n")
        variables[f"{name}_FILE"] = str(path)
    done = run(variables, "manage.py", "check")
    assert done.returncode == 0, done.stderr


def test_an_embedded_installation_keeps_the_secret_that_it_made(value_of, tmp_path):
    first = value_of({}, "settings.SECRET_KEY")
    assert len(first) >= 50
    assert value_of({}, "settings.SECRET_KEY") == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_an_embedded_installation_keeps_the_key_that_seals_secrets_apart_from_the_other(value_of, tmp_path):
    first = value_of({}, "settings.PULL_SECRET_KEYS")
    assert value_of({}, "settings.PULL_SECRET_KEYS") == first
    assert (tmp_path / "pull_secret_key").read_text() in first
    assert (tmp_path / "pull_secret_key").stat().st_mode & 0o777 == 0o600


def test_several_sealing_keys_are_read_in_their_order(value_of):
    old, new = "A" * 43 + "=", "B" * 43 + "="
    assert value_of({"PULL_SECRET_KEYS": f"{new}, {old}"}, "settings.PULL_SECRET_KEYS") == str([new, old])


def test_gift_codes_are_hashed_by_keys_of_their_own_or_by_the_secret_key(value_of):
    old, new = "a" * 32, "b" * 40
    assert value_of({"GIFT_CODE_KEYS": f"{new}, {old}"}, "settings.GIFT_CODE_KEYS") == str([new, old])
    assert value_of({}, "settings.GIFT_CODE_KEYS == [settings.SECRET_KEY]") == "True"


def test_options_in_the_database_address_are_kept(value_of):
    options = value_of(COMPLETE, "settings.DATABASE['OPTIONS']['sslmode'], settings.DATABASE['OPTIONS']['pool']")
    assert options.startswith("require ")
    assert "max_size" in options


def test_the_base_url_follows_the_port(value_of):
    assert value_of({"PORT": "8001"}, "settings.BASE_URL") == "http://127.0.0.1:8001"


def test_the_base_url_of_production_follows_the_first_host(value_of):
    variables = {**COMPLETE, "ALLOWED_HOSTS": "flux.example,www.flux.example"}
    assert value_of(variables, "settings.BASE_URL") == "https://flux.example"


@pytest.mark.parametrize(
    ("variables", "backend"),
    [({}, "memory"), ({"WEB_WORKERS": "2"}, "sqlite"), ({"REDIS_URL": "redis://h/0"}, "redis")],
)
def test_limits_are_counted_where_all_processes_see_them(value_of, variables, backend):
    assert value_of(variables, "settings.THROTTLE_BACKEND") == backend


@pytest.mark.parametrize(
    ("variables", "numbers"),
    [
        ({}, f"({cores()}, {8 * cores()})"),
        ({"IMAGE_WORKERS": "", "IMAGE_QUEUE": ""}, f"({cores()}, {8 * cores()})"),
        ({"IMAGE_WORKERS": "3"}, "(3, 24)"),
        ({"IMAGE_WORKERS": "3", "IMAGE_QUEUE": "0"}, "(3, 0)"),
    ],
)
def test_images_are_encoded_on_every_core_unless_told_otherwise(value_of, variables, numbers):
    assert value_of(variables, "(settings.IMAGE_WORKERS, settings.IMAGE_QUEUE)") == numbers


def test_the_deploy_check_is_clean(run):
    done = run(COMPLETE, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"THROTTLE_BACKEND": "sqlit"}, "THROTTLE_BACKEND must be redis, sqlite or memory"),
        ({"THROTTLE_BACKEND": "redis"}, "THROTTLE_BACKEND=redis needs REDIS_URL"),
        ({"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS names no host"),
        ({"PRODUCTION": "true", "ALLOWED_HOSTS": "*"}, "Set BASE_URL"),
    ],
)
def test_a_setting_that_cannot_work_is_named(changes, sentence, monkeypatch):
    for name in ("REDIS_URL", "BASE_URL", "PRODUCTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=sentence):
        read_all(Environment())


def read_all(env):
    env.base_url(env.hosts("ALLOWED_HOSTS", "127.0.0.1"), 8000)
    env.throttle_backend(env.str("REDIS_URL", default=""), 1)


def test_hosts_may_have_spaces_around_them(monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", "a.example, b.example")
    assert Environment().hosts("ALLOWED_HOSTS", "") == ["a.example", "b.example"]
