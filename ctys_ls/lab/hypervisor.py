"""The domains of one simulated host: they are built, boot, run, pause, shut down, crash, are saved and restored.

Nothing here prints; the simulated ``xl`` and ``xm`` say what happened in their own words.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ctys_ls.lab.console import Console
from ctys_ls.lab.guest import GuestConfig
from ctys_ls.lab.guestos import End, GuestSystem

#: What the hypervisor keeps of the memory for itself, in MiB (from the capture xl-info: 2559 - 1280 - 1250).
OVERHEAD = 29
_BOOT_CPU_SECONDS = 7.9


class State(StrEnum):
    """What a domain does, in the words of the protocol's session rows."""

    RUNNING = "running"
    PAUSED = "paused"
    SHUTDOWN = "shutdown"
    CRASHED = "crashed"
    DYING = "dying"


class NameTakenError(Exception):
    """A domain of that name exists."""

    def __init__(self, domid: int) -> None:
        super().__init__(domid)
        self.domid = domid


@dataclass(eq=False)
class Domain:
    """One guest. ``domid`` is new with every start; ``started`` is wall-clock time in seconds."""

    domid: int
    config: GuestConfig
    system: GuestSystem
    console: Console
    started: float
    state: State = State.RUNNING
    end: End | None = None
    vnc_port: int = 0
    #: The consoles beside the first one, by number. Nothing runs at them: what is typed comes back.
    more: dict[int, Console] = field(default_factory=dict)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    down: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def uptime(self) -> float:
        """Seconds since it was started."""
        return max(0.0, time.time() - self.started)

    @property
    def cpu_seconds(self) -> float:
        """A likely figure: a booted guest used what the captured one did, and idles on."""
        return (_BOOT_CPU_SECONDS if self.system.booted.is_set() else 2.3) + self.uptime / 600

    @property
    def flags(self) -> str:
        """The state column of ``xl list``: r b p s c d."""
        if self.state is State.RUNNING:
            return "-b----" if self.system.booted.is_set() else "------"
        return {
            State.PAUSED: "--p---",
            State.SHUTDOWN: "--ps--",
            State.CRASHED: "---sc-",
            State.DYING: "--psd-",
        }[self.state]


class Hypervisor:
    """The domains of a host. ``pace`` scales all durations; 1 is a lively machine, tests may go lower."""

    def __init__(self, memory: int, dom0_memory: int = 1280, pace: float = 1.0) -> None:
        self.memory = memory
        self.dom0_memory = dom0_memory
        self.pace = pace
        self.booted_at = time.time()
        self.domains: dict[int, Domain] = {}
        self.listeners: set[Callable[[str], None]] = set()
        self._next = 1
        self._tasks: set[asyncio.Task[None]] = set()

    # -- looking

    @property
    def free_memory(self) -> int:
        """MiB left for new domains."""
        return self.memory - OVERHEAD - self.dom0_memory - sum(d.config.memory for d in self.domains.values())

    def find(self, who: str) -> Domain | None:
        """The domain with this id or name."""
        if who.isascii() and who.isdigit():
            return self.domains.get(int(who))
        return next((d for d in self.domains.values() if d.name == who), None)

    def take_id(self) -> int:
        """The next domain id; a failed creation uses one up too."""
        domid, self._next = self._next, self._next + 1
        return domid

    def tell(self, path: str) -> None:
        """Let watchers know that something changed at ``path`` of the store."""
        for listener in tuple(self.listeners):
            listener(path)

    # -- starting and stopping

    async def create(
        self, config: GuestConfig, *, domid: int | None = None, paused: bool = False, resumed: bool = False
    ) -> Domain:
        """Build a domain and let it run unless ``paused``. Raises NameTakenError."""
        number = self.take_id() if domid is None else domid
        if any(d.name == config.name for d in self.domains.values()):
            raise NameTakenError(number)
        domain = self._add(number, config)
        if paused:
            self.pause(domain)
        self._spawn(self._live(domain, resumed=resumed))
        await asyncio.sleep(0.05 * self.pace)
        return domain

    def _add(self, domid: int, config: GuestConfig) -> Domain:
        console = Console()
        system = GuestSystem(config, console, boot_seconds=0.4 * self.pace)
        domain = Domain(domid, config, system, console, time.time())
        domain.more = {number: Console() for number in range(1, config.channels + 1)}
        for console in domain.more.values():
            self._spawn(_repeat(domain, console))
        if config.vnc:
            used = {d.vnc_port for d in self.domains.values()}
            domain.vnc_port = next(port for port in range(5900, 6900) if port not in used)
        self.domains[domid] = domain
        for node in ("", "/name", "/console/tty"):
            self.tell(f"/local/domain/{domid}{node}")
        self.tell("@introduceDomain")
        return domain

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _live(self, domain: Domain, *, resumed: bool) -> None:
        while not domain.system.powered.is_set():
            await domain.system.powered.wait()
        run = asyncio.ensure_future(domain.system.run(resumed=resumed))
        gone = asyncio.ensure_future(domain.gone.wait())
        try:
            await asyncio.wait((run, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if not run.done():
                run.cancel()
            await asyncio.wait((run, gone))
        if not domain.gone.is_set():
            await self._ended(domain, run.result())

    async def _ended(self, domain: Domain, end: End) -> None:
        domain.end = end
        domain.state = State.CRASHED if end is End.CRASH else State.SHUTDOWN
        domain.down.set()
        self.tell("@releaseDomain")
        config = domain.config
        action = {End.REBOOT: config.on_reboot, End.CRASH: config.on_crash}.get(end, config.on_poweroff)
        await asyncio.sleep(0.2 * self.pace)
        if action == "preserve" or domain.gone.is_set():
            return
        self.destroy(domain)
        if "restart" in action:
            await self.create(config)

    def ask(self, domain: Domain, end: End) -> None:
        """Ask the guest to stop, by the store as a toolstack does; it does so when it has booted."""
        self.tell(f"/local/domain/{domain.domid}/control/shutdown")
        domain.system.ask(end)

    def destroy(self, domain: Domain) -> None:
        """Take the domain away at once."""
        self.domains.pop(domain.domid, None)
        self.tell(f"/local/domain/{domain.domid}")
        domain.state = State.DYING
        domain.system.powered.set()
        domain.gone.set()
        domain.down.set()
        for console in (domain.console, *domain.more.values()):
            console.close()
        self.tell("@releaseDomain")

    def pause(self, domain: Domain) -> None:
        """Stop its processors; output and answers stop too."""
        domain.state = State.PAUSED
        domain.system.powered.clear()

    def unpause(self, domain: Domain) -> None:
        """Let it run on; nothing for a domain that is not paused."""
        if domain.state is State.PAUSED:
            domain.state = State.RUNNING
            domain.system.powered.set()

    def rename(self, domain: Domain, name: str) -> None:
        """Give it another name. Raises NameTakenError."""
        if any(d.name == name for d in self.domains.values()):
            raise NameTakenError(domain.domid)
        domain.config = replace(domain.config, name=name)
        self.tell(f"/local/domain/{domain.domid}/name")

    async def restart(self) -> None:
        """As after a boot of the host: no guests, ids from 1."""
        await self.close()
        self._next = 1
        self.booted_at = time.time()

    async def close(self) -> None:
        """End everything."""
        for domain in tuple(self.domains.values()):
            self.destroy(domain)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _repeat(domain: Domain, console: Console) -> None:
    """Give back what is typed until the domain is gone."""
    work: set[asyncio.Future[Any]] = {asyncio.ensure_future(domain.gone.wait())}
    try:
        while not domain.gone.is_set():
            typed = asyncio.ensure_future(console.read())
            work.add(typed)
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            if typed.done():
                work.remove(typed)
                console.write(typed.result())
    finally:
        # Also when it is cancelled itself: a task that nobody holds outlives the loop.
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
