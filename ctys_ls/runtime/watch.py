"""Live sessions: hosts are asked while somebody looks, often when something moves, seldom otherwise, each on its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from ctys_ls.runtime.api import HostState, SessionsChange

Listener = Callable[[SessionsChange], None]

#: Seconds between two looks: while a guest changes its state, at rest, and at a host that does not answer.
FAST, SLOW, LOST = 1.0, 10.0, 30.0
#: Between two looks while the host itself tells of domains: what it does not tell (paused, a viewer) may be so late.
TOLD = 300.0
#: After an event that showed nothing yet: what it tells of may be on its way.
SOON = 0.2
#: Before the host's own events are tried again after they ended.
RETRY = 60.0
#: A slow host is left alone for so many times as long as its last look took.
GENTLE = 4.0
#: States that do not last.
_MOVING = ("shutdown", "dying", "crashed")
#: So many looks in a row are fast after a change.
_ALERT = 5


@dataclass(slots=True)
class _Watch:
    listeners: list[Listener] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    events: asyncio.Task[None] | None = None
    events_begun: float = -RETRY


class Look(Protocol):
    """Asks one host and merges; raises no ``HostError``. ``hurried``: something has just happened there."""

    def __call__(self, host: str, /, *, hurried: bool) -> Awaitable[SessionsChange | None]: ...


class Watcher:
    """Keeps listeners told.

    ``look`` gives the change, or None where nothing is new; ``state`` the last change of a host; ``events`` calls back
    for each event of a host as long as it can tell them, and raises nothing.
    """

    def __init__(
        self,
        look: Look,
        state: Callable[[str], SessionsChange | None],
        events: Callable[[str, Callable[[], None]], Awaitable[None]],
    ) -> None:
        self._look = look
        self._state = state
        self._events = events
        self._watches: dict[str, _Watch] = {}

    def subscribe(self, hosts: tuple[str, ...], listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` of every change of ``hosts``; the function returned ends that."""
        for host in hosts:
            watch = self._watches.setdefault(host, _Watch())
            watch.listeners.append(listener)
            known = self._state(host)
            if known is not None:
                # Who comes later is told what the others know already; nothing new may happen for long.
                asyncio.get_running_loop().call_soon(self._welcome, host, listener, known)
            if watch.task is None:
                watch.task = asyncio.create_task(self._run(host, watch), name=f"watch {host}")
        ended = False

        def stop() -> None:
            nonlocal ended
            if not ended:
                ended = True
                self._stop(hosts, listener)

        return stop

    def _welcome(self, host: str, listener: Listener, known: SessionsChange) -> None:
        watch = self._watches.get(host)
        if watch is not None and listener in watch.listeners:
            listener(known)

    def _stop(self, hosts: tuple[str, ...], listener: Listener) -> None:
        for host in hosts:
            watch = self._watches.get(host)
            if watch is None or listener not in watch.listeners:
                continue
            watch.listeners.remove(listener)
            if not watch.listeners:
                del self._watches[host]
                for task in (watch.task, watch.events):
                    if task is not None:
                        task.cancel()

    def tell(self, change: SessionsChange) -> None:
        """Pass a change on to whoever looks at its host."""
        watch = self._watches.get(change.status.host)
        for listener in tuple(watch.listeners) if watch else ():
            listener(change)

    def hurry(self, host: str) -> None:
        """Something was done on a host: look soon."""
        watch = self._watches.get(host)
        if watch is not None:
            watch.wake.set()

    async def _run(self, host: str, watch: _Watch) -> None:
        alert = 0
        woken = False
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            change = await self._look(host, hurried=woken)
            took = loop.time() - begun
            if change is not None:
                self.tell(change)
                alert = _ALERT
            state = self._state(host)
            restless = alert > 0 or (state is not None and moving(state))
            pause = FAST if restless else SLOW
            if state is not None and state.status.state is not HostState.OK:
                pause = LOST
            elif self._listen(host, watch) and not restless:
                pause = TOLD
            pause = SOON if woken and change is None else max(pause, GENTLE * took)
            woken = False
            alert -= 1
            try:
                async with asyncio.timeout(pause):
                    await watch.wake.wait()
                    watch.wake.clear()
                    alert, woken = _ALERT, True
            except TimeoutError:
                continue

    def _listen(self, host: str, watch: _Watch) -> bool:
        """Whether the host tells of its domains itself; begins that where it does not and it is time to."""
        now = asyncio.get_running_loop().time()
        if watch.events is not None and not watch.events.done():
            return now - watch.events_begun > FAST
        if now - watch.events_begun > RETRY:
            watch.events_begun = now
            events = self._events(host, watch.wake.set)
            watch.events = asyncio.ensure_future(events)
        return False

    async def close(self) -> None:
        """End every watch."""
        tasks = [
            task
            for watch in self._watches.values()
            for task in (watch.task, watch.events)
            if task is not None
        ]
        self._watches.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def moving(change: SessionsChange) -> bool:
    """Whether a guest of the host is in a state that passes."""
    return any(row.state in _MOVING for row in change.rows)
