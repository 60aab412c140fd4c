"""The audit trail's one refusal."""


class AppendOnly(RuntimeError):
    """An audit event was about to be changed or deleted."""

    def __init__(self) -> None:
        super().__init__("Audit events are append-only: they are never changed or deleted.")
