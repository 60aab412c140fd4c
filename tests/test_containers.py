"""What the container files promise; no engine is needed to read them."""

import re
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ["migrate", "web", "sockets", "redirects", "worker", "beat"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
FINAL_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def test_these_services_make_the_platform():
    assert sorted(SERVICES) == sorted([*OURS, "proxy", "postgres", "redis"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_privilege_and_writes_to_no_image(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].partition(":")[0]) > 0


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_a_container_that_stays_says_whether_it_is_well(name):
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_nothing_starts_on_an_old_schema():
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name in ("web", "sockets", "redirects", "worker", "beat"):
        conditions = {part: rule["condition"] for part, rule in SERVICES[name]["depends_on"].items()}
        assert conditions == {"migrate": "service_completed_successfully", "redis": "service_healthy"}


def test_secrets_come_from_files_and_from_nowhere_else():
    for name in OURS:
        environment = SERVICES[name]["environment"]
        assert environment["PRODUCTION"] == "true"
        for variable in ("SECRET_KEY", "PULL_SECRET_KEYS", "DATABASE_URL", "EMAIL_URL"):
            assert variable not in environment
            assert environment[f"{variable}_FILE"] == f"/run/secrets/{variable.lower()}"
            assert variable.lower() in SERVICES[name]["secrets"]
    assert "POSTGRES_PASSWORD" not in SERVICES["postgres"]["environment"]
    assert all(secret["file"].startswith("./secrets/") for secret in COMPOSE["secrets"].values())


def test_secrets_stay_out_of_git_and_out_of_the_image():
    for file in (".gitignore", ".dockerignore"):
        ignored = {line.strip("/") for line in (ROOT / file).read_text().splitlines()}
        assert {"secrets", ".env", "var"} <= ignored, file


def test_only_the_web_servers_are_reached_from_outside_and_only_from_this_machine():
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "proxy": ["${WEB_LISTEN:-127.0.0.1:8000}:8080"],
        "redirects": ["${REDIRECTS_LISTEN:-127.0.0.1:8001}:8000"],
    }
    assert COMPOSE["networks"]["back"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["back"]


def test_one_address_leads_to_the_web_server_and_to_the_web_sockets():
    proxy = SERVICES["proxy"]
    (mounted,) = proxy["volumes"]
    source, target, mode = mounted.split(":")
    assert (target, mode) == ("/etc/nginx/conf.d/default.conf", "ro")
    text = (ROOT / source).read_text()
    assert "listen 8080;" in text
    assert set(re.findall(r"set \$\w+ (\w+):8000;", text)) == {"web", "sockets"} == set(proxy["depends_on"])
    assert proxy["networks"] == ["front"]
    # It adds nothing to these, so that NUM_PROXIES stays what it is without it.
    assert not re.search(r"^\s*proxy_set_header X-Forwarded", text, re.MULTILINE)


def test_what_is_kept_is_on_volumes():
    for name in OURS:
        assert SERVICES[name]["volumes"] == ["state:/var/lib/flux"]
    assert set(COMPOSE["volumes"]) == {"state", "database", "queue"}


def test_redirects_have_as_many_threads_as_their_settings_say():
    service = SERVICES["redirects"]
    assert f"--blocking-threads={service['environment']['WEB_THREADS']}" in service["command"]
    assert f"--workers={service['environment']['WEB_WORKERS']}" in service["command"]


def test_the_worker_never_forks():
    command = SERVICES["worker"]["command"]
    assert command[command.index("--pool") + 1] == "threads"


def test_variables_of_the_composition_are_variables_of_the_platform():
    known = set(re.findall(r"^#([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert {name.removesuffix("_FILE") for name in SERVICES["web"]["environment"]} <= known


def test_the_image_runs_without_privilege_and_installs_only_pinned_bytes():
    assert "--require-hashes" in DOCKERFILE
    assert "collectstatic" in DOCKERFILE
    assert re.search(r"^USER 10001:10001$", FINAL_STAGE, re.MULTILINE)
    assert "VOLUME /var/lib/flux" in FINAL_STAGE
    assert "HEALTHCHECK" in FINAL_STAGE
    assert "/livez" in FINAL_STAGE
    assert "pip install" not in FINAL_STAGE


def test_every_image_has_a_version():
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images = bases + [SERVICES[name]["image"] for name in ("postgres", "redis", "proxy")]
    assert all(re.search(r":\d", image) for image in images)


def test_the_image_has_the_python_that_the_checks_run_on():
    oldest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert oldest is not None
    assert set(re.findall(r"^FROM python:([\d.]+)-", DOCKERFILE, re.MULTILINE)) == {oldest.group(1)}
