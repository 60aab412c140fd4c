"""Why a fetch failed, as far as users are told.

What was refused, what did not answer and what has no valid certificate is one failure with one sentence: whoever
could tell them apart could map our network from outside.
"""

from api.errors import PlatformError


class FetchFailed(PlatformError):
    """502: an address that a user gave us could not be fetched. The common ancestor; never raised itself."""

    status = 502
    code = "fetch_failed"
    message = "The address could not be fetched."

    @property
    def sentence(self) -> str:
        """Return the reason as one sentence for people."""
        return self.message


class Unreachable(FetchFailed):
    """Refused, not found, not answering, closed before it answered, or no valid certificate."""

    code = "unreachable"
    message = "The address could not be reached. It must be public, and its certificate valid."


class TooSlow(FetchFailed):
    """The time for the whole exchange was over before its end."""

    code = "too_slow"
    message = "The server took too long to answer."


class TooLarge(FetchFailed):
    """The answer's headers or its body, as sent or unpacked, are longer than allowed."""

    code = "too_large"
    message = "The answer is too large."


class TooManyRedirects(FetchFailed):
    """One redirect more than allowed."""

    code = "too_many_redirects"
    message = "The address redirects too often."


class BadAnswer(FetchFailed):
    """The answer breaks HTTP, ends too early, or is packed in a way that was not asked for."""

    code = "bad_answer"
    message = "The server's answer is not valid HTTP, or incomplete."
