"""Two members who take a team from each other at once: one of them was too late."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from store.errors import PermissionLacking
from store.models import StoreMember
from store.services import team
from store.tests.factories import make_store
from store.tests.team import EDIT, make_member

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_of_two_who_take_stores_edit_from_each_other_one_stays():
    store = make_store()
    for _ in range(5):
        people = [make_member(store, EDIT) for _ in range(2)]
        start = Barrier(2)

        def take(actor, start=start, people=people) -> bool:
            other = next(person for person in people if person != actor)
            start.wait(10)
            try:
                member = StoreMember.objects.get(user=other)
                team.set_permissions(member=member, store=store, permissions=[], actor=actor)
            except PermissionLacking:
                return False
            finally:
                connection.close()
            return True

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(take, people)) == [False, True]
        rows = StoreMember.objects.filter(user__in=people).values_list("permissions", flat=True)
        assert sorted(rows, key=len) == [[], ["Stores:Edit"]]
