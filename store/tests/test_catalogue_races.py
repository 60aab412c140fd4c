"""Changes of the catalogue that start together, on real connections."""

import pytest

from api.errors import InvalidFields
from store import services
from store.models import Category, Package
from store.services import categories
from store.tests.factories import make_category, make_package, make_store, store_client
from tests.threads import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def move_below_each_other(store):
    """Return whether each of two categories was moved below the other."""
    pair = [make_category(store), make_category(store)]

    def move(n):
        try:
            services.update_category(category=pair[n], store=store, parent=pair[1 - n])
        except InvalidFields:
            return False
        return True

    return at_once(2, move)


def test_two_moves_at_once_never_close_a_circle():
    store = make_store()
    assert [sorted(move_below_each_other(store)) for _ in range(10)] == [[False, True]] * 10


def test_without_the_lock_they_would(monkeypatch):
    """The control: the test above sees the race that the lock prevents."""
    store = make_store()
    monkeypatch.setattr(categories, "_lock_store", lambda store: None)
    assert [True, True] in [move_below_each_other(store) for _ in range(40)]


def test_categories_of_one_name_made_at_once_have_slugs_of_their_own():
    store = make_store()
    at_once(8, lambda n: services.add_category(store=store, name="Ranks").slug)
    slugs = set(Category.objects.values_list("slug", flat=True))
    assert slugs == {"ranks", *(f"ranks-{n}" for n in range(2, 9))}


def test_batches_over_the_same_rows_in_opposite_order_both_finish():
    store = make_store()
    packages = [make_package(store) for _ in range(20)]

    def reprice(n):
        rows = packages if n % 2 else packages[::-1]
        items = [{"id": str(row.pk), "price": n} for row in rows]
        response = store_client(store).post("/api/v1/packages/batch", {"items": items}, format="json")
        return response.json()["data"]["succeeded"]

    assert at_once(4, reprice) == [20] * 4
    assert len(set(Package.objects.values_list("price", flat=True))) == 1
