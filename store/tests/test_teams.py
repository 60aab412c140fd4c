"""Who works in a store, what they may do there, and who may change that."""

import pytest

from accounts.models import Account, Role, User
from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import member_of, owner_of
from api.errors import InvalidFields, NotFound
from audit.models import AuditEvent
from store import masking, teams
from store.errors import BeyondOwnPermissions, InTeamAlready, PermissionLacking
from store.models import StoreMember
from store.services import team
from store.tests.factories import make_store
from store.tests.team import EDIT, NAMES, ORDERS, PII, REFUNDS, make_member

pytestmark = pytest.mark.django_db


def place(user):
    return StoreMember.objects.get(user=user)


def test_people_work_in_the_stores_that_they_manage_and_of_whose_team_they_are():
    person = make_user()
    own = make_store(account=make_account(owner=person))
    admined, joined, looked_at, foreign = (make_store() for _ in range(4))
    admined.account.memberships.create(user=person, role=Role.ADMIN)
    looked_at.account.memberships.create(user=person, role=Role.MEMBER)
    make_member(joined, ORDERS, user=person)
    # A row beside the membership brings the store once.
    make_member(own, user=person)
    assert list(teams.stores_of(person)) == [own, admined, joined]
    assert teams.permissions_of(person, own) == teams.permissions_of(person, admined) == set(NAMES)
    assert teams.permissions_of(person, joined) == {ORDERS}
    assert teams.permissions_of(person, looked_at) == teams.permissions_of(person, foreign) == frozenset()

    Account.objects.filter(pk=own.account_id).update(closed_at=own.created_at)
    assert own not in teams.stores_of(person)
    assert not teams.may(person, own, EDIT)
    person.is_active = False
    assert not teams.stores_of(person).exists()


def test_a_member_may_what_their_place_names_and_nothing_that_nobody_knows():
    store = make_store()
    member = make_member(store, REFUNDS, "Everything")
    assert [teams.may(member, store, name) for name in (EDIT, REFUNDS, ORDERS, PII)] == [False, True, False, False]
    with pytest.raises(PermissionLacking, match="This needs Orders"):
        teams.require(member, store, ORDERS)


def test_a_person_is_put_into_the_team_by_address():
    store, new = make_store(), make_user(email="new@example.test")
    owner = owner_of(store.account)
    team.add_to_team(store=store, email=" New@Example.test ", permissions=[PII, ORDERS], actor=owner)
    assert place(new).permissions == ["Orders", "Show Customer PII"]
    event = AuditEvent.objects.get(action="store_member.added")
    assert (event.actor, event.account_id) == (f"user:{owner.pk}", store.account_id)
    assert event.data == {"user": new.pk, "permissions": ["Orders", "Show Customer PII"]}


@pytest.mark.parametrize(
    ("email", "permissions", "error", "sentence"),
    [
        ("nobody@example.test", [], InvalidFields, "ask them to sign up first"),
        ("gone@example.test", [], InvalidFields, "ask them to sign up first"),
        ("there@example.test", [], InTeamAlready, "works in the store already"),
        ("admin@example.test", [], InTeamAlready, "may do everything already"),
        ("free@example.test", ["Orders", "Root"], InvalidFields, "must be among: Stores:Edit, IssueRefunds"),
    ],
)
def test_who_cannot_be_added_is_refused_with_what_to_do(email, permissions, error, sentence):
    store = make_store()
    make_user(email="gone@example.test", is_active=False)
    make_user(email="free@example.test")
    make_member(store, user=make_user(email="there@example.test"))
    store.account.memberships.create(user=make_user(email="admin@example.test"), role=Role.ADMIN)
    before = StoreMember.objects.count()
    with pytest.raises(error) as refusal:
        team.add_to_team(store=store, email=email, permissions=permissions, actor=owner_of(store.account))
    said = "; ".join(fault.message for fault in refusal.value.errors) or refusal.value.message
    assert sentence in said
    assert StoreMember.objects.count() == before


def test_who_does_not_manage_the_team_changes_nothing_in_it():
    store = make_store()
    target = make_member(store, ORDERS)
    strangers = [
        make_member(store, ORDERS, REFUNDS, PII),
        member_of(store.account),
        owner_of(make_store().account),
        make_member(make_store(), EDIT),
    ]
    for actor in strangers:
        for write in (
            lambda actor: team.add_to_team(store=store, email=make_user().email, permissions=[], actor=actor),
            lambda actor: team.set_permissions(member=place(target), store=store, permissions=[], actor=actor),
            lambda actor: team.remove_from_team(member=place(target), store=store, actor=actor),
        ):
            with pytest.raises(PermissionLacking):
                write(actor)
    assert place(target).permissions == ["Orders"]


def test_a_member_gives_and_takes_only_what_they_hold():
    store = make_store()
    editor = make_member(store, EDIT, ORDERS)
    other, seer, friend = make_member(store, PII), make_member(store, ORDERS, PII), make_user()

    def change(user, *permissions):
        team.set_permissions(member=place(user), store=store, permissions=permissions, actor=editor)

    with pytest.raises(BeyondOwnPermissions):
        team.add_to_team(store=store, email=friend.email, permissions=[PII], actor=editor)
    for user, permissions in ((editor, [EDIT, ORDERS, PII]), (other, []), (other, [PII, REFUNDS])):
        with pytest.raises(BeyondOwnPermissions):
            change(user, *permissions)
    with pytest.raises(BeyondOwnPermissions):
        team.remove_from_team(member=place(seer), store=store, actor=editor)
    # What they hold themselves goes both ways, and what others hold beside it stays.
    change(other, PII, EDIT, ORDERS)
    change(seer, PII)
    change(editor, EDIT)
    assert [place(user).permissions for user in (other, seer, editor)] == [
        ["Stores:Edit", "Orders", "Show Customer PII"],
        ["Show Customer PII"],
        ["Stores:Edit"],
    ]
    event = AuditEvent.objects.filter(action="store_member.permissions_changed").latest("id")
    assert event.data == {"user": editor.pk, "from": ["Stores:Edit", "Orders"], "to": ["Stores:Edit"]}


def test_owners_change_everything_and_the_last_editor_leaves_them_in_charge():
    store = make_store()
    owner = owner_of(store.account)
    editor, seer = make_member(store, EDIT), make_member(store, PII)
    team.set_permissions(member=place(seer), store=store, permissions=NAMES, actor=owner)
    assert place(seer).permissions == NAMES
    # The same again is no change.
    team.set_permissions(member=place(seer), store=store, permissions=NAMES, actor=owner)
    assert AuditEvent.objects.filter(action="store_member.permissions_changed").count() == 1
    gone = place(seer)
    team.remove_from_team(member=gone, store=store, actor=owner)
    team.remove_from_team(member=place(editor), store=store, actor=editor)
    assert not StoreMember.objects.exists()
    assert teams.permissions_of(owner, store) == set(NAMES)
    assert AuditEvent.objects.filter(action="store_member.removed").count() == 2
    with pytest.raises(NotFound):
        team.remove_from_team(member=gone, store=store, actor=owner)


def test_everybody_may_leave_and_nobody_is_reached_through_another_store():
    store, other = make_store(), make_store()
    looker = make_member(store)
    with pytest.raises(NotFound):
        team.remove_from_team(member=place(looker), store=other, actor=owner_of(other.account))
    team.remove_from_team(member=place(looker), store=store, actor=looker)
    assert not StoreMember.objects.exists()


def test_the_staff_manage_every_team_under_their_own_name():
    store, staff, new = make_store(), make_user(is_staff=True), make_user()
    member = team.add_to_team(store=store, email=new.email, permissions=[EDIT], actor=staff, by_operator=True)
    team.set_permissions(member=member, store=store, permissions=[PII], actor=staff, by_operator=True)
    team.remove_from_team(member=member, store=store, actor=staff, by_operator=True)
    events = AuditEvent.objects.filter(action__startswith="store_member.")
    assert {event.actor for event in events} == {f"user:{staff.pk}"}
    assert events.count() == 3


def test_addresses_are_whole_for_members_who_may_see_them_and_for_nobody_else():
    store = make_store()
    viewers: list[User | None] = [
        owner_of(store.account),
        make_member(store, PII),
        make_member(store, EDIT, REFUNDS, ORDERS),
    ]
    viewers += [make_user(is_staff=True, is_superuser=True), owner_of(make_store().account), None]
    shown = [masking.email_for(viewer, store, "jane@example.com") for viewer in viewers]
    assert shown == ["jane@example.com"] * 2 + ["j***@example.com"] * 4
    assert masking.email_for(viewers[0], store, None) == ""


def test_a_list_of_addresses_asks_once(django_assert_num_queries):
    store = make_store()
    member = make_member(store, PII)
    with django_assert_num_queries(3):
        show = masking.emails_for(member, store)
    with django_assert_num_queries(0):
        assert [show("a@b.example"), show("c@d.example")] == ["a@b.example", "c@d.example"]
