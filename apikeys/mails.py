"""Mails about keys: staff copy them, or have them sent to those who manage the account. None holds a secret."""

from dataclasses import dataclass
from smtplib import SMTPException
from typing import Literal

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from accounts.models import Role, User
from apikeys.models import ApiKey
from apikeys.resources import keys_url
from apikeys.wording import WORDS
from audit.services import record
from plans.catalogue import PRODUCTS

log = structlog.get_logger(__name__)
Event = Literal["issued", "imported", "rolled", "replaced", "revoked"]
_SUBJECTS: dict[Event, str] = {
    "issued": "A new {title} key for {whose}",
    "imported": "Your own key for {whose} works at {title}",
    "rolled": "Your {title} key for {whose} was replaced",
    "replaced": "Your new key for {whose} works at {title}",
    "revoked": "A {title} key for {whose} was revoked",
}


@dataclass(slots=True)
class KeyMail:
    """A mail, ready to copy. recipients: e-mail addresses. is_sent: None until somebody wants it sent."""

    subject: str
    text: str
    recipients: tuple[str, ...]
    is_sent: bool | None = None


def mail_about(key: ApiKey, event: Event) -> KeyMail:
    """Return the mail that tells an account what became of its key.

    event: `rolled` gave the key a secret of ours, `replaced` one that its user made.
    """
    whose = key.resource or key.account.name
    title = PRODUCTS[key.product].title
    context = {
        "key": key,
        "event": event,
        "title": title,
        "whose": whose,
        "words": WORDS[key.product],
        "keys_url": settings.BASE_URL + keys_url(key.product, key.resource),
        "docs_url": f"{settings.BASE_URL}/docs/{key.product}/",
    }
    managers = key.account.memberships.filter(role__in=[Role.OWNER, Role.ADMIN], user__is_active=True)
    return KeyMail(
        subject=_SUBJECTS[event].format(title=title, whose=whose),
        text=render_to_string("apikeys/mail.txt", context).strip() + "\n",
        recipients=tuple(managers.order_by("pk").values_list("user__email", flat=True)),
    )


def send_on_commit(mail: KeyMail, *, key: ApiKey, actor: User) -> None:
    """Send a mail once the change that it tells of is committed, and set `is_sent`.

    A mail server that fails does not take the change back: the text can still be copied. Call it inside the
    transaction of the change.
    """
    record("api_key.mail_sent", target=key, account_id=key.account_id, user=actor, data={"subject": mail.subject})
    transaction.on_commit(lambda: _send(mail, key))


def _send(mail: KeyMail, key: ApiKey) -> None:
    try:
        # One by one, so that no manager learns the others' addresses.
        for recipient in mail.recipients:
            send_mail(mail.subject, mail.text, None, [recipient])
    except (OSError, SMTPException) as error:
        mail.is_sent = False
        log.warning("key_mail_failed", key_id=str(key.pk), error=type(error).__name__)
    else:
        mail.is_sent = bool(mail.recipients)
