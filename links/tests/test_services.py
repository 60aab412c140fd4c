import pytest

from api.errors import InvalidFields, NotFound
from links import services
from links.models import Click, Link
from links.tests.factories import make_link

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"target_url": "http://10.0.0.1/"}, "target_url", "private_host"),
        ({"expired_url": "ftp://example.com"}, "expired_url", "scheme"),
        ({"custom_slug": "a b"}, "custom_slug", "invalid"),
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


def test_a_click_from_an_unknown_address_keeps_no_network():
    link = make_link()
    assert services.count_click(link=link, referrer="", address="", user_agent="")
    click = Click.objects.get()
    assert click.network == ""
    assert str(click) == f"click on link {link.pk}"
