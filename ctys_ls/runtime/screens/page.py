"""A guest's screen as a WebSocket and a page on loopback: for noVNC in an editor's pane or in a browser.

Everything lies below a secret word in the path, new for each start, so that other users of this machine and pages of
other sites find nothing. The password of the guest's VNC server is answered here and goes no further.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import mimetypes
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib import resources
from pathlib import Path

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Data, Subprotocol

from ctys_ls.runtime.screens.rfb import RefusedError, let_in, log_in

#: Opens a connection to the guest's VNC server and gives it with its password; None while there is none.
Opener = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter, str] | None]]

_CHUNK = 65536
#: A browser's frame holds at most this many bytes (a paste; keys and the pointer are smaller).
_LARGEST = 4_000_000
#: Close codes of RFC 6455: try again later; the server cannot go on.
_LATER, _BROKEN = 1013, 1011
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self' ws: wss:"
)


@dataclass(slots=True)
class Page:
    """The server for one guest's screen; ``viewers`` counts the open connections and tells ``watched`` of changes."""

    title: str
    opener: Opener
    novnc: Path | None
    watched: Callable[[int], None] = lambda _: None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    port: int = 0
    viewers: set[ServerConnection] = field(default_factory=set)
    _server: Server | None = None

    @property
    def ws(self) -> str:
        """The address of the WebSocket."""
        return f"ws://127.0.0.1:{self.port}/{self.token}/ws"

    @property
    def url(self) -> str:
        """The address of the page; empty where no noVNC is there to show it."""
        return f"http://127.0.0.1:{self.port}/{self.token}/" if self.novnc else ""

    async def start(self, ports: range) -> None:
        """Listen on the first free port of ``ports``. Raises OSError where all are taken."""
        for port in ports:
            try:
                self._server = await serve(
                    self._serve,
                    "127.0.0.1",
                    port,
                    process_request=self._answer,
                    select_subprotocol=_subprotocol,
                    compression=None,
                    max_size=_LARGEST,
                    server_header=None,
                )
            except OSError:
                continue
            self.port = port
            return
        raise OSError(f"all ports from {ports.start} to {ports.stop - 1} are taken")

    async def hang_up(self) -> None:
        """Close the viewers' connections, for the screen has gone."""
        await asyncio.gather(*(viewer.close(_LATER, "the screen has gone") for viewer in tuple(self.viewers)))

    async def close(self) -> None:
        """Stop listening and close every connection."""
        if self._server is not None:
            self._server.close(close_connections=True)
            await self._server.wait_closed()

    # -- pages -------------------------------------------------------------------------------------------------------

    def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        word, _slash, path = request.path.partition("?")[0].lstrip("/").partition("/")
        if not secrets.compare_digest(word.encode(), self.token.encode()):
            return _response(HTTPStatus.NOT_FOUND, b"not found", "text/plain")
        if path == "ws":
            return None
        if path == "" and self.novnc:
            text = resources.files(__package__).joinpath("page.html").read_text(encoding="utf-8")
            body = text.replace("@TITLE@", html.escape(self.title)).encode()
            return _response(HTTPStatus.OK, body, "text/html; charset=utf-8")
        if path.startswith("novnc/") and self.novnc:
            return _file(self.novnc, path.removeprefix("novnc/"))
        return _response(HTTPStatus.NOT_FOUND, b"not found", "text/plain")

    # -- the screen --------------------------------------------------------------------------------------------------

    async def _serve(self, viewer: ServerConnection) -> None:
        opened = await self.opener()
        if opened is None:
            await viewer.close(_LATER, "the screen is not there now")
            return
        reader, writer, password = opened
        self.viewers.add(viewer)
        self.watched(len(self.viewers))
        try:
            await log_in(reader, writer, password)
            frames = _Frames(viewer)
            await let_in(frames, frames)
            await frames.flush()
            await _both(_to_guest(frames, writer), _to_viewer(reader, viewer))
        except RefusedError as error:
            await viewer.close(_BROKEN, str(error)[:100])
        except (OSError, asyncio.IncompleteReadError, ConnectionClosed):
            pass  # One end has gone, which is how a session ends.
        finally:
            self.viewers.discard(viewer)
            self.watched(len(self.viewers))
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def _subprotocol(_: ServerConnection, offered: list[Subprotocol] | object) -> Subprotocol | None:
    """Older noVNC asks for the subprotocol "binary", newer for none."""
    binary = Subprotocol("binary")
    return binary if isinstance(offered, (list, tuple)) and binary in offered else None


def _response(status: HTTPStatus, body: bytes, kind: str) -> Response:
    headers = Headers(
        {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Connection": "close",
            "Cache-Control": "no-store",
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
    )
    return Response(status.value, status.phrase, headers, body)


def _file(root: Path, name: str) -> Response:
    """A file of noVNC; a name that leads out of it is none."""
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        return _response(HTTPStatus.NOT_FOUND, b"not found", "text/plain")
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    return _response(HTTPStatus.OK, path.read_bytes(), kind or "application/octet-stream")


@dataclass(slots=True)
class _Frames:
    """A WebSocket's frames as a stream of bytes, for the first words of RFB."""

    viewer: ServerConnection
    _read: bytes = b""
    _unsent: bytes = b""

    async def readexactly(self, n: int, /) -> bytes:
        await self.flush()
        while len(self._read) < n:
            self._read += _bytes(await self.viewer.recv())
        wanted, self._read = self._read[:n], self._read[n:]
        return wanted

    def write(self, data: bytes, /) -> None:
        self._unsent += data

    async def flush(self) -> None:
        if self._unsent:
            unsent, self._unsent = self._unsent, b""
            await self.viewer.send(unsent)

    def rest(self) -> bytes:
        """What came in and was not read."""
        rest, self._read = self._read, b""
        return rest


def _bytes(data: Data) -> bytes:
    return data.encode() if isinstance(data, str) else bytes(data)


async def _to_guest(frames: _Frames, writer: asyncio.StreamWriter) -> None:
    writer.write(frames.rest())
    async for data in frames.viewer:
        writer.write(_bytes(data))
        await writer.drain()


async def _to_viewer(reader: asyncio.StreamReader, viewer: ServerConnection) -> None:
    while data := await reader.read(_CHUNK):
        await viewer.send(data)
    await viewer.close(_LATER, "the screen has gone")


async def _both(*ways: Awaitable[None]) -> None:
    """Until one way ends; the other is ended with it."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
