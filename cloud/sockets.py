"""WebSockets on which a page waits for a signature: `/ws/id/:loginphrase` and `/ws/sign/:identifier`.

Plain ASGI: a socket is told one thing and closed, so nothing of a framework would be used. Whoever knows the
phrase may wait for it, as at a node; a page only from an origin that may call the API: a browser says where a page
comes from. No cookie is read.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

import structlog
from django.conf import settings

from api.addresses import address_of, home_of
from api.renderers import dumps
from cloud import phrases
from cloud.errors import PhraseOver
from cloud.models import Kind
from cloud.moments import now_ms
from cloud.shapes import in_order
from cloud.waiting import Found, Key, Waiting, look

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# The node's own numbers; TRY_LATER and POLICY are RFC 6455's and IANA's.
ANSWERED = {Kind.SIGN_IN.value: 4012, Kind.SIGNATURE.value: 4015}
NORMAL, POLICY, TRY_LATER = 1000, 1008, 1013
MOST_MESSAGES = 16
LONGEST_KEY = phrases.MAX_LENGTH
TOO_MANY = "Too many connections wait already. Close some, or try again in a minute."
_PATH = re.compile(r"/ws/(id|sign)/([^/]+)/?", re.IGNORECASE)
log = structlog.get_logger(__name__)


class Sockets:
    """The ASGI application."""

    def __init__(self, waiting: Waiting | None = None) -> None:
        self._waiting = waiting
        self._thread = ThreadPoolExecutor(1, "look")
        self._addresses: Counter[str] = Counter()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection, or the life of the process."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await _page(scope, send)
        else:
            await self._live(receive, send)

    def waiting(self) -> Waiting:
        """Return those who wait, and begin to look for them at the first call."""
        if self._waiting is None:
            self._waiting = Waiting(self._look, settings.REDIS_URL)
            self._waiting.start()
        return self._waiting

    async def _look(self, keys: list[Key]) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._thread, look, keys)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._waiting is not None:
                    await self._waiting.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _socket(self, scope: Message, receive: Receive, send: Send) -> None:
        await receive()
        match = _PATH.fullmatch(scope["path"])
        headers = headers_of(scope)
        if match is None or not is_welcome(headers.get("origin", ""), headers.get("host", "")):
            # Before the connection is accepted this is a 403.
            await send({"type": "websocket.close", "code": POLICY})
            return
        await send({"type": "websocket.accept"})
        is_json = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("format") == ["json"]
        home = home_of(address_of(environ_of(scope, headers), settings.NUM_PROXIES))
        most = settings.CLOUD
        if self._addresses[home] >= most.sockets_per_address or self._addresses.total() >= most.sockets:
            await _end(send, refused(TOO_MANY, 429), TRY_LATER, is_json=is_json)
            return
        self._addresses[home] += 1
        try:
            await self._wait(Key(match[1].lower(), match[2]), receive, send, is_json=is_json)
        finally:
            self._addresses[home] -= 1
            if not self._addresses[home]:
                del self._addresses[home]

    async def _wait(self, key: Key, receive: Receive, send: Send, *, is_json: bool) -> None:
        seconds = seconds_left(key)
        over = refused(PhraseOver.message, PhraseOver.status)
        if seconds <= 0:
            await _end(send, over, NORMAL, is_json=is_json)
            return
        has_left, payload = await self._first_of(key, receive, seconds)
        if payload is not None:
            answer = {"status": "success", "data": in_order(payload)}
            await _end(send, answer, ANSWERED[key.kind], is_json=is_json)
        elif has_left is None:
            await _end(send, over, NORMAL, is_json=is_json)
        elif not has_left:
            await send({"type": "websocket.close", "code": POLICY})

    async def _first_of(
        self, key: Key, receive: Receive, seconds: float
    ) -> tuple[bool | None, dict[str, Any] | None]:
        """Return what `_until_gone` did if the other side was first, and what arrived if that was."""
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            with self.waiting().of(key) as answered:
                await asyncio.wait({answered, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                return gone.result() if gone.done() else None, answered.result() if answered.done() else None
        finally:
            # Before anything is sent: not every server closes a socket that somebody still reads from.
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)


async def _until_gone(receive: Receive) -> bool:
    """Wait until the other side leaves; return False when it talks too much instead: nothing is expected of it."""
    for _ in range(MOST_MESSAGES):
        if (await receive())["type"] == "websocket.disconnect":
            return True
    return False


async def _end(send: Send, answer: dict[str, Any], code: int, *, is_json: bool) -> None:
    await send({"type": "websocket.send", "text": frame(answer, is_json=is_json)})
    await send({"type": "websocket.close", "code": code})


async def _page(scope: Message, send: Send) -> None:
    """Answer a request that is no WebSocket: `/livez` for probes, a sentence for everything else."""
    is_alive = scope["path"] == "/livez"
    body = (
        b'{"status":"ok"}' if is_alive else b'{"message":"This address is for WebSockets: /ws/id/ and /ws/sign/."}'
    )
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200 if is_alive else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def seconds_left(key: Key) -> float:
    """Return how long something can still arrive; 0 for what nothing can arrive under."""
    if key.kind == Kind.SIGNATURE:
        return phrases.VALID_MS / 1000 if len(key.name) <= LONGEST_KEY else 0
    if not phrases.is_phrase(key.name):
        return 0
    return ((phrases.moment_of(key.name) or 0) + phrases.VALID_MS - now_ms()) / 1000


def refused(message: str, code: int) -> dict[str, Any]:
    """Return a refusal in the API's envelope."""
    return {"status": "error", "data": {"code": code, "name": "Error", "message": message}}


def frame(answer: dict[str, Any], *, is_json: bool) -> str:
    """Return the text of a frame: JSON, or a query string as a node's, whose errors are a message alone."""
    if is_json:
        return dumps(answer).decode()
    data = answer["data"] if answer["status"] == "success" else {"message": answer["data"]["message"]}
    pairs = {"status": answer["status"]} | {f"data[{name}]": value for name, value in data.items()}
    return urlencode(pairs, quote_via=quote, safe="")


def is_welcome(origin: str, host: str) -> bool:
    """Return whether a page of the origin may wait; programs name none."""
    return (
        not origin
        or origin in {settings.BASE_URL, *settings.CLOUD.cors_origins}
        or origin in {f"http://{host}", f"https://{host}"}
    )


def headers_of(scope: Message) -> dict[str, str]:
    """Return the headers, several of one name joined."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def environ_of(scope: Message, headers: dict[str, str]) -> dict[str, str]:
    """Return the part of a WSGI environment that says where a request comes from."""
    peer = scope.get("client") or ("", 0)
    return {"REMOTE_ADDR": str(peer[0]), "HTTP_X_FORWARDED_FOR": headers.get("x-forwarded-for", "")}
