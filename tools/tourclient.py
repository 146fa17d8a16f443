"""A language client in a hundred lines: what an editor does over stdio, for the tour."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Message = dict[str, Any]


class ServerError(Exception):
    """The server answered with an error, late or not at all; the text is one sentence."""


class Client:
    """One language server process. Answers its requests as a plain editor would: consent to everything but secrets."""

    def __init__(self, argv: list[str], env: dict[str, str], log: Path) -> None:
        self._log = log.open("wb")
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, env=env
        )
        self._arrived = threading.Condition()
        self._answers: dict[int, Message] = {}
        self._notifications: list[Message] = []
        self._last = 0
        self._gone = False
        self._reader = threading.Thread(target=self._read, daemon=True, name="reader")
        self._reader.start()

    def request(self, method: str, params: Any, seconds: float = 10.0) -> Any:
        """The result of a request. Raises ServerError."""
        self._last += 1
        number = self._last
        self._send({"id": number, "method": method, "params": params})
        answer = self._wait(lambda: self._answers.pop(number, None), seconds, f"an answer to {method}")
        if "error" in answer:
            raise ServerError(f"{method} was answered by an error: {answer['error']['message']}")
        return answer["result"]

    def command(self, name: str, seconds: float = 10.0, **fields: Any) -> Message:
        """``workspace/executeCommand`` with the one object that our commands take."""
        params = {"command": name, "arguments": [{"v": 1, **fields}]}
        result: Message = self.request("workspace/executeCommand", params, seconds)
        return result

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def wait(self, method: str, fits: Callable[[Message], bool], seconds: float = 15.0) -> Message:
        """The next notification that fits, its parameters. Raises ServerError when it does not come in time."""

        def taken() -> Message | None:
            for place, message in enumerate(self._notifications):
                if message["method"] == method and fits(message["params"]):
                    return self._notifications.pop(place)
            return None

        params: Message = self._wait(taken, seconds, method)["params"]
        return params

    def close(self) -> int:
        """Shut the server down as the protocol says; returns its exit status."""
        self.request("shutdown", None)
        self.notify("exit", None)
        try:
            status = self.process.wait(10)
        except subprocess.TimeoutExpired as error:
            raise ServerError("the server did not end after exit") from error
        self._reader.join(5)
        self._log.close()
        return status

    def kill(self) -> None:
        """End the server however it is."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stdin = self.process.stdin
        assert stdin
        try:
            stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            stdin.flush()
        except OSError as error:
            raise ServerError("the server has gone") from error

    def _wait(self, found: Callable[[], Message | None], seconds: float, what: str) -> Message:
        end = time.monotonic() + seconds
        with self._arrived:
            while (message := found()) is None:
                left = end - time.monotonic()
                if self._gone:
                    raise ServerError(f"the server ended instead of sending {what}")
                if left <= 0:
                    raise ServerError(f"{what} did not come within {seconds:g} s")
                self._arrived.wait(left)
            return message

    def _read(self) -> None:
        stdout = self.process.stdout
        assert stdout
        while head := stdout.readline():
            length = 0
            while head.strip():
                name, _, value = head.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
                head = stdout.readline()
            self._take(json.loads(stdout.read(length)))
        with self._arrived:
            self._gone = True
            self._arrived.notify_all()

    def _take(self, message: Message) -> None:
        if "id" in message and "method" in message:
            self._send({"id": message["id"], "result": _consent(message)})
            return
        with self._arrived:
            if "id" in message:
                self._answers[message["id"]] = message
            else:
                self._notifications.append(message)
            self._arrived.notify_all()


def _consent(message: Message) -> Any:
    params = message.get("params") or {}
    match message["method"]:
        case "workspace/configuration":
            return [None for _ in params["items"]]
        case "ctys/prompt":
            return {"answer": None if params.get("secret") else "yes"}
        case _:
            return None
