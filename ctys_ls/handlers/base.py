"""The server object that handlers are given, and the two ways to register one.

``hot`` handlers are on the keystroke path: they get the parameters as they came and answer with JSON text or plain
values. All others go through the framework: :func:`feature` handlers get the protocol's typed parameters and answer
with plain values in the protocol's shape. Both run to their end at once, so that each sees the documents as they were
when the request arrived; whatever takes long is a job (``handlers.jobs``).
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.lsp.server import LanguageServer

from ctys_ls import __version__
from ctys_ls.documents import Documents
from ctys_ls.handlers.client import Client
from ctys_ls.handlers.outgoing import ClientRefusedError, Outgoing
from ctys_ls.settings import Settings

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.facts import Facts
    from ctys_ls.handlers.diagnostics import Reports
    from ctys_ls.handlers.hostchecks import HostChecks
    from ctys_ls.handlers.index import Index
    from ctys_ls.handlers.jobs import Jobs
    from ctys_ls.handlers.mentions import Mentions
    from ctys_ls.handlers.sessions import Table
    from ctys_ls.handlers.workspace_diagnostics import Workspace
    from ctys_ls.handlers.world import World
    from ctys_ls.runtime.api import Engine

log = logging.getLogger("ctys_ls")

#: The engine of a server, made on the first use of a host.
EngineMaker = Callable[[Settings], Awaitable["Engine"]]
Handler = TypeVar("Handler", bound=Callable[..., Any])


class JsonText(str):
    """A result that is JSON already."""

    __slots__ = ()


class CtysServer(LanguageServer):
    """One client's server: its documents, settings, abilities and engine. Nothing of it is global."""

    def __init__(self, make_engine: EngineMaker, environ: Mapping[str, str] | None = None) -> None:
        super().__init__("ctys-ls", __version__)
        self.environ = os.environ if environ is None else environ
        self.documents = Documents()
        self.settings = Settings()
        self.client = Client()
        self.reports: Reports
        self.host_checks: HostChecks
        self.jobs: Jobs | None = None
        self.table: Table | None = None
        self.index: Index | None = None
        self.mentions: Mentions | None = None
        self.workspace_reports: Workspace | None = None
        #: Small steps of what will be needed soon, taken while nothing waits; ``warm`` is set when all are done.
        self.warm_steps: list[Callable[[], Iterator[Callable[[], object]]]] = []
        self.warm = False
        self.hot: dict[str, Callable[[CtysServer, Any], Any]] = {}
        #: Called when no message is waiting: what can be put off for the next keystroke's sake.
        self.when_idle: list[Callable[[], None]] = []
        self.when_initialized: list[Callable[[], None]] = []
        self.when_opened: list[Callable[[], None]] = []
        self.when_saved: list[Callable[[str], None]] = []
        self.when_closed: list[Callable[[str], None]] = []
        self.initial_settings: dict[str, Any] = {}
        self.when_shut_down: list[Callable[[], Awaitable[None]]] = []
        #: What was wrong with the settings, to be told once the client listens.
        self.complaints: list[str] = []
        self.workspace_folders: list[str] = []
        #: Whether messages wait to be handled; set by whoever reads them.
        self.busy: Callable[[], bool] = bool
        self.ending = False
        #: Sends one message (set by whoever connects the server to a client).
        self.send: Callable[[bytes], None] = _nobody_listens
        self.outgoing = Outgoing(self.post)
        self._make_engine = make_engine
        self._engine: Engine | None = None
        self._pending_engine: Any = None
        self._judged_by: Facts | None = None
        self._background: set[Any] = set()

    @cached_property
    def world(self) -> World:
        """What is known beside the text; made with the first document, for ``initialize`` need not wait for it."""
        from ctys_ls.handlers.world import World

        return World(self)

    def post(self, body: bytes) -> None:
        """Send one message to the client that is connected now."""
        self.send(body)

    async def engine(self) -> Engine:
        """The engine; the first caller pays for loading it, all others wait for the same one."""
        if self._engine is None:
            if self._pending_engine is None:
                self._pending_engine = asyncio.ensure_future(self._make_engine(self.settings))
            try:
                made: Engine = await asyncio.shield(self._pending_engine)
            except BaseException:
                if self._pending_engine is not None and self._pending_engine.done():
                    self._pending_engine = None
                raise
            self._engine = made
            self.facts_may_have_changed()
        return self._engine

    def workspace_changed(self) -> None:
        """A file or folder of the workspace has changed, or is open now, or is not any more."""
        if self.workspace_reports is not None:
            self.workspace_reports.tell()

    def warm_up(self) -> None:
        """Load the engine without waiting for it: it knows the user's hosts, macros and groups. No host is touched."""
        if self._engine is None and self._pending_engine is None:
            self.background(self.engine())

    def renew_engine(self) -> None:
        """The settings have changed: close the engine; the next use makes one that follows them."""
        old, self._engine, self._pending_engine = self._engine, None, None
        if old is not None:
            self.background(self._retire(old))

    async def _retire(self, old: Engine) -> None:
        """Go over to a new engine: what is watched is watched by it, what runs may come to its end on the old one."""
        if self.table is not None:
            await self.table.move()
        else:
            await self.engine()
        if self.jobs is not None:
            await self.jobs.quiet()
        await old.close()

    def facts_may_have_changed(self) -> None:
        """Judge the open documents anew if more is known than when they were judged."""
        facts = self.facts()
        if facts is not self._judged_by:
            self._judged_by = facts
            self.reports.everything_changed()

    def background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something that nobody waits for; its failure is logged."""

        async def guarded() -> None:
            try:
                await work
            except ClientRefusedError as trouble:
                log.info("The client refused: %s", trouble)
            except Exception as trouble:  # noqa: BLE001 - nobody else would see it
                internal_error(getattr(work, "__qualname__", "background work"), trouble)

        task = asyncio.ensure_future(guarded())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    @property
    def running_engine(self) -> Engine | None:
        """The engine if a host has been used yet."""
        return self._engine

    def facts(self) -> Facts:
        """What is known now; never waits."""
        return self.world.facts(self._engine.facts() if self._engine else None)

    def known_hosts(self) -> tuple[str, ...]:
        """The hosts a table without names is about: those of the settings, else those the user's files name."""
        return self.settings.hosts or tuple(host.name for host in self.facts().hosts)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log, and nothing else: telling the client through the same broken pipe would never end."""
        log.error("%s (%s)", type(error).__name__, getattr(source, "__name__", source))


def hot(ls: CtysServer, method: str, options: Any = None) -> Callable[[Handler], Handler]:
    """Register ``function(ls, params)`` for a method of the keystroke path; the framework only announces it."""

    def register(function: Handler) -> Handler:
        ls.hot[method] = function
        _announce(ls, method, options, lambda params: function(ls, params))
        return function

    return register


def feature(ls: CtysServer, method: str, options: Any = None) -> Callable[[Handler], Handler]:
    """Register ``function(ls, params)`` with the protocol's typed parameters."""

    def register(function: Handler) -> Handler:
        def guarded(params: Any) -> Any:
            # The framework must not see the parameter "ls" of the function itself: it would fill it a second time.
            return answer(method, lambda: function(ls, params))

        _announce(ls, method, options, guarded)
        return function

    return register


#: Lines from which on what is asked of a whole document is made in a thread: whoever types comes first.
LONG = 1_000


def whole(document: Document, work: Callable[[], list[Any]]) -> list[Any] | Coroutine[Any, Any, JsonText]:
    """What ``work`` makes of a document, as a hot handler's result; that of a long document comes when it is done.

    ``work`` may use the snapshot and what it was given when the request came, nothing else.
    """
    return work() if len(document.lines) < LONG else in_thread(work)


async def in_thread(work: Callable[[], Any]) -> JsonText:
    """What ``work`` makes in a thread, as a hot handler's result; it may use snapshots only, and may raise."""
    return JsonText(await asyncio.to_thread(lambda: _written(work())))


def _written(value: Any) -> str:
    # Lists one by one: the interpreter is not let go while a whole one is written.
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    if isinstance(value, dict) and any(isinstance(each, list) for each in value.values()):
        return f"{{{','.join(f'{_DUMPS(key)}:{_written(each)}' for key, each in value.items())}}}"
    return _DUMPS(value)


_DUMPS = json.JSONEncoder(separators=(",", ":")).encode


def _announce(ls: CtysServer, method: str, options: Any, function: Callable[..., Any]) -> None:
    # Entered into the framework's tables directly: its decorator inspects each function for a parameter of its own
    # and converts the options once just to look at them, for forty methods a tenth of the server's start.
    known = ls.protocol.fm
    if method in known.features:
        raise ValueError(f"{method} has a handler already")
    known.features[method] = function
    if options is not None:
        known.feature_options[method] = options


def answer(method: str, work: Callable[[], Any]) -> Any:
    """The result of ``work``; its own errors pass, any other becomes one that tells the client nothing of its text."""
    try:
        return work()
    except JsonRpcException:
        raise
    except Exception as trouble:  # noqa: BLE001 - told to the client as an internal error, and logged
        raise internal_error(method, trouble) from None


def internal_error(method: str, trouble: BaseException) -> JsonRpcInternalError:
    """Log where ``trouble`` came from, without its text or any value, and make the client's error."""
    places = [
        f"{frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(trouble.__traceback__)
    ]
    log.error("%s failed: %s\n  %s", method, type(trouble).__name__, "\n  ".join(places))
    return JsonRpcInternalError(
        f"{method} failed inside the server ({type(trouble).__name__}); its log says where."
    )


def _nobody_listens(_body: bytes) -> None:
    log.warning("A message was made before a client was connected.")
