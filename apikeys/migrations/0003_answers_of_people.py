"""Kept answers may be of a person who signed in, not of a key alone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("apikeys", "0002_scopes_never_change"),
    ]
    operations = [
        migrations.AlterField(
            model_name="idempotentanswer",
            name="key",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="apikeys.apikey",
            ),
        ),
        migrations.AddField(
            model_name="idempotentanswer",
            name="person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="idempotentanswer",
            constraint=models.UniqueConstraint(
                fields=("person", "idempotency_key"), name="one_answer_per_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="idempotentanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("key", None), ("person", None), _connector="XOR"), name="answer_is_of_somebody"
            ),
        ),
    ]
