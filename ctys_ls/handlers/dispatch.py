"""From bytes to handlers: what JSON-RPC and the lifecycle demand before any handler is asked.

Every request is answered once, whatever it looks like. Messages are read ahead of the work, so that a cancellation
reaches a request that still waits; then they are handled strictly in order.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Coroutine
from inspect import iscoroutine
from time import perf_counter
from typing import Any

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from ctys_ls.handlers import lifecycle
from ctys_ls.handlers.base import CtysServer, JsonText, internal_error, log
from ctys_ls.handlers.shapes import salvaged_id, valid_id, wrong_params
from ctys_ls.stdio import Framer, Rubbish

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = (
    -32700,
    -32600,
    -32601,
    -32602,
    -32603,
)
NOT_INITIALIZED, CANCELLED = -32002, -32800

#: Seconds of work after which everything else on the loop gets a turn.
TURN = 0.008
#: Seconds that work put off may be put off by a client that never pauses.
PATIENCE = 0.05


class Dispatcher:
    """The client's messages, in order. ``again`` asks for another call of :meth:`work` soon."""

    def __init__(self, ls: CtysServer, poll: Callable[[], None], again: Callable[[], Any]) -> None:
        self._ls, self._poll, self._again = ls, poll, again
        self._framer = Framer()
        self._inbox: deque[dict[str, Any]] = deque()
        #: Requests in the inbox by id; those that were cancelled are gone from here and are passed over.
        self._waiting: dict[int | str, dict[str, Any]] = {}
        #: Requests whose answer is being worked on by a task.
        self._running: dict[int | str, asyncio.Task[None]] = {}
        self._scheduled = False
        self._idle_since = perf_counter()
        self.lifecycle = lifecycle.Lifecycle(ls)
        ls.busy = lambda: bool(self._inbox)
        ls.when_shut_down.insert(0, self._give_up)

    def receive(self, data: bytes) -> None:
        """Take in bytes; nothing is handled yet."""
        for body in self._framer.feed(data):
            if isinstance(body, Rubbish):
                self._reject(
                    None, PARSE_ERROR, f"The stream held {body.reason}; reading goes on at the next message."
                )
            else:
                self._parse(body)

    def work(self) -> None:
        """Handle what has been read, for one turn."""
        self._scheduled = False
        end = perf_counter() + TURN
        while self._inbox:
            if "id" in self._inbox[0]:
                self._poll()
            message = self._inbox.popleft()
            if "id" not in message or self._claim(message):
                self._handle(message)
            if perf_counter() > end:
                if end - self._idle_since > PATIENCE:
                    self._idle()
                self._schedule()
                return
        self._idle()

    def finish(self) -> None:
        """Handle all that has been read: the client has said its last word."""
        while self._inbox:
            message = self._inbox.popleft()
            if "id" not in message or self._claim(message):
                self._handle(message)

    async def _give_up(self) -> None:
        """No request stays without an answer when the server goes."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._again()

    def _idle(self) -> None:
        for later in self._ls.when_idle:
            later()
        self._idle_since = perf_counter()

    # -- reading -------------------------------------------------------------------------------------------------------

    def _parse(self, body: bytes) -> None:
        try:
            message = json.loads(body)
        except RecursionError:
            self._reject(salvaged_id(body), INVALID_REQUEST, "The message is nested too deeply.")
        except ValueError as trouble:
            why = "no UTF-8" if isinstance(trouble, UnicodeDecodeError) else "no JSON"
            self._reject(salvaged_id(body), PARSE_ERROR, f"The message is {why}.")
            self._framer.unread(body)
        else:
            self._sort(message)

    def _sort(self, message: Any) -> None:
        if not isinstance(message, dict):
            self._reject(None, INVALID_REQUEST, "A message is a JSON object; batches are no part of LSP.")
            return
        ident = message.get("id")
        if "id" in message and not valid_id(ident) and not ("method" not in message and ident is None):
            self._reject(
                None, INVALID_REQUEST, "The id of a request is a number without fraction, or a string."
            )
        elif "method" not in message:
            if "result" in message or "error" in message:
                self._inbox.append(message)
            else:
                self._reject(ident, INVALID_REQUEST, "The message has neither a method nor a result.")
        elif not isinstance(message["method"], str) or message.get("jsonrpc") != "2.0":
            self._reject(
                ident, INVALID_REQUEST, 'A message needs "jsonrpc": "2.0" and a method that is a string.'
            )
        elif message["method"] == "$/cancelRequest":
            self._cancel(message)
        else:
            if "id" in message:
                self._waiting[message["id"]] = message
            self._inbox.append(message)

    def _cancel(self, message: dict[str, Any]) -> None:
        params = message.get("params")
        ident = params.get("id") if isinstance(params, dict) else None
        waiting = self._waiting.get(ident) if valid_id(ident) else None
        if waiting is not None and waiting["method"] not in ("initialize", "shutdown"):
            del self._waiting[waiting["id"]]
            self._reject(waiting["id"], CANCELLED, "Cancelled by the client.")
        elif valid_id(ident) and ident in self._running:
            self._running[ident].cancel()

    def _claim(self, message: dict[str, Any]) -> bool:
        """Take a request out of the waiting ones; False for one that was cancelled. Answers to us always pass."""
        if "method" not in message:
            return True
        if self._waiting.get(message["id"]) is not message:
            return False
        del self._waiting[message["id"]]
        return True

    # -- handling ------------------------------------------------------------------------------------------------------

    def _handle(self, message: dict[str, Any]) -> None:
        method, ident = message.get("method", ""), message.get("id")
        request = "id" in message and "method" in message
        try:
            if method and (refusal := self.lifecycle.refusal(method)):
                if request:
                    self._reject(ident, *refusal)
                return
            if "method" not in message:
                self._answered(message)
            elif self.lifecycle.handles(method):
                self.lifecycle.handle(message, self._respond)
            elif (handler := self._ls.hot.get(method)) is not None:
                result = handler(self._ls, message.get("params"))
                if iscoroutine(result):
                    self._await(ident, method, result)
                elif request:
                    self._respond(ident, result)
            elif method in self._ls.protocol.fm.features or method in self._ls.protocol.fm.builtin_features:
                self._pass_on(message)
            elif request:
                self._reject(ident, METHOD_NOT_FOUND, f"{method} is not offered.")
        except JsonRpcException as trouble:
            self._failed(request, ident, method, trouble.code or INTERNAL_ERROR, trouble.message)
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as trouble:
            if (wrong := wrong_params(method, message.get("params"))) is None:
                self._failed(request, ident, method, INTERNAL_ERROR, internal_error(method, trouble).message)
            else:
                self._failed(request, ident, method, INVALID_PARAMS, wrong)
        except Exception as trouble:  # noqa: BLE001 - one failing message never costs the next one
            self._failed(request, ident, method, INTERNAL_ERROR, internal_error(method, trouble).message)

    def _pass_on(self, message: dict[str, Any]) -> None:
        """Hand a message to the framework."""
        try:
            structured = self._ls.protocol.structure_message({"params": None} | message)
        except JsonRpcException:
            raise JsonRpcInvalidParams(f"The parameters of {message['method']} have a wrong shape.") from None
        self._ls.protocol.handle_message(structured)

    def _await(self, ident: Any, method: str, work: Coroutine[Any, Any, Any]) -> None:
        """Answer when ``work`` is done."""

        async def wait() -> None:
            try:
                self._respond(ident, await work)
            except asyncio.CancelledError:
                self._reject(ident, CANCELLED, "Cancelled.")
            except JsonRpcException as trouble:
                self._reject(ident, trouble.code or INTERNAL_ERROR, trouble.message)
            except Exception as trouble:  # noqa: BLE001 - one failing request never costs the next one
                self._reject(ident, INTERNAL_ERROR, internal_error(method, trouble).message)

        self._running[ident] = task = asyncio.ensure_future(wait())
        task.add_done_callback(lambda _: self._running.pop(ident, None))

    def _answered(self, message: dict[str, Any]) -> None:
        """The answer to a request of ours; one that nobody waits for is no error."""
        self._ls.outgoing.settle(message)

    def _respond(self, ident: Any, result: Any) -> None:
        text = result if isinstance(result, JsonText) else json.dumps(result, separators=(",", ":"))
        self._ls.send(f'{{"jsonrpc":"2.0","id":{json.dumps(ident)},"result":{text}}}'.encode("ascii"))

    def _failed(self, request: bool, ident: Any, method: str, code: int, text: str) -> None:
        if request:
            self._reject(ident, code, text)
        else:
            log.warning("%s: %s", method, text)

    def _reject(self, ident: Any, code: int, text: str) -> None:
        log.info("refused %s: %s", code, text)
        error = {"jsonrpc": "2.0", "id": ident, "error": {"code": code, "message": text}}
        self._ls.send(json.dumps(error, separators=(",", ":")).encode("ascii"))
