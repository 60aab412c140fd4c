import pytest

from api.errors import InvalidFields, NotFound
from links import services
from links.models import Link
from links.tests.factories import full_stack_account, make_link
from plans.models import UsageCounter

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"target_url": "http://10.0.0.1/"}, "target_url", "private_host"),
        ({"expired_url": "ftp://example.com"}, "expired_url", "scheme"),
        ({"custom_slug": "a b"}, "custom_slug", "malformed"),
        ({"custom_slug": "l0gin"}, "custom_slug", "reserved"),
    ],
)
def test_a_creation_is_judged_whoever_asks_for_it(fields, field, code):
    with pytest.raises(InvalidFields) as refused:
        make_link(**fields)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]
    assert not Link.objects.exists()


def test_a_link_that_was_deleted_meanwhile_is_not_changed():
    link = make_link(title="Old")
    services.delete_link(link=link)
    with pytest.raises(NotFound):
        services.update_link(link=link, title="New")
    assert Link.objects.get(pk=link.pk).title == "Old"


def test_a_link_is_deleted_once_and_gives_its_place_back_once():
    account = full_stack_account()
    link = make_link(account=account)
    services.delete_link(link=link)
    with pytest.raises(NotFound):
        services.delete_link(link=link)
    make_link(account=account)
    assert UsageCounter.objects.get(account=account).used == 1
