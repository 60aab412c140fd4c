"""E-mail addresses of customers in the store admin: on no page and in no file, but for `Show Customer PII`.

The pages are those of the site's registry, so that a new one is walked too.
"""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from accounts.tests.pages import owner_of, signed_in
from audit.models import AuditEvent
from store.models import GiftCard, Order, StoreMember
from store.services import refunds
from store.store_admin.site import store_admin_site as site
from store.tests.doors import _subscription
from store.tests.factories import (
    make_ban,
    make_bare_order,
    make_card,
    make_coupon,
    make_sale,
    make_server,
    make_store,
)
from store.tests.team import EDIT, ORDERS, PII, REFUNDS, make_member

# Others measure the code that these go over again.
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]
EMAIL, MASK = "jane.canary@mail.example", "j***@mail.example"


@pytest.fixture
def store():
    store = make_store()
    _subscription(store)
    for make in (make_coupon, make_sale, make_ban, make_server):
        make(store)
    make_card(store, recipient_email=EMAIL)
    order = make_bare_order(store)
    Order.objects.update(email=EMAIL)
    refunds.refund_order(order=order, store=store, reason="Asked for", amount=None)
    return store


def text_of(answer) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()


def pages_of(browser, store) -> Iterator[tuple[str, str]]:
    """Bring every page and file of the site that the person may open, by its address."""
    for page in site.pages:
        if "<" not in page.path:
            url = reverse(f"{site.name}:{page.name}")
            yield url, text_of(browser.get(url))
    yield "/store-admin/", text_of(browser.get("/store-admin/"))
    for model in site._registry:
        yield from rows_of(model, browser, store)


def rows_of(model, browser, store) -> Iterator[tuple[str, str]]:
    """Bring the list of a table, its file, and every page of every row, by their addresses."""
    admin = site._registry[model]
    name = f"{site.name}:{model._meta.app_label}_{model._meta.model_name}"
    listed = reverse(f"{name}_changelist")
    keys = list(model._default_manager.filter(**{admin.store_path: store}).values_list("pk", flat=True))
    yield listed, text_of(browser.get(listed))
    yield f"{name}_add", text_of(browser.get(reverse(f"{name}_add")))
    chosen = {"action": "export_csv", "_selected_action": [str(key) for key in keys]}
    if keys:
        yield f"{name} as CSV", text_of(browser.post(listed, chosen))
    for key in keys:
        for verb in ("change", "history", "delete"):
            yield f"{name} {verb}", text_of(browser.get(reverse(f"{name}_{verb}", args=[key])))
        for deed in admin.actions_detail or ():
            path = getattr(admin, deed).url_path
            url = f"{reverse(f'{name}_change', args=[key]).removesuffix('change/')}{path}"
            yield url, text_of(browser.get(url, follow=True))


@pytest.mark.parametrize("permissions", [(), (EDIT, REFUNDS, ORDERS)])
def test_without_the_permission_no_page_and_no_file_has_an_address(store, permissions):
    browser = signed_in(make_member(store, *permissions))
    seen = dict(pages_of(browser, store))
    assert len(seen) > 20
    assert [address for address, text in seen.items() if EMAIL in text or "canary" in text] == []
    assert any(MASK in text for text in seen.values())
    assert EMAIL not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    "make_viewer", [lambda store: make_member(store, PII), lambda store: owner_of(store.account)]
)
def test_with_the_permission_orders_show_it_whole(store, make_viewer):
    browser = signed_in(make_viewer(store))
    assert any("order change" in address and EMAIL in text for address, text in rows_of(Order, browser, store))
    assert any("order as CSV" in address and EMAIL in text for address, text in rows_of(Order, browser, store))


def test_the_permission_of_another_store_shows_nothing(store):
    seer = make_member(make_store(), PII)
    StoreMember.objects.create(store=store, user=seer, permissions=[])
    browser = signed_in(seer)
    browser.post("/store-admin/stores/", {"store": store.store_id})
    order = Order.objects.filter(store=store).first()
    assert order is not None
    page = text_of(browser.get(f"/store-admin/store/order/{order.pk}/change/"))
    assert MASK in page
    assert EMAIL not in page


def test_an_address_cannot_be_guessed_by_search_filter_or_order(store):
    browser = signed_in(make_member(store, EDIT, ORDERS, REFUNDS))
    rows = {Order: "email", GiftCard: "recipient_email"}
    for model, admin in site._registry.items():
        listed = reverse(f"{site.name}:{model._meta.app_label}_{model._meta.model_name}_changelist")
        keys = model._default_manager.filter(**{admin.store_path: store}).values_list("pk", flat=True)
        for term in (EMAIL, "canary", "jane"):
            answer = browser.get(listed, {"q": term})
            assert not [key for key in keys if f"/{key}/change/" in text_of(answer)], (model, term)
        column = rows.get(model)
        for lookup in (f"{column}__startswith", f"{column}__icontains", str(column)) if column else ():
            assert browser.get(listed, {lookup: "j"}).status_code == 400, lookup
        columns = admin.get_sortable_by(answer.wsgi_request)
        sorted_by = [getattr(name, "admin_order_field", "") if callable(name) else name for name in columns]
        assert not any("email" in str(name) for name in sorted_by), model
