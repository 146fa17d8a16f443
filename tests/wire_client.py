"""A language client on raw pipes: it can send what no well-behaved client sends, and sees every byte that comes back."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

BOUND = 10.0
SERVER = (sys.executable, str(Path(__file__).parent / "fake_server.py"))


def frame(message) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Wire:
    """One server process and the conversation with it."""

    def __init__(self, process):
        self.process = process
        self.messages = []
        self._arrived = asyncio.Condition()
        self._count = 0
        self._reader = asyncio.ensure_future(self._read())
        self._errors = asyncio.ensure_future(process.stderr.read())

    @classmethod
    async def start(cls, *arguments, command=SERVER, **environ):
        process = await asyncio.create_subprocess_exec(
            *command,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | environ,
            limit=1 << 26,
        )
        return cls(process)

    async def _read(self):
        stream = self.process.stdout
        while header := await stream.readline():
            name, _, value = header.partition(b":")
            assert name == b"Content-Length", header
            assert await stream.readline() == b"\r\n"
            message = json.loads(await stream.readexactly(int(value)))
            async with self._arrived:
                self.messages.append(message)
                self._arrived.notify_all()
        async with self._arrived:
            self.messages.append({"end": True})
            self._arrived.notify_all()

    async def until(self, wanted, start=0, bound=BOUND):
        """The first message from number ``start`` on that is wanted."""

        async def look():
            place = start
            async with self._arrived:
                while True:
                    for message in self.messages[place:]:
                        place += 1
                        if wanted(message):
                            return message
                    await self._arrived.wait()

        return await asyncio.wait_for(look(), bound)

    def raw(self, data: bytes):
        self.process.stdin.write(data)

    def notify(self, method, params=None):
        self.raw(frame({"jsonrpc": "2.0", "method": method, "params": params}))

    def send(self, method, params=None):
        """Send a request and return its id."""
        self._count += 1
        self.raw(frame({"jsonrpc": "2.0", "id": self._count, "method": method, "params": params}))
        return self._count

    async def answer(self, ident, bound=BOUND):
        return await self.until(
            lambda message: message.get("id") == ident and "method" not in message, bound=bound
        )

    async def call(self, method, params=None):
        """The result of a request; an error fails the test."""
        answer = await self.answer(self.send(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    async def refused(self, method, params=None):
        """The error of a request."""
        answer = await self.answer(self.send(method, params))
        assert "error" in answer, answer
        return answer["error"]

    async def eventually(self, method, bound=BOUND):
        """Ask until the answer is true."""

        async def ask():
            while not await self.call(method):  # noqa: ASYNC110 - the answer is the event
                await asyncio.sleep(0.02)

        await asyncio.wait_for(ask(), bound)

    async def initialize(self, capabilities=None, options=None, process=None, root=None):
        result = await self.call(
            "initialize",
            {
                "processId": process,
                "rootUri": root,
                "capabilities": capabilities or {},
                "initializationOptions": options,
            },
        )
        self.notify("initialized", {})
        return result

    async def open(self, text, language="stub", uri="file:///doc.conf", version=1):
        document = {"uri": uri, "languageId": language, "version": version, "text": text}
        start = len(self.messages)
        self.notify("textDocument/didOpen", {"textDocument": document})
        return start

    async def diagnostics(self, uri="file:///doc.conf", version=None, start=0):
        def wanted(message):
            params = message.get("params")
            return (
                message.get("method") == "textDocument/publishDiagnostics"
                and params["uri"] == uri
                and (version is None or params.get("version") == version)
            )

        return (await self.until(wanted, start))["params"]["diagnostics"]

    async def exit_status(self, bound=BOUND):
        return await asyncio.wait_for(self.process.wait(), bound)

    async def errors(self):
        return (await asyncio.wait_for(asyncio.shield(self._errors), BOUND)).decode(errors="replace")

    async def stop(self):
        """Shut down by the letter where it still runs; nothing is left behind whatever happened."""
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self.process.stdin.close()
        for task in (self._reader, self._errors):
            task.cancel()
        await asyncio.gather(self._reader, self._errors, return_exceptions=True)
