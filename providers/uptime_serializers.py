"""The JSON of measured uptime."""
# ruff: noqa: N815 - the JSON is camelCase

from typing import Any

from rest_framework import serializers

from providers.models import Incident, UptimeDay
from providers.serializers import MeasuredUptimeOutput, QuerySerializer


class UptimeQuery(QuerySerializer):
    """No parameters: the window is fixed."""


class UptimeDayOutput(serializers.Serializer[UptimeDay]):
    """One day, in UTC. measuredSeconds: of which it is known what the page was; downSeconds: of these."""

    day = serializers.DateField()
    measuredSeconds = serializers.IntegerField(source="measured_seconds")
    downSeconds = serializers.IntegerField(source="down_seconds")
    checks = serializers.IntegerField()


class IncidentOutput(serializers.Serializer[Incident]):
    """A time in which the page was down. endedAt, durationSeconds: null while it lasts.

    cause: `http_503` and the like for a status, or `unreachable`, `too_slow`, `too_large`, `too_many_redirects`,
    `bad_answer`.
    """

    startedAt = serializers.DateTimeField(source="started_at")
    endedAt = serializers.DateTimeField(source="ended_at", allow_null=True)
    durationSeconds = serializers.IntegerField(source="duration_seconds", allow_null=True)
    cause = serializers.CharField()


class UptimeOutput(serializers.Serializer[Any]):
    """Ninety days of checks, the oldest first, and at most 100 incidents, the newest first."""

    measuredUptime = MeasuredUptimeOutput(allow_null=True, source="measured_uptime")
    isMeasured = serializers.BooleanField(source="is_measured")
    days = UptimeDayOutput(many=True)
    incidents = IncidentOutput(many=True)
