from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("links", "0003_sums_of_earlier_clicks")]
    operations = [
        migrations.RemoveIndex(model_name="click", name="clicks_of_link"),
        migrations.RemoveField(model_name="link", name="click_count"),
    ]
