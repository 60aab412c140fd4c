"""The one refusal of logs."""


class AppendOnly(RuntimeError):
    """A row of a log was about to be changed or deleted."""

    def __init__(self) -> None:
        super().__init__("This log is append-only: its rows are never changed or deleted.")
