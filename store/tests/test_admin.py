import pytest

from accounts.tests.factories import make_user
from store.tests.factories import make_category, make_package, make_server, make_store

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("store", lambda store: store),
        ("server", make_server),
        ("category", make_category),
        ("package", make_package),
    ],
)
def test_staff_find_and_read_rows_and_change_nothing(client, name, make):
    store = make_store()
    row = make(store)
    client.force_login(make_user(is_staff=True, is_superuser=True))
    listed = client.get(f"/admin/store/{name}/", {"q": store.store_id})
    assert row.name in listed.content.decode()
    assert client.get(f"/admin/store/{name}/{row.pk}/change/").status_code == 200
    assert client.post(f"/admin/store/{name}/{row.pk}/change/", {"name": "Hacked"}).status_code == 403
    assert client.get(f"/admin/store/{name}/add/").status_code == 403
