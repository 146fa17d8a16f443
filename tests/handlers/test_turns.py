"""The client's turn comes first, however many others are ready."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack

import pytest

from ctys_ls import server
from ctys_ls.cli import serve as program
from ctys_ls.stdio import ClientFirst
from ctys_ls.stdio.turns import OTHERS

HOSTS = 50


@pytest.fixture
def pairs():
    """A client's and fifty hosts' connections: our end and theirs."""
    with ExitStack() as ends:
        made = [socket.socketpair() for _ in range(HOSTS + 1)]
        for ours, theirs in made:
            ours.setblocking(False)
            ends.enter_context(ours)
            ends.enter_context(theirs)
        yield made


def test_a_keystroke_waits_for_the_answers_of_few_hosts(pairs, monkeypatch):
    """Counted, not timed: how many hosts' answers are taken in between a keystroke and its handling."""
    (ours, theirs), *hosts = pairs
    handled: list[str] = []

    async def main():
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def host(end):
            handled.append(f"host {end.recv(1)}")
            if len(handled) == 1:
                theirs.send(b"k")
            if len(handled) == HOSTS + 1:
                done.set()

        def client():
            handled.append("client" if ours.recv(1) else "end")
            if len(handled) == HOSTS + 1:
                done.set()

        for end, other in hosts:
            other.send(b"a")
            loop.add_reader(end, host, end)
        loop.add_reader(ours, client)
        async with asyncio.timeout(10):
            await done.wait()
        return 0

    # As the program runs the server, but with another server.
    monkeypatch.setattr(server, "serve", lambda *_: main())
    assert program._run(ours.fileno(), ours.fileno()) == 0
    assert handled.index("client") <= OTHERS


def test_everybody_has_a_turn_before_anybody_has_two(pairs):
    """All stay ready all the time: what nobody reads."""
    with ClientFirst({pairs[0][0].fileno()}) as turns:
        for ours, theirs in pairs:
            theirs.send(b"x")
            turns.register(ours, 1)
        client, others = pairs[0][0].fileno(), {ours.fileno() for ours, _ in pairs[1:]}
        served: list[int] = []
        for _ in range(-(-HOSTS // OTHERS)):
            first, *rest = [key.fd for key, _ in turns.select(0)]
            assert first == client
            assert len(rest) == OTHERS
            served += rest
    assert set(served) == others
    assert len(served) - len(set(served)) < OTHERS
