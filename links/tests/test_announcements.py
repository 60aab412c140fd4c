"""Every write that changes what a visitor gets tells the web workers, in its own transaction."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from links import services
from links.errors import SlugTaken
from links.models import Link, LinkChange
from links.tests.factories import full_stack_account, make_link

pytestmark = pytest.mark.django_db


def announced():
    """Return the slugs announced since the last look."""
    found = list(LinkChange.objects.order_by("pk").values_list("slug", flat=True))
    LinkChange.objects.all().delete()
    return found


@pytest.fixture
def link():
    made = make_link(custom_slug="launch-day")
    announced()
    return made


def test_a_creation_is_announced():
    link = make_link()
    assert announced() == [link.slug]


@pytest.mark.parametrize(
    "wanted",
    [
        {"target_url": "https://example.org/"},
        {"password": "secret"},
        {"password": None},
        {"expires_at": None},
        {"expired_url": "https://example.org/"},
        {"max_clicks": 5},
        {"redirect_type": 307},
        {"forward_query": True},
        {"is_active": False},
    ],
)
def test_a_change_of_any_setting_is_announced(link, wanted):
    services.update_link(link=link, **wanted)
    assert announced() == ["launch-day"]


def test_a_change_of_nothing_is_not_announced(link):
    services.update_link(link=link)
    assert announced() == []


def test_a_deletion_is_announced(link):
    services.delete_link(link=link)
    assert announced() == ["launch-day"]


def test_the_end_of_a_released_row_is_announced_with_the_link_that_takes_its_slug(link):
    services.delete_link(link=link)
    Link.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    announced()
    make_link(custom_slug="launch-day")
    assert not Link.objects.filter(pk=link.pk).exists()
    assert announced() == ["launch-day"]


def test_a_refused_creation_announces_nothing(link):
    with pytest.raises(SlugTaken):
        make_link(custom_slug="launch-day")
    assert announced() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", ["create", "update", "delete"])
def test_what_is_rolled_back_was_never_announced(write):
    account = full_stack_account()
    link = make_link(account=account)
    announced()
    writes = {
        "create": lambda: make_link(account=account),
        "update": lambda: services.update_link(link=link, title="New"),
        "delete": lambda: services.delete_link(link=link),
    }
    with transaction.atomic():
        writes[write]()
        assert LinkChange.objects.exists()
        transaction.set_rollback(True)
    assert announced() == []
