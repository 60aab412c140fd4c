"""The JSON of the sign-in routes, as the API's documentation shows it. `inputs` reads what comes in."""

from typing import Any

from rest_framework import serializers

Shape = serializers.Serializer[Any]
FLUX_ID = "^(1[1-9A-HJ-NP-Za-km-z]{24,33}|0x[0-9a-fA-F]{40})$"
PHRASE = "^[0-9]{13}[!-~]{27,57}$"


class LoginInput(Shape):
    """A signed message. `address` and `message` are other names of `zelid` and `loginPhrase`."""

    zelid = serializers.RegexField(FLUX_ID, help_text="The Flux ID: a Bitcoin or an Ethereum address.")
    loginPhrase = serializers.RegexField(PHRASE, help_text="The phrase that was signed.")  # noqa: N815
    signature = serializers.CharField(help_text="Base64 of 65 bytes, or 0x and 130 hex digits.")


class CredentialsInput(Shape):
    """The three parts of a `zelidauth` header."""

    zelid = serializers.CharField()
    signature = serializers.CharField()
    loginPhrase = serializers.CharField()  # noqa: N815 - the API's own spelling


class PhraseInput(Shape):
    """One of the caller's sessions."""

    loginPhrase = serializers.CharField()  # noqa: N815 - the API's own spelling


class MessageOutput(Shape):
    """What happened."""

    message = serializers.CharField()


class PhraseOutput(Shape):
    """A phrase that can still be used."""

    loginPhrase = serializers.CharField()  # noqa: N815 - the API's own spelling
    createdAt = serializers.DateTimeField()  # noqa: N815 - the API's own spelling
    expireAt = serializers.DateTimeField()  # noqa: N815 - the API's own spelling


class SessionOutput(PhraseOutput):
    """A live session."""

    zelid = serializers.CharField()


class SignedInOutput(SessionOutput):
    """A session that was just opened. `privilage` repeats `privilege` in the spelling of a Flux node."""

    message = serializers.CharField()
    signature = serializers.CharField()
    privilege = serializers.CharField(help_text="user, fluxteam or admin.")
    privilage = serializers.CharField()


class ProvidedOutput(Shape):
    """A signature that waits to be fetched."""

    signature = serializers.CharField()
    identifier = serializers.CharField()
    createdAt = serializers.DateTimeField()  # noqa: N815 - the API's own spelling
    expireAt = serializers.DateTimeField()  # noqa: N815 - the API's own spelling
