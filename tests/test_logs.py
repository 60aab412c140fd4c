"""Logs: one event a line, with fields, and never a secret among them, whoever writes it."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from fluxplatform import logs

pytestmark = pytest.mark.once

SECRETS = {
    "fluxly": "fluxly_live_0123456789ABCDEFGHIJKLMNO",
    "fluximage": "flx_live_0123456789abcdef0123456789abcdef01234567",
    "fluxstore": "flx_abcd1234_0123456789ABCDEFGHIJKLMNOPQRSTUV",
    "fluxme": "fluxme_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd",
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
}
IN_A_LINE = {
    **SECRETS,
    "bearer": "Authorization: Bearer c2VjcmV0LXNlY3JldA==",
    "bearer in capitals": "AUTHORIZATION: BEARER c2VjcmV0LXNlY3JldA==",
    "basic": "Authorization: Basic c2VjcmV0LXNlY3JldA==",
    "imported key": "X-Api-Key: c2VjcmV0LXNlY3JldA==",
    "imported key in a dictionary": '{"x-api-key": "c2VjcmV0LXNlY3JldA=="}',
    "database": "postgres://flux:c2VjcmV0LXNlY3JldA==@db:5432/flux",
    "redis": "redis://:c2VjcmV0LXNlY3JldA==@cache:6379/0",
}
Lines = Callable[[], list[str]]


@pytest.fixture
def stream_of() -> Iterator[Callable[[bool], Lines]]:
    """Return what configures logging anew and gives what reads the lines; afterwards all is as before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def begin(json_lines: bool) -> Lines:
        logs.configure(level="INFO", json_lines=json_lines)
        stream = io.StringIO()
        (handler,) = root.handlers
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        return lambda: stream.getvalue().splitlines()

    yield begin
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def lines(stream_of) -> Lines:
    return stream_of(True)


@pytest.fixture(params=[True, False], ids=["json", "console"])
def either(request, stream_of) -> Lines:
    """Return the lines of each of the two forms."""
    return stream_of(request.param)


def only(lines: Lines) -> dict:
    (line,) = lines()
    return json.loads(line)


def fail_with(text: str) -> None:
    try:
        raise KeyError(text)  # noqa: TRY301 - the cause is what is tested
    except KeyError as cause:
        raise ValueError(f"no such key: {text}") from cause


def is_clean(text: str) -> bool:
    return not any(secret[-12:] in text for secret in SECRETS.values()) and "c2VjcmV0" not in text


def test_an_event_is_one_line_of_json_with_its_fields(lines):
    structlog.get_logger("links.services").info("link_created", link_id=7, ratio=0.5, is_new=True, note=None)
    event = only(lines)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "link_created",
        "link_id": 7,
        "ratio": 0.5,
        "is_new": True,
        "note": None,
        "level": "info",
        "logger": "links.services",
    }


def test_other_libraries_lines_have_the_same_form(lines):
    logging.getLogger("celery.worker").warning("lost %s of %d", "connection", 2)
    event = only(lines)
    assert (event["event"], event["level"], event["logger"]) == (
        "lost connection of 2",
        "warning",
        "celery.worker",
    )


def test_what_is_bound_to_the_request_is_in_every_line(lines):
    with structlog.contextvars.bound_contextvars(request_id="request-7"):
        structlog.get_logger("a").info("ours")
        logging.getLogger("b").info("theirs")
    assert [json.loads(line)["request_id"] for line in lines()] == ["request-7", "request-7"]


def test_a_level_below_the_chosen_one_is_silent(lines):
    structlog.get_logger("a").debug("quiet")
    logging.getLogger("b").debug("quiet")
    assert lines() == []


def test_people_read_lines_without_colours(stream_of):
    lines = stream_of(False)
    structlog.get_logger("a").info("link_created", link_id=7)
    (line,) = lines()
    assert "link_created" in line
    assert "link_id=7" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("text", IN_A_LINE.values(), ids=IN_A_LINE)
def test_a_secret_is_cut_wherever_it_turns_up(either, text):
    log = structlog.get_logger("a")
    log.info(f"event with {text} inside")
    log.info("event", note=f"x {text} y")
    log.info("event", nested={"list": [{"deep": (text,)}], text: 1}, several={text})
    log.info("event", raw=text.encode(), error=ValueError(text))
    logging.getLogger("b").warning("line with %s inside", text)
    logging.getLogger("b").warning(f"line with {text} inside")
    logging.getLogger("b").warning({"headers": text})
    written = "\n".join(either())
    assert len(either()) == 7
    assert written.count("[cut]") >= 7
    assert is_clean(written)


@pytest.mark.parametrize("text", IN_A_LINE.values(), ids=IN_A_LINE)
@pytest.mark.parametrize("writer", ["ours", "theirs"])
def test_a_secret_in_a_traceback_is_cut_and_the_traceback_stays(either, text, writer):
    log = structlog.get_logger("a") if writer == "ours" else logging.getLogger("b")
    try:
        fail_with(text)
    except ValueError:
        log.exception("failed")
    written = "\n".join(either())
    assert "Traceback (most recent call last)" in written
    assert "ValueError: no such key" in written
    assert "[cut]" in written
    assert is_clean(written)


def test_an_exception_given_as_a_field_has_its_traceback_cut_too(lines):
    structlog.get_logger("a").error("failed", exc_info=ValueError(SECRETS["fluxly"]))
    assert only(lines)["exception"] == "ValueError: fluxly_live_[cut]"


@pytest.mark.parametrize("name", ["Authorization", "cookie", "X-Api-Key", "password", "secret", "token"])
def test_what_stands_under_a_secrets_name_is_cut_whatever_it_looks_like(either, name):
    structlog.get_logger("a").info("event", headers={name: "plain-looking-value"})
    structlog.get_logger("a").info("event", **{name: ["plain-looking-value"]})
    assert len(either()) == 2
    assert all("plain-looking-value" not in line and "[cut]" in line for line in either())


@pytest.mark.parametrize(
    "text",
    [
        "flx_live",
        "fluxly_live_short",
        "/api/stores/abcd1234",
        "a bearer of news",
        "https://flux.example/a:b",
        "eyJ.a.b",
    ],
)
def test_what_is_no_secret_stays(lines, text):
    structlog.get_logger("a").info("event", note=text)
    assert only(lines)["note"] == text


def test_the_kind_of_a_key_stays_readable(lines):
    structlog.get_logger("a").info("event", note=f"key {SECRETS['fluxstore']}.")
    assert only(lines)["note"] == "key flx_abcd1234_[cut]."


@pytest.mark.parametrize("mark", ["\n", "\r", "\x1b[31m", "\u2028", "\x85"])
def test_a_client_cannot_begin_a_line_of_its_own(either, mark):
    structlog.get_logger("a").info("request", path=f"/x{mark}2026-01-01 [info] forged")
    logging.getLogger("b").warning("request for %s", f"/x{mark}2026-01-01 [info] forged")
    assert len(either()) == 2
    assert all(mark not in line for line in either())


def test_the_platforms_own_configuration_is_this_one(settings):
    (formatter,) = [
        handler.formatter
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    ]
    assert settings.LOGGING_CONFIG is None
    assert logs._cut_secrets in formatter.processors
