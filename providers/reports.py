"""What providers are told by mail when nobody looks at a page."""

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from accounts.models import Membership, Role
from providers.models import PauseReason, PullSource

log = structlog.get_logger(__name__)


def pull_paused(source: PullSource, reason: PauseReason) -> None:
    """Log that a source is pulled no more, and tell those who manage the account once that is committed."""
    log.warning("pull_paused", provider_id=source.provider_id, reason=reason.value)
    managers = Membership.objects.filter(
        account_id=source.provider.account_id, role__in=[Role.OWNER, Role.ADMIN], user__is_active=True
    )
    recipients = list(managers.order_by("pk").values_list("user__email", flat=True))
    context = {
        "provider": source.provider,
        "host": source.host,
        "reason": reason.label,
        "origin": settings.BASE_URL,
    }
    text = render_to_string("providers/mail/pull_paused.txt", context)
    subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}Pulling {source.provider.name} is paused"
    # A mail server that is away must not undo the pause.
    transaction.on_commit(lambda: _send(subject, text, recipients), robust=True)


def _send(subject: str, text: str, recipients: list[str]) -> None:
    """Send one message to each, so that none learns of the others."""
    for recipient in recipients:
        send_mail(subject, text, None, [recipient])
