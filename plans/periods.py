"""Billing periods: months that begin on the subscription's own day."""

from datetime import datetime

from dateutil.relativedelta import relativedelta


def period_at(anchor: datetime, now: datetime) -> tuple[datetime, datetime]:
    """Return the monthly period around `now`: its start (included) and its end (excluded).

    Each boundary is counted from the anchor, so the 31st comes back after a short month:
    31 January → 28 February → 31 March. Before the anchor, the first period counts.
    """
    now = now.astimezone(anchor.tzinfo)
    months = max(0, (now.year - anchor.year) * 12 + now.month - anchor.month)
    if months and anchor + relativedelta(months=months) > now:
        months -= 1
    return anchor + relativedelta(months=months), anchor + relativedelta(months=months + 1)
