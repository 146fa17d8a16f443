"""Live sessions: told when something changes, silent otherwise, over when nobody looks."""

import asyncio
from itertools import pairwise

import psutil
from waiting import until

from ctys_ls.requests import Address, Cancel, ConsoleKind, Create, List, Method
from ctys_ls.runtime import watch
from ctys_ls.runtime.api import HostState


class Listener:
    """Keeps what it is told; ``until`` waits for a change that fits."""

    def __init__(self):
        self.changes, self._news = [], asyncio.Event()

    def __call__(self, change):
        self.changes.append(change)
        self._news.set()

    async def until(self, fits):
        async with asyncio.timeout(30):
            while not (found := [change for change in self.changes if fits(change)]):
                self._news.clear()
                await self._news.wait()
        return found[-1]


def labels(change):
    return [row.record[2] for row in change.rows]


async def test_a_start_and_a_stop_elsewhere_are_told(desk):
    user, other, listener = desk(), desk(), Listener()
    stop = user.engine.subscribe(("lab00",), listener)
    first = await listener.until(lambda change: change.status.state is HostState.OK)
    assert labels(first) == ["Domain-0", "lab00"]
    await other.one(Create(Address(label="tst100"), console=ConsoleKind.NONE))
    started = await listener.until(lambda change: "tst100" in labels(change))
    assert started.revision > first.revision
    await other.one(Cancel(Address(label="tst100"), delay=0))
    gone = await listener.until(
        lambda change: change.revision > started.revision and "tst100" not in labels(change)
    )
    assert labels(gone) == ["Domain-0", "lab00"]
    stop()


async def test_ones_own_acts_show_at_once(desk):
    user, listener = desk(), Listener()
    user.engine.subscribe(("lab00",), listener)
    await listener.until(lambda change: True)
    await user.one(Create(Address(label="tst100"), console=ConsoleKind.NONE))
    async with asyncio.timeout(3):
        await listener.until(lambda change: "tst100" in labels(change))


async def test_a_second_listener_is_told_what_is_known(desk):
    user, first, second = desk(), Listener(), Listener()
    user.engine.subscribe(("lab00",), first)
    known = await first.until(lambda change: True)
    user.engine.subscribe(("lab00",), second)
    assert (await second.until(lambda change: True)).rows == known.rows


async def test_nobody_looks_and_nothing_is_asked(desk):
    user, listener = desk(), Listener()
    stop = user.engine.subscribe(("lab00",), listener)
    await listener.until(lambda change: True)
    stop()
    stop()
    assert not [
        task for task in asyncio.all_tasks() if task.get_name() == "watch lab00" and not task.cancelling()
    ]


async def test_a_refresh_tells_of_a_host_that_is_lost_and_keeps_its_rows(desk):
    user = desk(connect_timeout=1.0)
    (before,) = await user.engine.refresh(("lab00",), user.ask)
    user.lab.host("lab00").faults.set("refused")
    (lost,) = await user.engine.refresh(("lab00",), user.ask)
    assert lost.status.state is HostState.UNREACHABLE
    assert lost.status.message.startswith("lab00: connecting")
    assert lost.status.cure
    assert lost.rows == before.rows
    user.lab.host("lab00").faults.clear()
    (back,) = await user.engine.refresh(("lab00",), user.ask)
    assert back.status.state is HostState.OK


async def test_the_hosts_own_events_wake_a_table_at_rest(desk, monkeypatch):
    # Without events the next look would come long after this test's bound.
    monkeypatch.setattr(watch, "SLOW", 600.0)
    monkeypatch.setattr(watch, "_ALERT", 0)
    monkeypatch.setattr(watch, "TOLD", 600.0)
    user, other, listener = desk(), desk(), Listener()
    await other.one(List())
    user.engine.subscribe(("lab00",), listener)
    await listener.until(lambda change: True)
    await asyncio.to_thread(until, lambda: watchers(user))
    await other.one(Create(Address(label="tst100"), console=ConsoleKind.NONE))
    await listener.until(lambda change: "tst100" in labels(change))


async def test_an_event_shows_the_row_at_once_and_fills_it_in(desk):
    user, other, listener = desk(), desk(), Listener()
    user.engine.subscribe(("lab00",), listener)
    await listener.until(lambda change: True)
    await asyncio.to_thread(until, lambda: watchers(user))
    await other.one(Create(Address(label="tst100"), console=ConsoleKind.NONE))

    def row(change):
        return next((row.record for row in change.rows if row.record[2] == "tst100"), ())

    await listener.until(lambda change: row(change) and row(change)[5])
    first = next(row(change) for change in listener.changes if row(change))
    assert first[5] == "", "the first row was told only after the details of all guests had been asked for"


async def test_nothing_is_asked_while_the_host_itself_tells(desk, monkeypatch):
    """Without its events the host would be asked each 20 ms."""
    monkeypatch.setattr(watch, "SLOW", 0.02)
    monkeypatch.setattr(watch, "FAST", 0.02)
    monkeypatch.setattr(watch, "GENTLE", 0.0)
    user, listener = desk(), Listener()
    looks = 0
    look = user.engine._hosts.look

    async def counted(*words):
        nonlocal looks
        looks += 1
        return await look(*words)

    monkeypatch.setattr(user.engine._hosts, "look", counted)
    user.engine.subscribe(("lab00",), listener)
    await listener.until(lambda change: True)
    await asyncio.to_thread(until, lambda: watchers(user))
    # What the start of the watch itself sets off is over when a second passes without a look.
    for _ in range(20):
        before = looks
        await asyncio.sleep(1)
        if looks == before:
            break
    assert looks == before


async def test_a_cancelled_list_leaves_the_watch_alive(desk):
    user, listener = desk(), Listener()
    user.lab.host("lab00").faults.set("slow", 1)
    user.engine.subscribe(("lab00",), listener)
    listing = asyncio.create_task(user.one(List()))
    await user.step("listing the sessions")
    listing.cancel()
    await asyncio.wait([listing])
    user.lab.host("lab00").faults.clear()
    first = await listener.until(lambda change: change.status.state is HostState.OK)
    assert labels(first) == ["Domain-0", "lab00"]


async def test_a_defect_shows_in_the_table_and_does_not_end_the_watch(desk, monkeypatch):
    monkeypatch.setattr(watch, "LOST", 0.05)
    user, listener = desk(), Listener()

    def broken(*_, **__):
        raise KeyError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr("ctys_ls.runtime.livetable.sessions.rows", broken)
        user.engine.subscribe(("lab00",), listener)
        failed = await listener.until(lambda change: change.status.state is HostState.FAILED)
        assert "a defect" in failed.status.message
    await listener.until(lambda change: change.status.state is HostState.OK)


async def test_a_pause_elsewhere_is_told_with_all_that_was_known(desk):
    user, other, listener = desk(), desk(), Listener()
    await other.one(Create(Address(label="tst100"), console=ConsoleKind.NONE))
    user.engine.subscribe(("lab00",), listener)
    first = await listener.until(lambda change: "tst100" in labels(change))
    await other.one(Cancel(Address(label="tst100"), method=Method.PAUSE))
    (paused,) = await user.engine.refresh(("lab00",), user.ask)
    before = {row.key: row for row in first.rows}
    now = next(row for row in paused.rows if row.record[2] == "tst100")
    assert now.state == "paused"
    assert before[now.key].record == now.record
    assert now.record[5] == "00:50:56:13:11:40"
    assert now.record[8]


async def test_a_slow_host_is_left_alone_for_longer(desk, monkeypatch):
    monkeypatch.setattr(watch, "FAST", 0.0)
    monkeypatch.setattr(watch, "SLOW", 0.0)
    monkeypatch.setattr(watch, "TOLD", 0.0)
    looks, spans = asyncio.Queue(), []

    async def look(host, *, hurried):
        begun = asyncio.get_running_loop().time()
        await asyncio.sleep(0.1)
        looks.put_nowait((begun, asyncio.get_running_loop().time()))

    async def events(host, heard):
        return None

    watcher = watch.Watcher(look, lambda host: None, events)
    stop = watcher.subscribe(("lab00",), lambda change: None)
    async with asyncio.timeout(10):
        spans = [await looks.get() for _ in range(3)]
    stop()
    assert all(later[0] - earlier[1] >= 0.3 for earlier, later in pairwise(spans))


async def test_no_watcher_is_left_on_the_host(desk):
    user, listener = desk(), Listener()
    stop = user.engine.subscribe(("lab00",), listener)
    await listener.until(lambda change: True)
    await asyncio.to_thread(until, lambda: watchers(user))
    stop()
    await asyncio.to_thread(until, lambda: not watchers(user))


def watchers(user):
    """The processes on the host that wait for its events."""
    folder = str(user.lab.root)
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if "xenstore-watch" in line and folder in line:
            found.append(line)
    return found
