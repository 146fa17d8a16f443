"""No framework at all: framing, JSON, lines kept as a list, FLOOR_ITEMS completion items made for each answer.

It is what a Python process can do at best with the standard library.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

ITEMS = int(os.environ.get("FLOOR_ITEMS", "0"))
CAPABILITIES = {
    "textDocumentSync": {"openClose": True, "change": 2},
    "completionProvider": {"triggerCharacters": ["="]},
    "hoverProvider": True,
}
documents: dict[str, list[str]] = {}


class Reader(asyncio.Protocol):
    def __init__(self) -> None:
        self.buffer, self.need = b"", -1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            if self.need < 0:
                end = self.buffer.find(b"\r\n\r\n")
                if end < 0:
                    return
                self.need, self.buffer = int(self.buffer[16:end]), self.buffer[end + 4 :]
            if len(self.buffer) < self.need:
                return
            body, self.buffer, self.need = self.buffer[: self.need], self.buffer[self.need :], -1
            handle(json.loads(body))

    def eof_received(self) -> None:
        os._exit(1)


def send(message: dict[str, Any]) -> None:
    body = json.dumps(message, separators=(",", ":")).encode()
    os.write(1, b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


def answer(message: dict[str, Any], result: Any) -> None:
    send({"jsonrpc": "2.0", "id": message["id"], "result": result})


def publish(document: dict[str, Any]) -> None:
    params = {"uri": document["uri"], "version": document["version"], "diagnostics": []}
    send({"jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": params})


def handle(message: dict[str, Any]) -> None:
    method, params = message.get("method"), message.get("params", {})
    if method == "textDocument/didChange":
        lines = documents[params["textDocument"]["uri"]]
        for change in params["contentChanges"]:
            start, end = change["range"]["start"], change["range"]["end"]
            head, tail = lines[start["line"]][: start["character"]], lines[end["line"]][end["character"] :]
            lines[start["line"] : end["line"] + 1] = (head + change["text"] + tail).split("\n")
        publish(params["textDocument"])
    elif method == "textDocument/didOpen":
        documents[params["textDocument"]["uri"]] = params["textDocument"]["text"].split("\n")
        publish(params["textDocument"])
    elif method == "textDocument/completion":
        documentation = {"kind": "markdown", "value": "what it means"}
        items = [
            {"label": f"item{number}", "kind": 14, "detail": "detail", "documentation": documentation}
            for number in range(ITEMS)
        ]
        answer(message, {"isIncomplete": False, "items": items})
    elif method == "textDocument/hover":
        answer(message, {"contents": {"kind": "markdown", "value": "hover"}})
    elif method == "initialize":
        answer(message, {"capabilities": CAPABILITIES})
    elif method == "exit":
        os._exit(0)
    elif "id" in message:
        answer(message, None)


async def main() -> None:
    await asyncio.get_running_loop().connect_read_pipe(Reader, sys.stdin)
    await asyncio.Event().wait()


asyncio.run(main())
