"""Sum up the clicks that were stored before there were sums, one link after the other."""

from collections import Counter
from datetime import timedelta

from django.db import migrations
from django.db.models import F

ALL, REFERRER, DEVICE, BROWSER, OS = range(5)


def sum_up(apps, schema_editor):
    link_model = apps.get_model("links", "Link")
    link_model.objects.update(redirect_count=F("click_count"))
    click_model = apps.get_model("links", "Click")
    for link_id in click_model.objects.order_by().values_list("link_id", flat=True).distinct():
        rows = click_model.objects.filter(link_id=link_id).order_by()
        store_sums(apps, link_id, rows.values_list("clicked_at", "is_bot", "referrer", "device", "browser", "os"))


def store_sums(apps, link_id, rows):
    quarters, days, totals = Counter(), Counter(), Counter()
    for clicked_at, is_bot, *values in rows.iterator(chunk_size=10_000):
        day = clicked_at.replace(hour=0, minute=0, second=0, microsecond=0)
        quarter = clicked_at - (clicked_at - day) % timedelta(minutes=15)
        totals[is_bot] += 1
        for kind, value in zip((ALL, REFERRER, DEVICE, BROWSER, OS), ("", *values)):
            quarters[kind, is_bot, quarter, value] += 1
            days[kind, is_bot, day, value] += 1
    for name, sums in (("QuarterSum", quarters), ("DaySum", days)):
        model = apps.get_model("links", name)
        model.objects.bulk_create(
            [
                model(link_id=link_id, shard=0, kind=kind, is_bot=is_bot, starts_at=at, value=value, clicks=clicks)
                for (kind, is_bot, at, value), clicks in sums.items()
            ],
            batch_size=1000,
        )
    total_model = apps.get_model("links", "LinkTotal")
    total_model.objects.create(link_id=link_id, shard=0, people=totals[False], bots=totals[True])


class Migration(migrations.Migration):
    dependencies = [("links", "0002_clicks_and_sums")]
    operations = [migrations.RunPython(sum_up, migrations.RunPython.noop)]
