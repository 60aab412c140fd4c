"""FluxStore in the staff admin: every store's rows, and what the staff do to them for a reason."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission

from accounts.tests.factories import make_user
from accounts.tests.pages import signed_in
from audit.models import AuditEvent
from store.errors import GiftCardIsVoid
from store.models import (
    Ban,
    Coupon,
    GiftCard,
    Order,
    Package,
    PaymentProvider,
    Sale,
    Server,
    Store,
    StoreMember,
    Subscription,
)
from store.services import cards
from store.tests.doors import _pending_order, _subscription
from store.tests.factories import (
    make_ban,
    make_bare_order,
    make_card,
    make_category,
    make_coupon,
    make_package,
    make_sale,
    make_server,
    make_store,
)
from store.tests.team import make_member

pytestmark = pytest.mark.django_db
ADMIN = "/admin/store/"
EMAIL = "jane.canary@example.com"


@pytest.fixture
def staff():
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def browser(staff):
    return signed_in(staff)


@pytest.fixture
def store():
    return make_store(name="Alpha")


def make_place(store):
    return StoreMember.objects.get(user=make_member(store))


def make_frozen_card(store):
    return cards.freeze_card(card=make_card(store), store=store)


# Model, what makes a row, the words that find it beside its store.
ROWS = [
    ("store", lambda store: store, lambda row: row.name),
    ("server", make_server, lambda row: row.name.split()[-1]),
    ("category", make_category, lambda row: row.name.split()[-1]),
    ("package", make_package, lambda row: str(row.pk)),
    ("coupon", make_coupon, lambda row: row.code.lower()),
    ("sale", make_sale, lambda row: row.name.split()[-1]),
    ("giftcard", lambda store: make_card(store, recipient_email=EMAIL), lambda row: row.last4.lower()),
    ("ban", make_ban, lambda row: row.player_username.upper()),
    ("order", make_bare_order, lambda row: row.player_username.lower()),
    ("customer", lambda store: make_bare_order(store).customer, lambda row: row.player_username.lower()),
    ("subscription", _subscription, lambda row: row.customer.player_username),
    ("storemember", make_place, lambda row: row.user.email),
]


@pytest.mark.parametrize(("name", "make", "word"), ROWS, ids=[name for name, _, _ in ROWS])
def test_rows_of_every_store_are_found_and_read_and_never_edited(browser, store, name, make, word):
    row, other = make(store), make(make_store())
    for term, finds_other in (("", True), (store.store_id, False), (f"{store.store_id} {word(row)}", False)):
        listed = browser.get(f"{ADMIN}{name}/", {"q": term}).content.decode()
        assert f"/admin/store/{name}/{row.pk}/change/" in listed, term
        assert (f"/admin/store/{name}/{other.pk}/change/" in listed) is finds_other, term
    page = browser.get(f"{ADMIN}{name}/{row.pk}/change/")
    assert page.status_code == 200
    assert EMAIL not in page.content.decode()
    assert browser.post(f"{ADMIN}{name}/{row.pk}/change/", {"name": "Hacked"}).status_code == 403
    assert browser.post(f"{ADMIN}{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser.get(f"{ADMIN}{name}/add/").status_code == 403


def test_orders_are_found_by_order_player_and_payment(browser, store):
    order, other = make_bare_order(store), make_bare_order(make_store())
    player = "069a79f4-44e9-4726-a5be-fca90e38aaf5"
    Order.objects.filter(pk=order.pk).update(
        transaction_id="PAY-1", email=EMAIL, payment_provider=PaymentProvider.STRIPE
    )
    type(order.customer).objects.filter(pk=order.customer_id).update(player_uuid=player)
    terms = [order.pk, order.pk.hex, player, "PAY-1", order.player_username.upper(), f"{store.store_id} PAY-1"]
    for term in terms:
        listed = browser.get(f"{ADMIN}order/", {"q": term}).content.decode()
        assert str(order.pk) in listed, term
        assert str(other.pk) not in listed, term
    for term in (f"{store.store_id} {other.pk}", "PAY", "%", "jane"):
        assert str(order.pk) not in browser.get(f"{ADMIN}order/", {"q": term}).content.decode()
    page = browser.get(f"{ADMIN}order/{order.pk}/change/").content.decode()
    assert "j***@example.com" in page
    assert EMAIL not in page


def test_lists_ask_the_same_of_the_database_however_long_they_are(browser, store, django_assert_max_num_queries):
    for _ in range(2):
        make_bare_order(store)
    with django_assert_max_num_queries(12) as few:
        browser.get(f"{ADMIN}order/")
    for _ in range(18):
        make_bare_order(make_store())
    with django_assert_max_num_queries(len(few)):
        browser.get(f"{ADMIN}order/")
    counts = [query["sql"] for query in few if "COUNT(" in query["sql"]]
    assert all("LIMIT 10000" in sql for sql in counts)


# Model, deed, what makes the row, what is posted beside the reason, the event, what has become of it.
DEEDS = [
    ("order", "refund", make_bare_order, {"amount": "5", "so_far": "0"}, "order.refunded",
     lambda: Order.objects.get().refunded_amount == Decimal(5)),
    ("order", "cancel", _pending_order, {}, "order.cancelled", lambda: Order.objects.get().status == "Cancelled"),
    ("order", "chargeback", make_bare_order, {}, "order.charged_back",
     lambda: Order.objects.get().status == "Chargeback"),
    ("giftcard", "freeze", make_card, {}, "gift_card.frozen", lambda: GiftCard.objects.get().frozen_at),
    ("giftcard", "unfreeze", make_frozen_card, {}, "gift_card.unfrozen",
     lambda: GiftCard.objects.get().frozen_at is None),
    ("giftcard", "void", make_card, {}, "gift_card.voided", lambda: GiftCard.objects.get().voided_at),
    ("coupon", "switch-off", make_coupon, {}, "coupon.updated", lambda: not Coupon.objects.get().is_active),
    ("sale", "switch-off", make_sale, {}, "sale.updated", lambda: not Sale.objects.get().is_enabled),
    ("ban", "lift", make_ban, {}, "ban.updated", lambda: not Ban.objects.get().is_active),
    ("package", "hide", make_package, {}, "package.deleted", lambda: Package.objects.get().hidden_at),
    ("server", "remove", make_server, {}, "store_server.removed", lambda: not Server.objects.exists()),
    ("subscription", "end", _subscription, {}, "subscription.cancelled",
     lambda: Subscription.objects.get().status == "cancelled"),
    ("store", "settings", lambda store: store,
     {"name": "Renamed", "timezone": "UTC", "seen_store": "{store}"}, "store.updated",
     lambda: Store.objects.get().name == "Renamed"),
    ("store", "join", lambda store: store, {"permissions": ["Orders"]}, "store_member.added",
     lambda: StoreMember.objects.filter(permissions=["Orders"]).exists()),
    ("storemember", "place", make_place, {"permissions": ["Orders"]}, "store_member.permissions_changed",
     lambda: StoreMember.objects.filter(permissions=["Orders"]).exists()),
    ("storemember", "remove", make_place, {}, "store_member.removed", lambda: not StoreMember.objects.exists()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "verb", "make", "posted", "event", "is_done"), DEEDS, ids=[f"{deed[0]}-{deed[1]}" for deed in DEEDS]
)
def test_the_staff_act_for_a_reason_and_under_their_name(
    staff, browser, store, name, verb, make, posted, event, is_done
):
    row = make(store)
    url = f"{ADMIN}{name}/{row.pk}/{verb}/"
    if "seen_store" in posted:
        posted = posted | {"seen_store": store.store_id}
    watcher = make_user(is_staff=True)
    watcher.user_permissions.add(Permission.objects.get(content_type__app_label="store", codename=f"view_{name}"))
    watching = signed_in(watcher)
    assert f"/{verb}/" in browser.get(f"{ADMIN}{name}/{row.pk}/change/").content.decode()
    assert f"/{verb}/" not in watching.get(f"{ADMIN}{name}/{row.pk}/change/").content.decode()
    # Nothing happens by looking, without the permission, or without a reason that may be kept.
    assert browser.get(url).status_code == 200
    assert watching.post(url, posted | {"reason": "Mine"}).status_code == 403
    assert browser.post(url, posted | {"reason": ""}).status_code == 400
    assert "Leave the e-mail address out" in browser.post(url, posted | {"reason": f"of {EMAIL}"}).content.decode()
    assert not is_done()

    assert browser.post(url, posted | {"reason": "Asked by the player"}).status_code == 302
    assert is_done()
    under = {"actor": f"user:{staff.pk}", "account_id": store.account_id}
    assert AuditEvent.objects.filter(action=event, **under).count() == 1
    told = AuditEvent.objects.get(action__endswith="_by_staff")
    assert (told.actor, told.data) == (f"user:{staff.pk}", {"reason": "Asked by the player"})
    assert (told.account_id, str(row.pk) in told.target) == (store.account_id, True)


def test_a_deed_that_is_not_possible_is_neither_offered_nor_done(browser, store):
    order = make_bare_order(store)
    assert "/cancel/" not in browser.get(f"{ADMIN}order/{order.pk}/change/").content.decode()
    assert browser.post(f"{ADMIN}order/{order.pk}/cancel/", {"reason": "Mine"}).status_code == 403
    refused = browser.post(f"{ADMIN}order/{order.pk}/refund/", {"reason": "Much", "amount": "21", "so_far": "0"})
    assert refused.status_code == 400
    assert "is more than the 20.00" in refused.content.decode().replace("Is more", "is more")
    # Somebody gave money back meanwhile: it does not go back twice.
    for status in (302, 400):
        posted = {"reason": "Once", "amount": "5", "so_far": "0"}
        assert browser.post(f"{ADMIN}order/{order.pk}/refund/", posted).status_code == status
    assert Order.objects.get().refunded_amount == Decimal(5)
    assert AuditEvent.objects.filter(action="order.refunded_by_staff").count() == 1


def test_a_void_card_is_not_frozen(store):
    card = cards.void_card(card=make_card(store), store=store, note="Lost")
    with pytest.raises(GiftCardIsVoid):
        cards.freeze_card(card=card, store=store)
    frozen = make_frozen_card(store)
    assert cards.freeze_card(card=frozen, store=store).frozen_at == frozen.frozen_at
    assert AuditEvent.objects.filter(action="gift_card.frozen").count() == 1


def test_staff_without_permissions_see_nothing(store):
    order = make_bare_order(store)
    plain = signed_in(make_user(is_staff=True))
    assert plain.get(f"{ADMIN}order/").status_code == 403
    assert plain.get(f"{ADMIN}order/{order.pk}/change/").status_code == 403
    assert plain.post(f"{ADMIN}order/{order.pk}/refund/", {"reason": "Mine"}).status_code == 403
    assert plain.get(f"{ADMIN}order/{store.pk}/refund/").status_code == 403
