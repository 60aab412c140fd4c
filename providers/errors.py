"""Refusals of Fluxme."""

from api.errors import Conflict, FieldError, Forbidden, InvalidFields, NotFound, PlatformError, TooManyRequests


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


class AddressTaken(Conflict):
    """409: the nodes of a payment address count for a listing already."""

    code = "address_taken"
    message = "This payment address belongs to a listing already. Remove it there first."


class SlugTaken(Conflict):
    """409: another provider has the slug."""

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


class AlreadyDecided(Conflict):
    """409: a held change was decided, or got another value, since it was looked at."""

    code = "already_decided"
    message = "This change was decided or replaced in the meantime. Look at it again."


class NoPull(NotFound):
    """404: the provider has no pull settings."""

    code = "no_pull"
    message = "Pulling is not set up for this provider."


class PullPaused(Conflict):
    """409: nothing is pulled until the pause ends."""

    code = "pull_paused"
    message = "Pulling is paused. Correct the settings and resume it first."


class PullUnderWay(Conflict):
    """409: the provider is being pulled right now."""

    code = "pull_under_way"
    message = "A pull is under way. Its run appears in the sync log within a minute."


class HostBusy(Conflict):
    """409: we are connected to the host for somebody else, and ask it one thing at a time."""

    code = "host_busy"
    message = "This host is being asked by another pull. Try again in a few seconds."


class TrialUnderWay(Conflict):
    """409: somebody of the account tests a pull right now."""

    code = "test_under_way"
    message = "Another test of this account is under way. Try again when it has ended."


class TooManyTrials(Conflict):
    """409: so many tests are under way that more would keep the web server from everybody else."""

    code = "too_many_tests"
    message = "Too many tests are under way. Try again in a few seconds."


class PulledJustNow(TooManyRequests):
    """429: the last pull is less than a minute ago."""

    code = "pulled_just_now"
