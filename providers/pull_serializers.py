"""What the API says about pulls: the settings without their secret, the log, a test."""
# ruff: noqa: N815 - the JSON is camelCase

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from api.fields import StrictCharField, StrictIntegerField
from providers.models import AuthKind, PauseReason, PullFormat, PullSource, RunStatus, SyncRun, Trigger
from providers.serializers import QuerySerializer


class AuthOutput(serializers.Serializer[PullSource]):
    """How we introduce ourselves. hasSecret: one is stored; it is never shown."""

    kind = serializers.ChoiceField(choices=AuthKind.choices, source="auth_kind")
    name = serializers.CharField(source="auth_name", allow_blank=True)
    hasSecret = serializers.BooleanField(source="auth_secret")


class PullOutput(serializers.Serializer[PullSource]):
    """The settings of a pull and its state. pausedReason: empty while it is not paused. failures: in a row."""

    url = serializers.CharField()
    format = serializers.ChoiceField(choices=PullFormat.choices)
    mapping = serializers.DictField()
    auth = AuthOutput(source="*")
    intervalMinutes = serializers.SerializerMethodField()
    paused = serializers.BooleanField(source="is_paused")
    pausedReason = serializers.ChoiceField(choices=PauseReason.choices, source="paused_reason", allow_blank=True)
    nextDueAt = serializers.DateTimeField(source="next_due_at", allow_null=True)
    lastRunAt = serializers.DateTimeField(source="last_run_at", allow_null=True)
    lastSuccessAt = serializers.DateTimeField(source="last_success_at", allow_null=True)
    failures = serializers.IntegerField()

    def get_intervalMinutes(self, source: PullSource) -> int:  # noqa: N802 - DRF's naming
        """Return the interval in minutes."""
        return source.interval_seconds // 60


class FaultOutput(serializers.Serializer[Any]):
    """One thing about one field."""

    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class SkippedOutput(serializers.Serializer[Any]):
    """A field that a pull left alone."""

    field = serializers.CharField()
    reason = serializers.ChoiceField(choices=["push_priority"])


class RunErrorOutput(serializers.Serializer[SyncRun]):
    """Why a run failed."""

    code = serializers.CharField(source="error_code")
    message = serializers.CharField(source="error_message")


class RunOutput(serializers.Serializer[SyncRun]):
    """One run. bytes: received over the wire. httpStatus, error: null where there is none."""

    id = serializers.IntegerField()
    trigger = serializers.ChoiceField(choices=Trigger.choices)
    startedAt = serializers.DateTimeField(source="started_at")
    elapsedMs = serializers.IntegerField(source="elapsed_ms")
    status = serializers.ChoiceField(choices=RunStatus.choices)
    httpStatus = serializers.IntegerField(source="http_status", allow_null=True)
    bytes = serializers.IntegerField(source="received_bytes")
    applied = serializers.ListField(child=serializers.CharField())
    unchanged = serializers.ListField(child=serializers.CharField())
    skipped = SkippedOutput(many=True, source="skipped_with_reason")
    held = serializers.ListField(child=serializers.CharField())
    invalid = FaultOutput(many=True)
    ignored = FaultOutput(many=True)
    error = RunErrorOutput(source="failure", allow_null=True)


class RunPage(serializers.Serializer[Any]):
    """Some runs, newest first. nextCursor: give it as `after` to read on; null at the end."""

    items = RunOutput(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class RunQuery(QuerySerializer):
    """The parameters of the log."""

    limit = StrictIntegerField(min_value=1, max_value=100, default=20)
    after = StrictCharField(max_length=18, required=False, validators=[RegexValidator(r"^[1-9][0-9]{0,17}\Z")])


class DifferenceOutput(serializers.Serializer[Any]):
    """One field with its value before and after."""

    field = serializers.CharField()
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(allow_null=True)


class TrialOutput(serializers.Serializer[Any]):
    """A test. raw: the first 64 KiB of the body as text, null without an answer. mapped: before it was judged."""

    run = RunOutput()
    raw = serializers.CharField(allow_null=True)
    rawIsCut = serializers.BooleanField(source="is_raw_cut")
    mapped = serializers.DictField()
    difference = DifferenceOutput(many=True)
    held = DifferenceOutput(many=True)
    warnings = FaultOutput(many=True)


class RefreshOutput(serializers.Serializer[PullSource]):
    """A pull that was asked for."""

    queuedAt = serializers.DateTimeField(source="refresh_at")


class PinOutput(serializers.Serializer[Any]):
    """A field, and whether pulls are kept from it."""

    field = serializers.CharField()
    pinned = serializers.BooleanField()
