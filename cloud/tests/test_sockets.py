"""A socket is told one thing and closed, in a node's words; who may wait, how long and how many."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from cloud import phrases, sockets, waiting
from cloud.models import Kind
from cloud.moments import now_ms
from cloud.sockets import Sockets, frame, is_welcome, seconds_left
from cloud.tests.test_waiting import World
from cloud.waiting import Key, Waiting

pytestmark = pytest.mark.once
OVER = "Signed message is no longer valid. Please request a new one."
SIGNED_IN = {"message": "Successfully logged in", "zelid": "1A", "signature": "a+/=", "privilage": "user"}


class Peer:
    """The other side of one connection: what it sends, and what it is told."""

    def __init__(self, path: str, *, query: str = "", peer: str = "10.0.0.1", **headers: str) -> None:
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self.scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"host", b"flux.example"), *pairs],
            "client": (peer, 1234),
        }
        self.told: list[Any] = []
        self.says: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.says.put_nowait({"type": "websocket.connect"})

    async def send(self, message: Any) -> None:
        self.told.append(message)

    @property
    def text(self) -> str:
        return next(message["text"] for message in self.told if message["type"] == "websocket.send")

    @property
    def code(self) -> int:
        assert self.told[-1]["type"] == "websocket.close"
        return self.told[-1]["code"]


def serve(*peers: Peer, world: World | None = None, act: Any = None) -> None:
    async def run() -> None:
        hub = Waiting((world or World()).look)
        hub.start()
        app = Sockets(hub)
        try:
            tasks = [asyncio.create_task(app(peer.scope, peer.says.get, peer.send)) for peer in peers]
            await asyncio.sleep(0.01)
            if act:
                act(hub)
            await asyncio.wait_for(asyncio.gather(*tasks), 5)
        finally:
            await hub.stop()
        assert not app._addresses
        assert not len(hub)

    asyncio.run(run())


@pytest.fixture
def phrase(monkeypatch) -> str:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 1000.0)
    return phrases.make(now_ms())


def test_a_sign_in_is_told_as_a_node_tells_it(phrase):
    world, text, as_json = World(), Peer(f"/ws/id/{phrase}"), Peer(f"/WS/Id/{phrase}/", query="format=json")

    def sign_in(hub: Waiting) -> None:
        assert [peer.told for peer in (text, as_json)] == [[{"type": "websocket.accept"}]] * 2
        # As PostgreSQL gives it back: by length of the names.
        world.arrived[Key("id", phrase)] = dict(sorted(SIGNED_IN.items(), key=lambda pair: len(pair[0])))
        hub.notice([Key("id", phrase)])

    serve(text, as_json, world=world, act=sign_in)
    assert text.text == (
        "status=success&data%5Bmessage%5D=Successfully%20logged%20in&data%5Bzelid%5D=1A&"
        "data%5Bsignature%5D=a%2B%2F%3D&data%5Bprivilage%5D=user"
    )
    assert as_json.text == json.dumps({"status": "success", "data": SIGNED_IN}, separators=(",", ":"))
    assert text.code == as_json.code == 4012


def test_a_signature_is_told_under_its_identifier(phrase):
    world, peer = World(), Peer("/ws/sign/1A1795815617188")
    world.arrived[Key("sign", "1A1795815617188")] = {"signature": "s"}
    serve(peer, world=world)
    assert (peer.text, peer.code) == ("status=success&data%5Bsignature%5D=s", 4015)


@pytest.mark.parametrize("path", ["/ws/id/unknown", "/ws/id/1000000000000" + "a" * 40, "/ws/sign/" + "x" * 71])
def test_what_can_never_arrive_is_said_at_once(path):
    text, as_json = Peer(path), Peer(path, query="format=json")
    serve(text, as_json)
    assert text.text == (
        "status=error&data%5Bmessage%5D=Signed%20message%20is%20no%20longer%20valid.%20Please%20request%20a%20new%20one."
    )
    assert json.loads(as_json.text)["data"] == {"code": 401, "name": "Error", "message": OVER}
    assert text.code == 1000


def test_a_phrase_that_nobody_gave_out_and_one_whose_time_ends_are_over(phrase, monkeypatch):
    world, peer = World(), Peer(f"/ws/id/{phrase}")
    world.gone.add(Key("id", phrase))
    serve(peer, world=world)
    assert OVER.replace(" ", "%20") in peer.text
    monkeypatch.setattr(sockets, "seconds_left", lambda key: 0.02)
    late = Peer(f"/ws/id/{phrase}")
    serve(late)
    assert OVER.replace(" ", "%20") in late.text


def test_somebody_waits_until_the_phrase_ends():
    assert 890 < seconds_left(Key(Kind.SIGN_IN.value, phrases.make(now_ms() - 5_000))) <= 895
    assert seconds_left(Key(Kind.SIGN_IN.value, phrases.make(now_ms() - 15 * 60_000))) <= 0
    assert seconds_left(Key(Kind.SIGNATURE.value, "x")) == 900


@pytest.mark.parametrize("path", ["/", "/ws/id/", "/ws/id/a/b", "/ws/flux/1", "/terminal"])
def test_other_paths_are_not_connected(path):
    peer = Peer(path)
    serve(peer)
    assert peer.told == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        *(("", True), ("https://flux.example", True), ("http://flux.example", True)),
        *(("https://app.example", True), ("https://other.example", False), ("null", False)),
    ],
)
def test_a_page_waits_only_from_an_origin_that_may_call(settings, origin, is_let_in):
    settings.CLOUD = replace(settings.CLOUD, cors_origins=("https://app.example",))
    assert is_welcome(origin, "flux.example") is is_let_in
    peer = Peer("/ws/id/unknown", **({"origin": origin} if origin else {}))
    serve(peer)
    assert (peer.told[0]["type"] == "websocket.accept") is is_let_in


def test_an_address_and_all_together_have_a_limit(settings, phrase):
    settings.CLOUD = replace(settings.CLOUD, sockets=3, sockets_per_address=2)
    settings.NUM_PROXIES = 1
    addresses = ["1.1.1.1", "1.1.1.1", "1.1.1.1", "2.2.2.2", "3.3.3.3"]
    peers = [Peer(f"/ws/id/{phrase}", x_forwarded_for=f"9.9.9.9, {address}") for address in addresses]

    def leave(hub: Waiting) -> None:
        for peer in peers:
            peer.says.put_nowait({"type": "websocket.disconnect"})

    serve(*peers, act=leave)
    refused = [peer.told[-1].get("code") for peer in peers]
    assert refused == [None, None, 1013, None, 1013]


def test_who_leaves_is_forgotten_and_who_talks_is_shown_out(phrase):
    leaver, talker = Peer(f"/ws/id/{phrase}"), Peer(f"/ws/id/{phrase}")
    leaver.says.put_nowait({"type": "websocket.disconnect"})
    for _ in range(16):
        talker.says.put_nowait({"type": "websocket.receive", "text": "x"})
    serve(leaver, talker)
    assert leaver.told == [{"type": "websocket.accept"}]
    assert talker.code == 1008


def test_the_process_says_that_it_is_alive_and_starts_and_stops():
    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    async def run() -> None:
        app = Sockets()
        for path in ("/livez", "/x"):
            await app({"type": "http", "path": path}, asyncio.Queue().get, send)
        says: asyncio.Queue[Any] = asyncio.Queue()
        for event in ("startup", "shutdown"):
            says.put_nowait({"type": f"lifespan.{event}"})
        assert app.waiting() is app.waiting()
        await app({"type": "lifespan"}, says.get, send)

    asyncio.run(run())
    assert [message.get("status") for message in told] == [200, None, 404, None, None, None]
    assert told[-1] == {"type": "lifespan.shutdown.complete"}


def test_a_frame_holds_any_text():
    told = frame({"status": "success", "data": {"a": "ü &="}}, is_json=False)
    assert told == "status=success&data%5Ba%5D=%C3%BC%20%26%3D"
