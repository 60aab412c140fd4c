"""What may be set about a pull, judged once for programs, the provider's page and the staff.

`read_settings` turns JSON into attributes of a source; what is wrong comes back by the JSON's names.
"""
# ruff: noqa: N815 - the JSON is camelCase

from collections.abc import Mapping
from typing import Any

import ada_url
from rest_framework import serializers

from api.errors import FieldError, InvalidFields
from api.fields import StrictBooleanField, StrictCharField, StrictChoiceField, StrictIntegerField
from api.serializers import StrictSerializer
from egress.requests import HARMLESS_HEADERS, is_sendable
from providers import expressions, mapping, schedule, websites
from providers.fields import LineField
from providers.models import AuthKind, PullFormat, PullSource

MAX_SECRET = 4096
_MINUTE = 60


class FeedUrlField(LineField):
    """An https URL with a public host name, without user information and fragment."""

    default_error_messages = {
        "not_https": "must be an https URL with a public host name and no user information",
        "fragment": "must not have a #, which servers never see",
    }

    def to_internal_value(self, data: Any) -> str:
        """Return the URL."""
        text = super().to_internal_value(data)
        url = websites.public_url(text) if text.lower().startswith("https:") else None
        if url is None:
            self.fail("not_https")
        if "#" in url:
            self.fail("fragment")
        return url


class AuthInput(StrictSerializer):
    """How we introduce ourselves. name: of the user, or of the header. secret: token, password or value."""

    kind = StrictChoiceField(choices=AuthKind.choices)
    name = StrictCharField(max_length=256, required=False, allow_blank=True, one_line=True)
    secret = StrictCharField(max_length=MAX_SECRET, required=False, trim_whitespace=False)


class PullInput(StrictSerializer):
    """The settings of a pull. intervalMinutes: 5 to 1,440. mapping: see `providers.mapping`."""

    url = FeedUrlField(max_length=websites.MAX_LENGTH, required=False)
    format = StrictChoiceField(choices=PullFormat.choices, required=False)
    mapping = serializers.DictField(required=False)
    auth = AuthInput(required=False)
    intervalMinutes = StrictIntegerField(
        min_value=int(schedule.MIN_INTERVAL.total_seconds()) // _MINUTE,
        max_value=int(schedule.MAX_INTERVAL.total_seconds()) // _MINUTE,
        required=False,
    )
    paused = StrictBooleanField(required=False)


class PullSetup(PullInput):
    """All settings of a pull."""

    url = FeedUrlField(max_length=websites.MAX_LENGTH)


def read_settings(data: Any, present: PullSource | None, *, is_partial: bool) -> dict[str, Any]:
    """Return the attributes that a save writes: those of PullSource, `secret` (None keeps it) and `is_paused`.

    present: the settings as they are. is_partial: what is absent stays; otherwise it gets its default.
    Raises InvalidFields (400) with every fault.
    """
    given = PullInput.parse_data(data)
    kept = present if is_partial else None
    auth = given.get("auth")
    fields: dict[str, Any] = {
        "url": given.get("url", kept.url if kept else ""),
        "format": given.get("format", kept.format if kept else PullFormat.FLUXME),
        "mapping": expressions.floated(given.get("mapping", kept.mapping if kept else {})),
        "interval_seconds": given["intervalMinutes"] * _MINUTE
        if "intervalMinutes" in given
        else (kept.interval_seconds if kept else int(schedule.DEFAULT_INTERVAL.total_seconds())),
        "is_paused": given.get("paused", kept.is_paused if kept else False),
        "auth_kind": AuthKind(auth["kind"]) if auth else (AuthKind(kept.auth_kind) if kept else AuthKind.NONE),
        "auth_name": auth.get("name", "") if auth else (kept.auth_name if kept else ""),
        "secret": auth.get("secret") if auth else None,
    }
    faults = (*_faults_of_feed(fields), *_faults_of_auth(fields, present))
    if faults:
        raise InvalidFields(errors=faults)
    return fields


def host_of(url: str) -> str:
    """Return the host name of a URL, as browsers read it."""
    return ada_url.URL(url).hostname.removesuffix(".")


def _faults_of_feed(fields: Mapping[str, Any]) -> tuple[FieldError, ...]:
    faults: tuple[FieldError, ...] = ()
    if not fields["url"]:
        faults += (FieldError("url", "required", "is needed"),)
    if fields["format"] == PullFormat.MAPPING or fields["mapping"]:
        try:
            mapping.compiled(fields["mapping"])
        except mapping.BadMapping as error:
            faults += tuple(
                FieldError(f"mapping.{f.field}" if f.field else "mapping", f.code, f.message) for f in error.errors
            )
    return faults


def _faults_of_auth(fields: Mapping[str, Any], present: PullSource | None) -> tuple[FieldError, ...]:
    kind, name, secret = fields["auth_kind"], fields["auth_name"], fields["secret"]
    if kind == AuthKind.NONE:
        is_idle = bool(name or secret)
        return (
            (FieldError("auth", "invalid", "has no name and no secret when its kind is none"),) if is_idle else ()
        )
    faults: tuple[FieldError, ...] = ()
    if kind == AuthKind.BEARER and name:
        faults += (FieldError("auth.name", "invalid", "is not used by a bearer token"),)
    if kind == AuthKind.BASIC and (not name or ":" in name):
        faults += (FieldError("auth.name", "invalid", "must be a user name without a colon"),)
    # Harmless headers go along to wherever a redirect leads.
    if kind == AuthKind.HEADER and (not is_sendable(name, "") or name.lower() in HARMLESS_HEADERS):
        faults += (
            FieldError("auth.name", "invalid", "must be the name of a header that may be set, e.g. X-Api-Key"),
        )
    if secret is None:
        if not _may_keep_secret(fields, present):
            sentence = "must be entered, also when the kind, the name or the address's host changes"
            faults += (FieldError("auth.secret", "required", sentence),)
    elif kind != AuthKind.BASIC and not (secret and is_sendable("X", secret)):
        faults += (FieldError("auth.secret", "invalid", "must be visible ASCII, with spaces only inside"),)
    return faults


def _may_keep_secret(fields: Mapping[str, Any], present: PullSource | None) -> bool:
    """Return whether the stored secret still goes where it was meant to go.

    Who may change the address must not be able to have the secret sent to another server, and read it there.
    """
    if present is None or not present.auth_secret or not fields["url"]:
        return False
    same_auth = (present.auth_kind, present.auth_name) == (fields["auth_kind"], fields["auth_name"])
    return same_auth and _origin(present.url) == _origin(fields["url"])


def _origin(url: str) -> str:
    return ada_url.URL(url).origin
