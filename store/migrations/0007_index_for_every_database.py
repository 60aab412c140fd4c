"""The index of packages by change without INCLUDE, which SQLite does not know; the old one goes once it is there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0006_slugs_of_older_categories")]
    operations = [
        migrations.AddIndex(
            model_name="package",
            index=models.Index(fields=["store", "updated_at", "id", "hidden_at"], name="packages_by_update"),
        ),
        migrations.RemoveIndex(model_name="package", name="packages_by_change"),
    ]
