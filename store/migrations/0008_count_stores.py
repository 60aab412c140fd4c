"""Plans limit the number of stores from now on: those that there are already are counted for their accounts."""

from django.db import migrations
from django.db.models import Count


def count(apps, schema_editor):
    Store, UsageCounter = apps.get_model("store", "Store"), apps.get_model("plans", "UsageCounter")
    alias = schema_editor.connection.alias
    numbers = Store.objects.using(alias).order_by().values("account").annotate(number=Count("pk"))
    for row in numbers:
        UsageCounter.objects.using(alias).update_or_create(
            account_id=row["account"],
            product="fluxstore",
            counter="stores",
            period_start=None,
            defaults={"used": row["number"]},
        )


class Migration(migrations.Migration):
    dependencies = [("store", "0007_index_for_every_database"), ("plans", "0001_initial")]
    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
