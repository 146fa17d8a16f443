"""initialize, shutdown and exit by the letter, and the end that comes without them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from pygls.exceptions import JsonRpcInvalidParams

from ctys_ls.handlers.base import CtysServer, log
from ctys_ls.handlers.capabilities import server_capabilities
from ctys_ls.handlers.client import read_client
from ctys_ls.settings import read_settings

#: Seconds that running jobs get to say what is, when the server is told to go.
FAREWELL = 3.0
#: Seconds between two looks at the client's process where the system cannot tell us of its end.
WATCH = 2.0


class State(Enum):
    """Where in its life the server is."""

    NEW = auto()
    RUNNING = auto()
    SHUT_DOWN = auto()


class Lifecycle:
    """The server's life. ``ended`` gets the exit status when it is over."""

    def __init__(self, ls: CtysServer) -> None:
        self._ls = ls
        self.state = State.NEW
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._closing: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None

    def refusal(self, method: str) -> tuple[int, str] | None:
        """Why a message cannot be taken now: error code and sentence."""
        if self.state is State.NEW and method not in ("initialize", "exit"):
            return -32002, f"{method} came before initialize."
        if self.state is State.RUNNING and method == "initialize":
            return -32600, "initialize came a second time."
        if self.state is State.SHUT_DOWN and method != "exit":
            return -32600, f"{method} came after shutdown."
        return None

    def handles(self, method: str) -> bool:
        """Whether :meth:`handle` is meant for a method."""
        return method in ("initialize", "initialized", "shutdown", "exit", "$/setTrace")

    def handle(self, message: dict[str, Any], respond: Callable[[Any, Any], None]) -> None:
        """Take one step of the life."""
        method = message["method"]
        if method == "initialize":
            respond(message.get("id"), self._initialize(message.get("params")))
        elif method == "initialized":
            for step in self._ls.when_initialized:
                step()
        elif method == "shutdown":
            self.state = State.SHUT_DOWN
            self._closing = asyncio.ensure_future(self._shut_down(lambda: respond(message.get("id"), None)))
        elif method == "exit":
            self.end(0 if self.state is State.SHUT_DOWN else 1, "the client said exit")

    def end(self, status: int, reason: str) -> None:
        """The server's life ends with ``status``."""
        if not self.ended.done():
            log.info("Ending with status %d: %s.", status, reason)
            self.ended.set_result(status)

    async def close(self) -> None:
        """Cancel and await everything that runs."""
        if self._watch:
            self._watch.cancel()
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._shut_down(lambda: None))
        try:
            await asyncio.wait_for(asyncio.shield(self._closing), FAREWELL + 1)
        except TimeoutError:
            log.warning("Something did not end in time.")
        self._ls.outgoing.close()

    def _initialize(self, params: Any) -> dict[str, Any]:
        if not isinstance(params, dict) or not isinstance(params.get("capabilities"), dict):
            raise JsonRpcInvalidParams("initialize needs an object with capabilities as params.")
        ls = self._ls
        ls.client = read_client(params)
        options = params.get("initializationOptions")
        ls.settings, complaints = read_settings(options, ls.environ)
        ls.initial_settings = options if isinstance(options, dict) else {}
        ls.complaints.extend(complaints)
        ls.workspace_folders = _folders(params)
        result = {
            "capabilities": server_capabilities(ls),
            "serverInfo": {"name": ls.name, "version": ls.version},
        }
        self.state = State.RUNNING
        parent = params.get("processId")
        if isinstance(parent, int) and not isinstance(parent, bool) and parent > 0:
            self._watch_parent(parent)
        return result

    async def _shut_down(self, then: Callable[[], None]) -> None:
        self._ls.ending = True
        for stop in self._ls.when_shut_down:
            try:
                await asyncio.wait_for(stop(), FAREWELL)
            except TimeoutError:
                log.warning("%s did not end in time.", getattr(stop, "__qualname__", stop))
            except Exception as trouble:  # noqa: BLE001 - the others are to be stopped, too
                log.warning("Stopping failed: %s", type(trouble).__name__)
        then()

    def _watch_parent(self, parent: int) -> None:
        if not _alive(parent):
            # A client in another process namespace has a number that means nothing here.
            log.info("The client's process %d is not seen from here; only the pipe tells of its end.", parent)
            return
        watch = asyncio.ensure_future(_death(parent, _descriptor(parent)))
        watch.add_done_callback(self._orphaned)
        self._watch = watch

    def _orphaned(self, watch: asyncio.Task[None]) -> None:
        if not watch.cancelled():
            self.end(0 if self.state is State.SHUT_DOWN else 1, "the client's process has died")


def _folders(params: dict[str, Any]) -> list[str]:
    folders = params.get("workspaceFolders")
    if isinstance(folders, list):
        return [
            folder["uri"]
            for folder in folders
            if isinstance(folder, dict) and isinstance(folder.get("uri"), str)
        ]
    root = params.get("rootUri")
    return [root] if isinstance(root, str) else []


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _descriptor(process: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None where the system has none."""
    try:
        return os.pidfd_open(process)
    except (AttributeError, OSError):
        return None


async def _death(process: int, descriptor: int | None) -> None:
    """Return when a process has ended, a zombie included."""
    if descriptor is None:
        while _alive(process):  # noqa: ASYNC110 - nothing tells of it here
            await asyncio.sleep(WATCH)
        return
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    loop.add_reader(descriptor, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
