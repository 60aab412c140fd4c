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


class NotAManager(Forbidden):
    """403: only owners and admins may do this; only owners may make or unmake owners."""

    code = "not_a_manager"
    message = "Your role in this account does not allow this."
