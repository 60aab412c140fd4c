"""Fill what lists sort and search by for the listings that were there before the columns."""

from django.db import migrations

from providers import countries
from providers.searching import sort_name_of, words_of

COLUMNS = ["sort_name", "words", "cheapest", "cheapest_cumulus", "cheapest_nimbus", "cheapest_stratus"]


def fill(apps, schema_editor):
    providers = apps.get_model("providers", "Provider").objects
    filled = []
    for row in providers.prefetch_related("tiers").iterator(chunk_size=500):
        country = countries.names().get(row.country) if row.country else None
        row.sort_name = sort_name_of(row.name)
        row.words = " ".join(words_of(row.name, row.slug, country, row.description, row.long_description))
        prices = [(tier.tier, tier.price) for tier in row.tiers.all()]
        row.cheapest = min((price for _, price in prices), default=None)
        for name in ("cumulus", "nimbus", "stratus"):
            setattr(row, f"cheapest_{name}", min((p for tier, p in prices if tier == name), default=None))
        filled.append(row)
    providers.bulk_update(filled, COLUMNS, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("providers", "0005_reviews")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
