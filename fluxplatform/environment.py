"""How settings read the environment: strictly, and from files where `NAME_FILE` says so."""

import base64
import contextlib
import ipaddress
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from cloud.configuration import CloudSettings, RpcAddress, node_address

DATABASE_SCHEMES = ("postgres://", "postgresql://", "sqlite:///")


class _TextFiles(FileAwareMapping):  # type: ignore[misc]  # django-environ has no types
    """The environment, in which `NAME_FILE` names a file that holds NAME."""

    def __getitem__(self, name: str) -> str:
        """Return the variable, or the text of its file without the line break that editors add."""
        try:
            value: str = super().__getitem__(name)
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}.") from None
        return value.rstrip("\r\n") if self.env.get(f"{name}_FILE") else value


class Environment(environ.Env):  # type: ignore[misc]  # django-environ has no types
    """Typed readers of the process's environment.

    Raises ImproperlyConfigured, in a sentence that names the variable, for a value of the wrong type.
    """

    ENVIRON = _TextFiles()

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """Return the variable's value, cast to its type."""
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} is not valid: {error}. See .env.example.") from None

    def required(self, name: str, embedded: str) -> str:
        """Return the variable; without it `embedded`, or in production a sentence that names it."""
        value: str = self.str(name, default="")
        if not value and self.bool("PRODUCTION", default=False):
            raise ImproperlyConfigured(
                f"{name} is not set. Production mode needs it: set {name}, or {name}_FILE with the path of a "
                "file that holds it. See .env.example."
            )
        return value or embedded

    def count(self, name: str, *, default: int, least: int) -> int:
        """Return a whole number that is not below `least`; an empty variable is one that is not set."""
        number: int = self.int(name) if self.str(name, default="") else default
        if number < least:
            raise ImproperlyConfigured(f"{name} must be at least {least}. See .env.example.")
        return number

    def sealing_keys(self, name: str, embedded: Callable[[], str]) -> list[str]:
        """Return the keys between the commas of a required variable: 32 bytes each, in URL-safe base64."""
        text = self.required(name, "") or embedded()
        keys = [key for key in (part.strip() for part in text.split(",")) if key]
        if not keys or not all(re.fullmatch(r"[A-Za-z0-9_-]{43}=", key) for key in keys):
            raise ImproperlyConfigured(
                f"{name} is not valid: it must be one or more keys of 32 bytes in URL-safe base64, separated by "
                "commas. See .env.example."
            )
        return keys

    def hashing_keys(self, name: str, embedded: str) -> list[str]:
        """Return the keys between the commas, 32 characters or more each; without any, `embedded` alone."""
        keys = [key for key in (part.strip() for part in self.str(name, default="").split(",")) if key]
        if any(len(key) < 32 for key in keys):
            raise ImproperlyConfigured(
                f"{name} is not valid: it must be one or more keys of at least 32 characters, separated by "
                "commas. See .env.example."
            )
        return keys or [embedded]

    def hosts(self, name: str, embedded: str) -> list[str]:
        """Return the names between the commas of a required variable; at least one."""
        hosts = [host for host in (part.strip() for part in self.required(name, embedded).split(",")) if host]
        if not hosts:
            raise ImproperlyConfigured(f"{name} names no host. See .env.example.")
        return hosts

    def networks(self, name: str) -> list[str]:
        """Return the IP networks between the commas, as CIDR in their normal form."""
        texts = [text for text in (part.strip() for part in self.str(name, default="").split(",")) if text]
        try:
            return [str(ipaddress.ip_network(text)) for text in texts]
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} is not valid: {error}. See .env.example.") from None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return what stands between the commas, without blanks and empty parts."""
        parts = (part.strip() for part in self.str(name, default="").split(","))
        return tuple(part for part in parts if part)

    def cloud(self) -> CloudSettings:
        """Return what the operator decided about Flux Cloud."""
        return CloudSettings(
            admin_id=self.str("FLUX_ADMIN_ID", default="").strip(),
            team_ids=self.texts("FLUX_TEAM_IDS"),
            user_window_seconds=self.count("CLOUD_USER_WINDOW_SECONDS", default=0, least=0),
            owner_window_seconds=self.count("CLOUD_OWNER_WINDOW_SECONDS", default=0, least=0),
            daemon_url=self.rpc_url("FLUX_DAEMON_URL"),
            benchmark_url=self.rpc_url("FLUX_BENCHMARK_URL"),
            nodes=self.node_addresses("FLUX_NODES"),
            cors_origins=self.origins("CLOUD_CORS_ORIGINS"),
            calls_per_minute=self.count("CLOUD_CALLS_PER_MINUTE", default=600, least=1),
            sockets=self.count("CLOUD_SOCKETS", default=5_000, least=1),
            sockets_per_address=self.count("CLOUD_SOCKETS_PER_ADDRESS", default=50, least=1),
        )

    def node_addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses between the commas, each once."""
        try:
            return tuple(dict.fromkeys(node_address(text) for text in self.texts(name)))
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} is not valid: {error}. See .env.example.") from None

    def origins(self, name: str) -> tuple[str, ...]:
        """Return the origins between the commas, as a browser writes them."""
        origins = self.texts(name)
        for origin in origins:
            parts = urlsplit(origin)
            if (
                parts.scheme not in {"http", "https"}
                or origin != f"{parts.scheme}://{parts.netloc}"
                or "@" in origin
            ):
                raise ImproperlyConfigured(
                    f"{name} is not valid: {origin!r} must look like https://app.example. See .env.example."
                )
        return origins

    def rpc_url(self, name: str) -> str:
        """Return the address of a JSON-RPC service, "" without one; the sentence of a fault has no password."""
        url: str = self.str(name, default="").strip()
        try:
            if url:
                RpcAddress.of(url)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} is not valid: it must look like http://user:password@host:port. See .env.example."
            ) from None
        return url

    def base_url(self, hosts: list[str], port: int) -> str:
        """Return BASE_URL; without it the first host, or this machine and port when embedded."""
        url: str = self.str("BASE_URL", default="").rstrip("/")
        host = hosts[0].lstrip("*.")
        if url or not self.bool("PRODUCTION", default=False):
            return url or f"http://127.0.0.1:{port}"
        if not host:
            raise ImproperlyConfigured(
                "BASE_URL is not set, and ALLOWED_HOSTS begins with a wildcard. Set BASE_URL. See .env.example."
            )
        return f"https://{host}"

    def throttle_backend(self, redis_url: str, workers: int) -> str:
        """Return THROTTLE_BACKEND; without it the exact store that fits the parts at hand."""
        chosen: str = self.str("THROTTLE_BACKEND", default="")
        if chosen not in {"", "redis", "sqlite", "memory"}:
            raise ImproperlyConfigured("THROTTLE_BACKEND must be redis, sqlite or memory. See .env.example.")
        if chosen == "redis" and not redis_url:
            raise ImproperlyConfigured("THROTTLE_BACKEND=redis needs REDIS_URL. See .env.example.")
        return chosen or ("redis" if redis_url else "sqlite" if workers > 1 else "memory")

    def database(self, url: str) -> dict[str, Any]:
        """Return Django's settings of the database at the address; options in its query string are kept."""
        if not url.startswith(DATABASE_SCHEMES):
            known = " or ".join(DATABASE_SCHEMES)
            raise ImproperlyConfigured(f"DATABASE_URL is not valid: it must begin with {known}. See .env.example.")
        return dict(self.db_url_config(url))

    def file_storage(self, name: str) -> dict[str, Any]:
        """Return Django's settings of a storage: the bucket of an `s3://` address, without one MEDIA_ROOT."""
        text: str = self.str(name, default="")
        if not text:
            return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
        url = urlsplit(text)
        wishes = dict(parse_qsl(url.query))
        if url.scheme != "s3" or not url.hostname or not wishes.keys() <= {"endpoint", "region"}:
            raise ImproperlyConfigured(
                f"{name} is not valid: it must look like s3://key:secret@bucket/folder?endpoint=https://host&"
                "region=name. See .env.example."
            )
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _s3_options(url, wishes)}


def _s3_options(url: SplitResult, wishes: dict[str, str]) -> dict[str, Any]:
    from botocore.config import Config

    options = {
        "bucket_name": url.hostname,
        "location": url.path.strip("/"),
        "endpoint_url": wishes.get("endpoint"),
        "region_name": wishes.get("region"),
        # Other servers than Amazon's rarely have a host name for each bucket.
        "client_config": Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 3},
            s3={"addressing_style": "path" if "endpoint" in wishes else "auto"},
        ),
        # Whatever a client called its file, the bucket shall not.
        "object_parameters": {"ContentType": "application/octet-stream"},
        "max_memory_size": 2 * 1024**2,
    }
    if url.username:
        options |= {"access_key": unquote(url.username), "secret_key": unquote(url.password or "")}
    return options


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def embedded_secret(folder: Path, name: str = "secret_key", random_bytes: int = 50) -> str:
    """Return a secret of an embedded installation in URL-safe base64, made at first use and kept in the folder."""
    path = folder / name
    if not path.exists():
        # Written aside and linked into place, so that two processes that start at once agree on one.
        draft = folder / f"{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_bytes(base64.urlsafe_b64encode(secrets.token_bytes(random_bytes)))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text(encoding="ascii")
