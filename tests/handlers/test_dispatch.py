"""The dispatcher alone, fed by hand: order, read-ahead, turns."""

from __future__ import annotations

import json

import pytest

from ctys_ls.handlers import dispatch
from ctys_ls.handlers.dispatch import Dispatcher
from ctys_ls.server import make_server


def frame(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Bench:
    """A dispatcher whose client is this object."""

    def __init__(self):
        self.ls = make_server(environ={})
        self.sent, self.later, self.polls, self.idle = [], 0, [], 0
        self.dispatcher = Dispatcher(self.ls, poll=self.poll, again=self.again)
        self.ls.send = lambda body: self.sent.append(json.loads(body))
        self.ls.hot["test/note"] = lambda ls, params: self.noted.append(params)
        self.ls.when_idle.append(self.count)
        self.noted = []
        self.feed({"id": 0, "method": "initialize", "params": {"capabilities": {}}})
        self.dispatcher.work()
        # On a busy machine this alone may take longer than a turn.
        self.later = 0
        self.sent.clear()

    def poll(self):
        if self.polls:
            self.dispatcher.receive(self.polls.pop(0))

    def again(self):
        self.later += 1

    def count(self):
        self.idle += 1

    def feed(self, *messages):
        self.dispatcher.receive(b"".join(map(frame, messages)))


@pytest.fixture
async def bench():
    return Bench()


async def test_a_cancellation_that_comes_while_others_are_served_is_seen(bench):
    cancel = frame({"method": "$/cancelRequest", "params": {"id": 2}})
    bench.polls = [cancel]
    bench.feed({"id": 1, "method": "test/note", "params": 1}, {"id": 2, "method": "test/note", "params": 2})
    bench.dispatcher.work()
    assert bench.noted == [1], "the second one was cancelled while the first one was about to be served"
    assert [(answer["id"], answer.get("error", {}).get("code")) for answer in bench.sent] == [
        (2, -32800),
        (1, None),
    ]


async def test_messages_are_handled_in_order(bench, monkeypatch):
    # On a busy machine the first message alone may take longer than a turn.
    monkeypatch.setattr(dispatch, "TURN", 60.0)
    bench.feed(*({"method": "test/note", "params": number} for number in range(100)))
    bench.dispatcher.work()
    assert bench.noted == list(range(100))


async def test_everything_else_gets_its_turn(bench, monkeypatch):
    monkeypatch.setattr(dispatch, "TURN", 0.0)
    bench.feed(*({"id": number, "method": "test/note", "params": number} for number in range(1, 4)))
    bench.dispatcher.work()
    assert (bench.noted, bench.later) == ([1], 1)
    bench.dispatcher.work()
    bench.dispatcher.work()
    assert bench.noted == [1, 2, 3]


async def test_what_is_put_off_is_done_when_nothing_waits(bench):
    before = bench.idle
    bench.feed({"method": "test/note"}, {"method": "test/note"})
    bench.dispatcher.work()
    assert bench.idle == before + 1


async def test_one_id_twice_is_answered_twice_at_most_once_each(bench):
    bench.feed(
        {"id": 7, "method": "test/note", "params": "a"}, {"id": 7, "method": "test/note", "params": "b"}
    )
    bench.dispatcher.work()
    assert bench.noted[-1] == "b"
    assert {answer["id"] for answer in bench.sent} == {7}


async def test_answers_to_nobody_are_passed_over(bench):
    bench.feed(
        {"id": "ctys-99", "result": 1},
        {"id": None, "error": {"code": 1, "message": "x"}},
        {"method": "test/note"},
    )
    bench.dispatcher.work()
    assert bench.noted == [None]
    assert bench.sent == []
