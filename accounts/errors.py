"""Refusals about people and accounts."""

from api.errors import Conflict, Forbidden


class AlreadyMember(Conflict):
    """409: the person is in the account."""

    code = "already_member"
    message = "This person is a member already."


class LastOwner(Conflict):
    """409: the change would leave the account without an owner."""

    code = "last_owner"
    message = "An account needs an owner: make somebody else owner first."


class AccountClosed(Forbidden):
    """403: the account was closed while the request was on its way."""

    code = "account_closed"
    message = "This account is closed."


class StillInUse(Conflict):
    """409: something of the account must be taken out by the operator before it can be closed."""

    code = "account_in_use"

    def __init__(self, what: str) -> None:
        super().__init__(f"This account still has {what}. Ask the operator to take them out first.")


class NotAManager(Forbidden):
    """403: only owners and admins may do this; only owners may make or unmake owners, or close."""

    code = "not_a_manager"
    message = "Your role in this account does not allow this."
