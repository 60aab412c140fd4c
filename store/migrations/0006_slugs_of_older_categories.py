"""Categories that are older than slugs get one, a store at a time, as their next write would give it.

The store's row is locked as the running code locks it, so that a category which somebody writes meanwhile never
gets the same slug; a row that has one by then is left alone.
"""

from django.db import migrations, transaction
from django.utils.text import slugify

ROOM = 128


def fill(apps, schema_editor):
    Store, Category = apps.get_model("store", "Store"), apps.get_model("store", "Category")
    alias = schema_editor.connection.alias
    without = Category.objects.using(alias).filter(slug="")
    for store_pk in list(without.order_by().values_list("store", flat=True).distinct()):
        with transaction.atomic(using=alias):
            list(Store.objects.using(alias).select_for_update().filter(pk=store_pk))
            taken = set(Category.objects.using(alias).filter(store=store_pk).values_list("slug", flat=True))
            for category in without.filter(store=store_pk).order_by("created_at", "pk").only("name"):
                slug = _free(category.name, taken)
                taken.add(slug)
                without.filter(pk=category.pk).update(slug=slug)


def _free(name, taken):
    base = slugify(name, allow_unicode=True)[:ROOM].strip("-_") or "category"
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("store", "0005_orders")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
