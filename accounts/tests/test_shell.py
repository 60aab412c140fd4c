import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.templatetags.shell import shell_menu
from accounts.tests.factories import make_account
from accounts.tests.pages import owner_of, signed_in

pytestmark = pytest.mark.django_db


def test_an_address_that_is_none_is_a_form_error():
    client = signed_in(owner_of(make_account()))
    answer = client.post("/dashboard/members/", {"email": "not an address", "role": "member"})
    assert answer.status_code == 400
    assert "valid email" in answer.content.decode()


def test_the_menu_of_the_shell_is_empty_for_strangers(rf):
    request = rf.get("/dashboard/")
    request.user = AnonymousUser()
    assert shell_menu({"request": request}) == {}
