import pytest
from django.test import Client

from accounts.models import User
from images.tests.factories import compress, make_client, make_upload

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["result", "job"])
def test_staff_find_what_an_account_has_and_can_change_nothing(kind):
    client = make_client()
    body = compress(client, make_upload("secret-plan.png"), query="?async=true", sessionId="trip").json()
    result = compress(client, sessionId="trip").json()["results"][0]
    pk = body["id"] if kind == "job" else result["downloadUrl"].rpartition("/")[2].partition("?")[0]
    staff = Client()
    staff.force_login(User.objects.create_superuser("staff@example.test", "correct horse"))
    listed = staff.get(f"/admin/images/{kind}/", {"q": "trip"}).content.decode()
    assert pk in listed
    assert staff.get(f"/admin/images/{kind}/{pk}/change/").status_code == 200
    assert staff.post(f"/admin/images/{kind}/{pk}/delete/", {"post": "yes"}).status_code == 403
