"""FluxStore: the store management API of game-server webstores, and the stores behind it.

Public names: `store.services` (every write), `store.models.Store` and its rows, `store.resources` (the base of
every resource view), `store.listing` (strict list parameters), `store.money` (decimals of currencies).
It must never read or write a row without the store that owns it, nor do arithmetic on money with floats.
"""
