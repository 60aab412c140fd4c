"""Refusals of Fluxme."""

from api.errors import Conflict, FieldError, Forbidden, InvalidFields, PlatformError


class WrongProvider(Forbidden):
    """403: the key is bound to another provider."""

    code = "wrong_provider"
    message = "This API key belongs to another provider."


class NothingToUpdate(InvalidFields):
    """400: the body names no field that a provider may write; `errors` names what it does."""

    code = "nothing_to_update"
    message = "The body names no field that can be updated."


class NameTaken(Conflict):
    """409: another live listing has the name, ignoring case."""

    code = "name_taken"
    message = "Another provider has this name."

    def __init__(self) -> None:
        super().__init__(errors=(FieldError("name", "unique", "another provider has this name"),))


class SlugTaken(Conflict):
    """409: another provider has the slug, or a route of the API does."""

    code = "slug_taken"
    message = "This slug is taken."

    def __init__(self) -> None:
        super().__init__(errors=(FieldError("slug", "unique", "is taken"),))


class PreconditionFailed(PlatformError):
    """412: the listing changed since the version that `If-Match` names."""

    status = 412
    code = "precondition_failed"
    message = "The provider was changed in the meantime. Read it again, then decide."


class DemoListing(Forbidden):
    """403: a demo listing is no real offer, so nobody can have an opinion of it."""

    code = "demo_listing"
    message = "This is a demo listing. It takes no reviews."


class OwnListing(Forbidden):
    """403: members of a provider's account do not review the provider."""

    code = "own_listing"
    message = "You belong to this provider, so you cannot review it."


class UnverifiedEmail(Forbidden):
    """403: the person has not confirmed their e-mail address."""

    code = "unverified_email"
    message = "Confirm your e-mail address first, then write your review."


class ReviewChanged(Conflict):
    """409: the author edited the review after it was shown to whoever decides."""

    code = "review_changed"
    message = "The author edited this review in the meantime. Read it again, then decide."
