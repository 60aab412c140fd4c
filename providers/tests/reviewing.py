"""The cast of the reviews: people who may write one, and what they write."""

from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.tests.factories import make_account, make_user
from providers.models import Provider, Review
from providers.services import reviews as services

WORDS: dict[str, Any] = {
    "rating": 4,
    "title": "Solid",
    "text": "Three nodes for half a year, not one missed payout.",
    "display_name": "Ada",
}


def make_reviewer(*, is_verified: bool = True) -> User:
    """Return a person with an account of their own and, unless told otherwise, a confirmed address."""
    user = make_user()
    make_account(owner=user)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=is_verified)
    return user


def make_review(provider: Provider, *, author: User | None = None, is_published: bool = True, **words) -> Review:
    """Return a review of the listing, by somebody new unless told whom."""
    author = author or make_reviewer()
    review = services.submit_review(provider=provider, author=author, **(WORDS | words))
    return services.publish_review(review=review, actor=None) if is_published else review
