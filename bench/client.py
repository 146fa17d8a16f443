"""A client that does as little as possible between a message and the clock."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

Json = dict[str, Any]

#: What a full client can, as far as it changes answers; no pull diagnostics, so that all servers are asked the same way.
CAPABILITIES: Json = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {"versionSupport": True, "relatedInformation": True},
        "completion": {
            "completionItem": {"snippetSupport": True, "documentationFormat": ["markdown", "plaintext"]},
            "completionList": {"itemDefaults": ["editRange"]},
        },
        "hover": {"contentFormat": ["markdown", "plaintext"]},
    },
}


class Client(asyncio.SubprocessProtocol):
    """One server process; every arrival is stamped before it is parsed."""

    process: asyncio.SubprocessTransport
    stdin: asyncio.WriteTransport

    def __init__(self) -> None:
        #: The moment before the server was started.
        self.begun = time.perf_counter()
        self.ended = asyncio.Event()
        self._buffer, self._need, self._ids = bytearray(), -1, 0
        self._answers: dict[int, asyncio.Future[tuple[float, Json]]] = {}
        self._reports: list[tuple[str, int, asyncio.Future[tuple[float, int]]]] = []
        #: Called with the parameters of other notifications, by method.
        self.heard: dict[str, Callable[[Json], None]] = {}
        #: While a flood is measured: the messages with their stamps, not read yet; and the answers among them.
        self._unread: list[tuple[float, bytes]] | None = None
        self._answered, self._awaited, self._all = 0, 0, asyncio.Event()

    @classmethod
    async def start(cls, command: Sequence[str], environ: dict[str, str] | None = None) -> Client:
        """Start a server."""
        client = cls()
        loop = asyncio.get_running_loop()
        client.process, _ = await loop.subprocess_exec(
            lambda: client, *command, stderr=None, env=os.environ | (environ or {})
        )
        client.stdin = cast("asyncio.WriteTransport", client.process.get_pipe_transport(0))
        return client

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        now = time.perf_counter()
        if fd == 1 and isinstance(data, bytes):
            self._buffer += data
        while True:
            if self._need < 0:
                end = self._buffer.find(b"\r\n\r\n")
                if end < 0:
                    return
                headers = bytes(self._buffer[:end]).split(b"\r\n")
                self._need = next(int(h[15:]) for h in headers if h.lower().startswith(b"content-length:"))
                del self._buffer[: end + 4]
            if len(self._buffer) < self._need:
                return
            body = bytes(self._buffer[: self._need])
            del self._buffer[: self._need]
            self._need = -1
            if self._unread is None:
                self._take(json.loads(body), now)
                continue
            self._unread.append((now, body))
            # Answers have their id in front in all servers that are measured, notifications have none.
            self._answered += b'"id":' in body[:64]
            if self._answered == self._awaited:
                self._all.set()

    @asynccontextmanager
    async def flooded(self, answers: int) -> AsyncIterator[None]:
        """Only stamp what arrives, until there are so many answers; then read it.

        Reading megabytes is the client's own work: done in between, it would stand in the server's way and be counted
        as the server's time.
        """
        self._unread, self._answered, self._awaited = [], 0, answers
        self._all.clear()
        yield
        await asyncio.wait_for(self._all.wait(), 60)
        unread, self._unread = self._unread, None
        for now, body in unread:
            self._take(json.loads(body), now)

    def process_exited(self) -> None:
        self.ended.set()

    def _take(self, message: Json, now: float) -> None:
        if "method" not in message:
            future = self._answers.pop(message["id"], None)
            if future and not future.done():
                future.set_result((now, message))
        elif "id" in message:
            result = (
                [None for _ in message["params"]["items"]]
                if message["method"] == "workspace/configuration"
                else None
            )
            self.send({"id": message["id"], "result": result})
        elif message["method"] == "textDocument/publishDiagnostics":
            params = message["params"]
            for uri, version, report in self._reports:
                if uri == params["uri"] and params.get("version", version) >= version and not report.done():
                    report.set_result((now, len(params["diagnostics"])))
        elif message["method"] in self.heard:
            self.heard[message["method"]](message["params"])

    def send(self, message: Json) -> None:
        """Send one message."""
        body = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode()
        self.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self.send({"method": method, "params": params})

    def request(self, method: str, params: Any) -> tuple[int, asyncio.Future[tuple[float, Json]]]:
        """Send a request; its id, and when and with what it was answered."""
        self._ids += 1
        future = asyncio.get_running_loop().create_future()
        self._answers[self._ids] = future
        self.send({"id": self._ids, "method": method, "params": params})
        return self._ids, future

    async def timed(self, method: str, params: Any) -> tuple[float, Any]:
        """Milliseconds until the answer, and its result."""
        begun = time.perf_counter()
        _, future = self.request(method, params)
        now, message = await asyncio.wait_for(future, 60)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return (now - begun) * 1e3, message["result"]

    def report(self, uri: str, version: int) -> asyncio.Future[tuple[float, int]]:
        """When and how many problems of at least that version are published."""
        future = asyncio.get_running_loop().create_future()
        self._reports.append((uri, version, future))
        return future

    async def initialize(self, settle: float = 0.0, root: str | None = None) -> None:
        """The handshake, and the seconds that an editor takes until its user does something."""
        params = {"processId": os.getpid(), "rootUri": root, "capabilities": CAPABILITIES}
        await self.timed("initialize", params)
        self.notify("initialized", {})
        await asyncio.sleep(settle)

    def resident(self) -> float:
        """Resident memory of the server in MiB."""
        status = Path(f"/proc/{self.process.get_pid()}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def processor(self) -> float:
        """Processor time of the server so far, in milliseconds; steadier than the clock on a busy machine."""
        words = (
            Path(f"/proc/{self.process.get_pid()}/stat")
            .read_text(encoding="ascii")
            .rpartition(")")[2]
            .split()
        )
        return (int(words[11]) + int(words[12])) * 1e3 / os.sysconf("SC_CLK_TCK")

    async def stop(self) -> None:
        """Shut down by the letter, or by force."""
        try:
            await asyncio.wait_for(self.timed("shutdown", None), 10)
            self.notify("exit", None)
            await asyncio.wait_for(self.ended.wait(), 10)
        except (TimeoutError, RuntimeError):
            self.process.kill()
            await self.ended.wait()
        self.process.close()
