"""Showing a guest's screen as long as somebody looks: in a viewer, or as a page; across the guest's reboots."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ctys_ls.runtime.registry import Client, registered
from ctys_ls.runtime.screens.dialog import Ended, Lack, Lost, Screen, Told
from ctys_ls.runtime.screens.line import Line, TunnelRefusedError
from ctys_ls.runtime.screens.page import Page
from ctys_ls.runtime.screens.viewer import NoViewerError, Running, start_here, start_there
from ctys_ls.schema.viewers import Viewer

#: Ports of this machine for tunnels and pages (LOCAL_PORTREMAP of the original).
PORTS = range(5950, 6950)
#: A viewer that ends is taken for closed by its user unless the host says within this time that the screen has gone.
_VERDICT = 3.0


@dataclass(frozen=True, slots=True)
class Shown:
    """The screen is to be seen: ``through`` says how; ``cport`` and ``sport`` are the ports here and there."""

    through: str
    cport: int
    sport: int
    ws: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """The screen has gone and is waited for."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the user should know."""

    text: str


Happening = Shown | Gone | Note


@dataclass(frozen=True, slots=True)
class Finished:
    """How it ended: ``lack`` is None where the user closed it."""

    lack: Lack | None = None
    words: str = ""
    status: int = 0


class Show(Protocol):
    """A way to show screens."""

    async def begin(self, line: Line, screen: Screen) -> Shown | None: ...
    async def lose(self) -> None: ...
    async def closed(self) -> Finished: ...
    async def end(self) -> None: ...


async def show(
    line: Line, way: Show, tell: Callable[[Happening], None], stop: Callable[[], Coroutine[Any, Any, Any]]
) -> Finished:
    """Show a guest's screen until the user closes it, ``stop()`` ends or the guest does; nothing is left then."""
    stopping: asyncio.Task[Any] = asyncio.create_task(stop())
    told = line.told()
    try:
        return await _shown(line, way, tell, told, stopping)
    except TunnelRefusedError as error:
        return Finished(Lack.NO_PORT, str(error), 1)
    except NoViewerError as error:
        return Finished(Lack.NO_VIEWER_THERE, str(error), 1)
    finally:
        stopping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stopping
        await way.end()
        await line.close()


async def _shown(
    line: Line,
    way: Show,
    tell: Callable[[Happening], None],
    told: AsyncIterator[Told],
    stopping: asyncio.Task[Any],
) -> Finished:
    hearing: asyncio.Task[Told] = asyncio.create_task(_next(told))
    closing: asyncio.Task[Finished] | None = None
    try:
        while True:
            waits = {hearing, stopping} | ({closing} if closing else set())
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if stopping in done:
                return Finished()
            if closing is not None and closing in done and hearing not in done:
                await asyncio.wait({hearing, stopping}, timeout=_VERDICT)
                if not hearing.done():
                    return closing.result()
            if not hearing.done():
                continue
            heard, hearing = hearing.result(), asyncio.create_task(_next(told))
            match heard:
                case Screen():
                    if (shown := await way.begin(line, heard)) is not None:
                        tell(shown)
                    closing = asyncio.create_task(way.closed())
                case Lost():
                    _drop(closing)
                    closing = None
                    await way.lose()
                    tell(Gone())
                case Ended(why, words):
                    return Finished(why, words, 0 if why is Lack.GONE else 1)
    finally:
        _drop(closing)
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def _next(told: AsyncIterator[Told]) -> Told:
    return await anext(told)


def _drop(task: asyncio.Task[Finished] | None) -> None:
    if task is not None:
        task.cancel()


def free_port(ports: range = PORTS) -> int:
    """The first port of ``ports`` that nobody listens on. Raises TunnelRefusedError."""
    for port in ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise TunnelRefusedError(f"all ports from {ports.start} to {ports.stop - 1} are taken")


@dataclass(slots=True)
class Listed:
    """What ``ctys -a list`` shows of it: a tunnel (class T) and a client (class C)."""

    folder: Path
    host: str
    label: str
    _tunnel: ExitStack = field(default_factory=ExitStack)
    _client: ExitStack = field(default_factory=ExitStack)

    def tunnel(self, pid: int | None, cport: int, sport: int) -> None:
        """A tunnel leads from ``cport`` here to ``sport`` there."""
        self._tunnel.close()
        row = Client(self.host, self.label, "SSH(XEN)", "T", cport=str(cport), sport=str(sport))
        self._tunnel.enter_context(registered(self.folder, row, pid))

    def client(self, pid: int | None = None) -> None:
        """A viewer shows the screen."""
        self._client.close()
        self._client.enter_context(registered(self.folder, Client(self.host, self.label, "VNC"), pid))

    def no_client(self) -> None:
        self._client.close()

    def no_tunnel(self) -> None:
        self._tunnel.close()

    def close(self) -> None:
        self._client.close()
        self._tunnel.close()


@dataclass(slots=True)
class InViewer:
    """In a viewer of this machine, through a tunnel whose port here stays the same (-L CF)."""

    viewer: Viewer
    listed: Listed
    port: int = 0
    _running: Running | None = None

    async def begin(self, line: Line, screen: Screen) -> Shown | None:
        """Open the tunnel and the viewer, None where it fails; a viewer that still waits keeps waiting at its port."""
        port = screen.port
        if not line.place.local:
            port = self.port = await _tunnel(line, screen, self.port)
            self.listed.tunnel(line.pid, port, screen.port)
        if self._running is None or self._running.process.returncode is not None:
            self._running = await start_here(self.viewer, port, screen, line.environ)
            if await self._running.fails():
                return None
            self.listed.client(self._running.process.pid)
        return Shown(f"{self._running.title} at 127.0.0.1:{port}", port, screen.port)

    async def lose(self) -> None:
        """The tunnel leads nowhere now; some viewers stay and ask whether to try again."""
        self.listed.no_tunnel()

    async def closed(self) -> Finished:
        if self._running is None:
            return Finished()
        status, words = await self._running.ended()
        return Finished(None, words, 1 if status else 0)

    async def end(self) -> None:
        if self._running is not None:
            await _stopped(self._running)
        self.listed.close()


async def _tunnel(line: Line, screen: Screen, kept: int) -> int:
    """Open the tunnel at ``kept``, or at the first port that is free. Raises TunnelRefusedError."""
    ports = range(kept, kept + 1) if kept else PORTS
    while True:
        port = kept or free_port(ports)
        try:
            await line.forward(f"127.0.0.1:{port}", screen)
        except TunnelRefusedError:
            # Somebody else took the port in between, unless it still cannot be had: then ssh's words count.
            if kept or free_port(range(port, port + 1)) == port:
                raise
            ports = range(port + 1, PORTS.stop)
            continue
        return port


async def _stopped(running: Running) -> None:
    running.stop()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_VERDICT):
            await running.process.wait()
            return
    with contextlib.suppress(ProcessLookupError):
        running.process.kill()


@dataclass(slots=True)
class OnHost:
    """In a viewer of the host, its window here through X11 forwarding (-L DF)."""

    listed: Listed
    options: tuple[str, ...] = ()
    _running: Running | None = None

    async def begin(self, line: Line, screen: Screen) -> Shown:
        await self._end_viewer()
        self._running = await start_there(line, screen, self.options)
        self.listed.client(self._running.process.pid)
        return Shown(self._running.title, 0, screen.port)

    async def lose(self) -> None:
        await self._end_viewer()

    async def closed(self) -> Finished:
        if self._running is None:
            return Finished()
        status, words = await self._running.ended()
        return Finished(None, words, 1 if status else 0)

    async def end(self) -> None:
        await self._end_viewer()
        self.listed.close()

    async def _end_viewer(self) -> None:
        if self._running is not None:
            await _stopped(self._running)
        self.listed.no_client()


@dataclass(slots=True)
class OnPage:
    """As a WebSocket and a page on loopback."""

    title: str
    novnc: Path | None
    listed: Listed
    _page: Page | None = None
    _screen: Screen | None = None
    _socket: str = ""

    async def begin(self, line: Line, screen: Screen) -> Shown:
        if not line.place.local:
            self._socket = str(line.folder / "rfb")
            await line.forward(self._socket, screen)
        self._screen = screen
        if self._page is None:
            self._page = Page(self.title, self._open, self.novnc, self._watched)
            try:
                await self._page.start(PORTS)
            except OSError as error:
                raise TunnelRefusedError(str(error)) from error
        page = self._page
        if not line.place.local:
            self.listed.tunnel(line.pid, page.port, screen.port)
        return Shown(f"127.0.0.1:{page.port}", page.port, screen.port, page.ws, page.url)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, str] | None:
        screen = self._screen
        if screen is None:
            return None
        try:
            if self._socket:
                reader, writer = await asyncio.open_unix_connection(self._socket)
            else:
                reader, writer = await asyncio.open_connection(screen.address, screen.port)
        except OSError:
            return None
        return reader, writer, screen.password

    def _watched(self, viewers: int) -> None:
        if viewers == 1:
            self.listed.client()
        elif not viewers:
            self.listed.no_client()

    async def lose(self) -> None:
        self._screen = None
        self.listed.no_tunnel()
        if self._page is not None:
            await self._page.hang_up()

    async def closed(self) -> Finished:
        """A page is closed by who asked for it, never by its viewers."""
        await asyncio.Event().wait()
        return Finished()

    async def end(self) -> None:
        if self._page is not None:
            await self._page.close()
        self.listed.close()
