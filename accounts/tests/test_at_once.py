"""Two owners who act on each other at once never leave an account without one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts import services
from accounts.errors import AlreadyMember, LastOwner, NotAManager
from accounts.models import Membership, Role
from accounts.tests.factories import make_account, make_user
from api.errors import NotFound

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def at_once(*changes: Callable[[], object]) -> list[type[Exception] | None]:
    """Run the changes side by side; return what each was refused with."""
    start = Barrier(len(changes))

    def run(change: Callable[[], object]) -> type[Exception] | None:
        start.wait(10)
        try:
            change()
        except (AlreadyMember, LastOwner, NotAManager, NotFound) as refusal:
            return type(refusal)
        else:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(len(changes)) as threads:
        return list(threads.map(run, changes))


@pytest.mark.parametrize("_", range(5))
@pytest.mark.parametrize("is_operator", [True, False])
def test_of_two_owners_who_demote_each_other_one_stays(_, is_operator):
    account = make_account()
    first = Membership.objects.get(account=account)
    second = services.add_member(account=account, user=make_user(), role=Role.OWNER)
    more = {"by_operator": is_operator}
    refusals = at_once(
        lambda: services.change_role(membership=second, role=Role.MEMBER, actor=first.user, **more),
        lambda: services.change_role(membership=first, role=Role.MEMBER, actor=second.user, **more),
    )
    assert refusals.count(None) == 1
    assert Membership.objects.filter(account=account, role=Role.OWNER).count() == 1


@pytest.mark.parametrize("_", range(5))
def test_of_two_owners_who_leave_at_once_one_stays(_):
    account = make_account()
    first = Membership.objects.get(account=account)
    second = services.add_member(account=account, user=make_user(), role=Role.OWNER)
    refusals = at_once(
        lambda: services.remove_member(membership=first, actor=first.user),
        lambda: services.remove_member(membership=second, actor=second.user),
    )
    assert set(refusals) == {None, LastOwner}
    assert Membership.objects.filter(account=account, role=Role.OWNER).count() == 1


def test_a_person_who_is_added_twice_at_once_joins_once():
    account, user = make_account(), make_user()
    refusals = at_once(*[lambda: services.add_member(account=account, user=user)] * 6)
    assert refusals.count(None) == 1
    assert refusals.count(AlreadyMember) == 5


def test_a_member_who_is_removed_twice_at_once_is_removed_once():
    membership = services.add_member(account=make_account(), user=make_user())
    refusals = at_once(*[lambda: services.remove_member(membership=membership)] * 4)
    assert sorted(map(str, refusals)) == sorted(map(str, [None, NotFound, NotFound, NotFound]))
