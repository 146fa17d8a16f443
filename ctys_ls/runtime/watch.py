"""Live sessions: hosts are asked while somebody looks, often when something moves, seldom otherwise, each on its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from ctys_ls.runtime.api import SessionsChange

Listener = Callable[[SessionsChange], None]

#: Seconds between two looks: while a guest changes its state, at rest, and at a host that does not answer.
FAST, SLOW, LOST = 1.0, 10.0, 30.0
#: States that do not last.
_MOVING = ("shutdown", "dying", "crashed")
#: So many looks in a row are fast after a change.
_ALERT = 5


@dataclass(slots=True)
class _Watch:
    listeners: list[Listener] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Watcher:
    """Keeps listeners told. ``look`` asks one host and merges; it never raises ``HostError``.

    ``look`` gives the change, or None where nothing is new; ``state`` the last change of a host.
    """

    def __init__(
        self,
        look: Callable[[str], Awaitable[SessionsChange | None]],
        state: Callable[[str], SessionsChange | None],
    ) -> None:
        self._look = look
        self._state = state
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
                if watch.task is not None:
                    watch.task.cancel()

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
        while True:
            change = await self._look(host)
            if change is not None:
                self.tell(change)
                alert = _ALERT
            state = self._state(host)
            pause = FAST if alert > 0 or (state and moving(state)) else SLOW
            if state is not None and state.status.state.value != "ok":
                pause = LOST
            alert -= 1
            watch.wake.clear()
            try:
                async with asyncio.timeout(pause):
                    await watch.wake.wait()
                    alert = _ALERT
            except TimeoutError:
                continue

    async def close(self) -> None:
        """End every watch."""
        tasks = [watch.task for watch in self._watches.values() if watch.task is not None]
        self._watches.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def moving(change: SessionsChange) -> bool:
    """Whether a guest of the host is in a state that passes."""
    return any(row.state in _MOVING for row in change.rows)
