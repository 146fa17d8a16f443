"""Many hosts that answer at once cost the client's server little: each is asked once, open files are judged once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from fake_engine import FakeEngine
from waiting import reached

from ctys_ls.facts import NOTHING
from ctys_ls.handlers import sessions
from ctys_ls.server import make_server

HOSTS = tuple(f"lab{number:02}" for number in range(50))


class SlowEngine(FakeEngine):
    """Hosts answer when they are let; every answer is a new state of what is known."""

    def __init__(self):
        super().__init__()
        self.asked: list[str] = []
        self.reread_times = 0
        self.may_answer = {host: asyncio.Event() for host in HOSTS}
        self.known = NOTHING

    def facts(self):
        return self.known

    async def reread(self):
        self.reread_times += 1

    async def refresh(self, hosts, ask):
        (host,) = hosts
        self.asked.append(host)
        await self.may_answer[host].wait()
        self.known = replace(self.known)
        return (self.tell(host, "tst100"),)


class Bench:
    """A server in this process, its engine, and what it sent."""

    def __init__(self):
        self.engine = SlowEngine()
        self.sent: list[dict] = []

        async def make(_):
            return self.engine

        self.ls = make_server(make)
        self.ls.send = lambda body: self.sent.append(json.loads(body))
        self.table = sessions.Table(self.ls)

    def told(self):
        return {
            one["params"]["host"]["host"] for one in self.sent if one.get("method") == "ctys/sessionsChanged"
        }


@pytest.fixture
async def bench():
    return Bench()


async def test_a_host_that_is_being_asked_is_not_asked_again(bench):
    for _ in range(20):
        await bench.table.handle("refresh", HOSTS)
        await asyncio.sleep(0)
    await reached(lambda: len(bench.engine.asked) >= len(HOSTS))
    assert sorted(bench.engine.asked) == sorted(HOSTS)
    assert bench.engine.reread_times == 1
    for event in bench.engine.may_answer.values():
        event.set()
    await reached(lambda: bench.told() == set(HOSTS))
    await bench.table.handle("refresh", HOSTS[:1])
    await reached(lambda: len(bench.engine.asked) == len(HOSTS) + 1)


async def test_a_silent_host_keeps_nobody_from_being_told_or_asked_again(bench):
    silent, quick, *_ = HOSTS
    bench.engine.may_answer[quick].set()
    await bench.table.handle("refresh", (silent, quick))
    await reached(lambda: bench.told() == {quick})
    await bench.table.handle("refresh", (silent, quick))
    await reached(lambda: bench.engine.asked.count(quick) == 2)
    assert bench.engine.asked.count(silent) == 1


async def test_open_files_are_judged_once_for_many_answers(bench, monkeypatch):
    judged: list[object] = []
    shown: list[None] = []
    monkeypatch.setattr(bench.table, "tell_files", lambda: shown.append(None))
    monkeypatch.setattr(bench.ls.reports, "everything_changed", lambda: judged.append(bench.ls.facts()))
    # As long as it takes all to answer, whatever this machine is doing meanwhile.
    monkeypatch.setattr(sessions, "SETTLE", 1.0)
    await bench.table.handle("refresh", HOSTS)
    await reached(lambda: len(bench.engine.asked) == len(HOSTS))
    judged.clear()
    shown.clear()
    for event in bench.engine.may_answer.values():
        event.set()
    await reached(lambda: bench.told() == set(HOSTS))
    await reached(lambda: bool(judged))
    assert len(judged) <= 2
    assert len(shown) <= 2
    assert judged[-1] is bench.engine.known
