"""Ids that cannot be one, chosen in the lists of both admin sites: refused with a sentence, never a crash."""

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import make_user
from accounts.tests.pages import owner_of, signed_in
from store.store_admin.site import store_admin_site
from store.tests.factories import make_store

pytestmark = pytest.mark.django_db
WRONG = ("x", "", "1' OR 1=1", "99999999999999999999", "-")


def assert_refuses(client: Client, site: admin.AdminSite, model: type[Model], body: dict[str, object]) -> None:
    url = reverse(f"{site.name}:{model._meta.app_label}_{model._meta.model_name}_changelist")
    answer = client.post(f"{url}?q=a", body)
    assert (answer.status_code, answer.get("Location")) == (302, f"{url}?q=a"), (url, body)
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said == ["The choice of rows was not understood, so nothing was done. Choose them again."]
    client.cookies.pop("messages", None)


@pytest.mark.parametrize("site", [admin.site, store_admin_site], ids=["staff", "store"])
def test_every_list_refuses_ids_that_cannot_be_one(site):
    owner = owner_of(make_store().account)
    client = signed_in(owner if site is store_admin_site else make_user(is_staff=True, is_superuser=True))
    lists = list(site._registry.items())
    assert len(lists) > 10
    for number, (model, model_admin) in enumerate(lists):
        names = ["delete_selected", *(model_admin.actions or ())]
        for name in names:
            assert_refuses(client, site, model, {"action": name, "_selected_action": WRONG[number % len(WRONG)]})
