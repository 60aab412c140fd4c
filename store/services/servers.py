"""Every write to game servers; they are managed in the store admin."""

from django.db import transaction

from accounts.models import User
from api.errors import NotFound
from audit.services import record
from store.models import Server, Store


@transaction.atomic
def add_server(*, store: Store, name: str, actor: User | None = None) -> Server:
    """Add a game server to a store."""
    server = Server.objects.create(store=store, name=name)
    record("store_server.added", target=server, account_id=store.account_id, user=actor)
    return server


@transaction.atomic
def rename_server(*, server: Server, store: Store, name: str, actor: User | None = None) -> Server:
    """Give a server another name. Raises NotFound (404) when it was removed meanwhile."""
    if not Server.objects.of_store(store).filter(pk=server.pk).update(name=name):
        raise NotFound
    record("store_server.renamed", target=server, account_id=store.account_id, user=actor)
    return Server.objects.get(pk=server.pk)


@transaction.atomic
def remove_server(*, server: Server, store: Store, actor: User | None = None) -> None:
    """Remove a server with the packages' commands that run on it alone; what runs everywhere stays.

    Raises NotFound (404) when it was removed already.
    """
    locked = Server.objects.of_store(store).select_for_update().filter(pk=server.pk).first()
    if locked is None:
        raise NotFound
    record(
        "store_server.removed", target=locked, account_id=store.account_id, user=actor, data={"name": locked.name}
    )
    locked.delete()
