"""The slugs of categories that are older than slugs."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from store.models import Category
from store.services import update_category
from store.tests.factories import make_category, make_store

fill = import_module("store.migrations.0006_slugs_of_older_categories").fill


@pytest.mark.django_db
def test_categories_without_a_slug_get_the_one_that_their_next_write_would_give():
    store, other = make_store(), make_store()
    make_category(store, name="Kits")
    names = ["Kits", "Ränge & Rüstung", "!!!", "x" * 120]
    older = [make_category(store, name=name) for name in names]
    elsewhere = make_category(other, name="Kits")
    Category.objects.filter(pk__in=[row.pk for row in (*older, elsewhere)]).update(slug="")
    editor = SimpleNamespace(connection=connection)
    fill(apps, editor)
    fill(apps, editor)
    found = dict(Category.objects.values_list("pk", "slug"))
    assert [found[row.pk] for row in older] == ["kits-2", "ränge-rüstung", "category", "x" * 120]
    assert found[elsewhere.pk] == "kits"
    assert not Category.objects.filter(slug="").exists()
    Category.objects.filter(pk=older[1].pk).update(slug="")
    assert update_category(category=older[1], store=store, name=names[1]).slug == found[older[1].pk]
