"""What a game server has to run for an order: the package's commands, with the player's name in them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from store.models import CommandType, Order, OrderCommand, OrderItem, Package, PackageCommand, Server
from store.services import subscriptions
from store.services.carts import Cart

# A console takes white space for the end of a name, `@` for everybody, and quotes for what they are.
_UNSAFE = re.compile(r"[\s\"'`\\@;|&<>{}$\x00-\x1f\x7f]")
_PLACEHOLDER = re.compile(r"\{(player|uuid|quantity|package|packageId|orderId|price|currency|server)\}")
MAX_COMMAND = 1000


def fulfil(order: Order, cart: Cart) -> None:
    """Record the commands of a purchase and begin its subscriptions."""
    rows: list[OrderCommand] = []
    for item, line in zip(order.lines, cart.lines, strict=True):
        commands = [command for command in line.package.commands.all() if command.type == CommandType.INITIAL]
        rows += _commands(order, item, commands, line.servers)
    OrderCommand.objects.bulk_create(rows)
    subscriptions.begin(order)


def record_commands(order: Order, items: Iterable[OrderItem], kind: CommandType) -> None:
    """Record the commands of one kind that the packages of the items have now."""
    rows: list[OrderCommand] = []
    items = list(items)
    packages = Package.objects.prefetch_related("servers", "commands__server").in_bulk(
        {item.package_id for item in items}
    )
    for item in items:
        package = packages[item.package_id]
        commands = [command for command in package.commands.all() if command.type == kind]
        if commands:
            servers = [item.server] if item.server else list(package.servers.all())
            rows += _commands(order, item, commands, servers)
    OrderCommand.objects.bulk_create(rows)


def rendered(command: str, order: Order, item: OrderItem, server: Server | None) -> str:
    """Return a command with its placeholders filled in; other braces stay, for JSON is full of them.

    Characters that a console would take for something else than a part of a name become `_`.
    """
    values = {
        "player": order.player_username,
        "uuid": order.player_uuid or "",
        "quantity": str(item.quantity),
        "package": item.package_name,
        "packageId": str(item.package_id),
        "orderId": str(order.pk),
        "price": str(item.price_at_purchase),
        "currency": order.payment_currency,
        "server": server.name if server else "",
    }
    filled = _PLACEHOLDER.sub(lambda match: _UNSAFE.sub("_", values[match[1]]), command)
    return filled[:MAX_COMMAND]


def _commands(
    order: Order, item: OrderItem, commands: Iterable[PackageCommand], servers: Sequence[Server]
) -> Iterator[OrderCommand]:
    """Yield one row for each command and server. A command that does not name the quantity runs once a unit."""
    for command in commands:
        for server in _targets(command, servers):
            yield OrderCommand(
                item=item,
                server=server,
                type=command.type,
                command=rendered(command.command, order, item, server),
                times=1 if "{quantity}" in command.command else item.quantity,
                require_online=command.require_online,
            )


def _targets(command: PackageCommand, servers: Sequence[Server]) -> Sequence[Server | None]:
    """Return where a command runs: on its own server, if the player did not choose another, or on all."""
    if command.server is None:
        return servers or [None]
    return [command.server] if not servers or command.server in servers else []
