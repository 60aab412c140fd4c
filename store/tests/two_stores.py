"""Two stores that have everything, each with a word of its own in every text: what the other must never read."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db.models import CharField, Model, QuerySet, TextField

from accounts.models import Account, Role, User
from accounts.tests.factories import make_user
from apikeys.models import ApiKey
from apikeys.tests.factories import make_key
from audit.append_only import AppendOnlyModel
from store.models import Store, StoreMember
from store.services import cards, orders, refunds
from store.services.carts import Wish
from store.store_admin.scope import path_to_store
from store.tests.factories import (
    make_ban,
    make_card,
    make_category,
    make_coupon,
    make_package,
    make_sale,
    make_server,
    make_store,
)

# Columns whose texts are words of a fixed list, digests, or what requests are found by.
_FIXED = {
    "currency",
    "payment_currency",
    "timezone",
    "store_id",
    "code_digest",
    "last4",
    "player_uuid",
    "ip_address",
}


def models_of_stores() -> list[type[Model]]:
    """Return every model of the product that belongs to a store."""
    return [model for model in apps.get_app_config("store").get_models() if path_to_store(model)]


@dataclass
class World:
    """A store with a row of every model. word: in every text of it, and of its people and keys."""

    store: Store
    owner: User
    word: str

    def rows(self, model: type[Model]) -> QuerySet[Any]:
        """Return the store's rows of a model, past its manager."""
        return QuerySet(model).filter(**{str(path_to_store(model)): self.store.pk}).order_by("pk")

    def first(self, model: type[Model]) -> Any:
        """Return one row of a model; the walk has nothing to show without."""
        row = self.rows(model).first()
        assert row is not None, f"{model.__name__} has no row in the walk: make one in build()"
        return row

    @cached_property
    def key(self) -> ApiKey:
        """Return an API key of the store."""
        return ApiKey.objects.get(account=self.store.account, resource=self.store.store_id)

    def snapshot(self) -> dict[str, Any]:
        """Return everything that the store has, to compare."""
        found = {model.__name__: list(self.rows(model).values()) for model in models_of_stores()}
        return found | {"keys": list(ApiKey.objects.filter(resource=self.store.store_id).values())}


def build(word: str, account: Account | None = None) -> World:
    """Return a store with a row of every model, and mark its texts."""
    store = make_store(name=word, account=account)
    owner = make_user(email=f"{word}-owner@example.com", name=word)
    store.account.memberships.create(user=owner, role=Role.OWNER)
    member = make_user(email=f"{word}-member@example.com", name=word)
    StoreMember.objects.create(store=store, user=member, permissions=["Orders"])
    make_key("fluxstore", account=store.account, resource=store.store_id, name=word)
    _fill(store, word)
    world = World(store, owner, word)
    for model in models_of_stores():
        _mark(world, model)
    store.refresh_from_db()
    return world


def _fill(store: Store, word: str) -> None:
    server = make_server(store)
    shelf = make_category(store, parent=make_category(store))
    commands: Any = [{"type": "initial", "command": "give", "server": server}]
    package = make_package(store, servers=[server], category=shelf, commands=commands, per_user_limit=50)
    renews = make_package(
        store, type="subscription", interval="month", interval_count=1, required_packages=[package]
    )
    coupon, card = make_coupon(store, override_sales=True), make_card(store, recipient_email=f"{word}@example.com")
    make_sale(store, reach_scope="packages", packages=[package])
    make_ban(store)
    wishes = [Wish(package.pk, 1, server.pk), Wish(renews.pk, 1)]
    # The second package asks for the first, which comes first.
    orders.create_order(store=store, player_username="Steve", items=wishes[:1])
    order = orders.create_order(
        store=store,
        player_username="Steve",
        email=f"{word}@example.com",
        items=wishes,
        coupon_code=coupon.code,
        gift_card_code=card.code,
    )
    refunds.refund_order(order=order, store=store, reason="late", amount=Decimal(1))
    cards.adjust_card(card=card, store=store, amount=Decimal(1), note=word)


def _mark(world: World, model: type[Model]) -> None:
    """Put the world's word into every text of its rows; what is unique stays so by its end.

    Ledgers are never written again, and have it from the beginning.
    """
    if issubclass(model, AppendOnlyModel):
        return
    for row in world.rows(model):
        changes = {}
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, CharField | TextField) and not field.choices
            if not is_text or field.name in _FIXED or field.primary_key:
                continue
            value, most = getattr(row, field.attname), field.max_length or 100
            if value is not None and world.word not in value:
                changes[field.attname] = f"{world.word}{value}"[:most]
        if changes:
            QuerySet(model).filter(pk=row.pk).update(**changes)
