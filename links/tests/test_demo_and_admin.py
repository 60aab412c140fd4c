import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import make_account
from audit.models import AuditEvent
from links import demo, services
from links.models import Link
from links.tests.factories import full_stack_account, make_link
from plans.errors import PlanRequired

pytestmark = pytest.mark.django_db


def test_the_demo_is_three_working_links_however_often_it_is_loaded():
    account = full_stack_account()
    demo.load_demo(account=account)
    demo.load_demo(account=account)
    links = {link.slug: link for link in Link.objects.of(account)}
    assert set(links) == {"demo-plain", "demo-expiring", "demo-locked"}
    assert links["demo-expiring"].expires_at is not None
    visitor = Client()
    assert visitor.get("/r/demo-plain").status_code == 302
    assert visitor.get("/r/demo-locked").status_code == 401
    assert visitor.post("/r/demo-locked", {"password": demo.DEMO_PASSWORD}).status_code == 303


def test_a_second_account_gets_the_demo_under_other_slugs():
    demo.load_demo(account=full_stack_account())
    account = full_stack_account()
    demo.load_demo(account=account)
    demo.load_demo(account=account)
    assert Link.objects.of(account).count() == 3


def test_the_demo_needs_the_plan():
    with pytest.raises(PlanRequired):
        demo.load_demo(account=make_account())


@pytest.fixture
def staff():
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.test", "correct horse"))
    return client


def test_staff_see_links_but_never_a_password_hash(staff):
    link = make_link(password="secret", title="Seen")
    assert link.slug in staff.get("/admin/links/link/").content.decode()
    page = staff.get(f"/admin/links/link/{link.pk}/change/").content.decode()
    assert "Seen" in page
    assert link.password_hash not in page


def test_staff_switch_a_link_off_and_on_and_it_is_audited(staff):
    link = make_link()
    for action, status in (("switch_off", 404), ("switch_on", 302)):
        staff.post("/admin/links/link/", {"action": action, "_selected_action": [link.pk]})
        assert Client().get(f"/r/{link.slug}").status_code == status
    assert AuditEvent.objects.filter(action="link.updated", actor__startswith="user:").count() == 2


def test_staff_without_the_permission_switch_nothing():
    from django.contrib.auth.models import Permission

    person = User.objects.create_user("viewer@example.test", "correct horse", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_link"))
    viewer = Client()
    viewer.force_login(person)
    link = make_link()
    viewer.post("/admin/links/link/", {"action": "switch_off", "_selected_action": [link.pk]})
    assert Client().get(f"/r/{link.slug}").status_code == 302


def test_links_cannot_be_changed_or_deleted_in_the_admin(staff):
    link = make_link()
    staff.post(f"/admin/links/link/{link.pk}/change/", {"target_url": "https://evil.example/"})
    staff.post(f"/admin/links/link/{link.pk}/delete/", {"post": "yes"})
    staff.post("/admin/links/link/", {"action": "delete_selected", "_selected_action": [link.pk], "post": "yes"})
    assert Link.objects.get(pk=link.pk).target_url == link.target_url


def test_the_password_of_a_link_is_not_in_its_text():
    link = make_link(password="secret")
    assert str(link) == link.slug
    services.delete_link(link=link)
