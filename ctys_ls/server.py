"""The language server put together: handlers, the wire, the life."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ctys_ls.handlers import (
    code_actions,
    commands,
    completion,
    config,
    diagnostics,
    extras,
    formatting,
    hostchecks,
    hover,
    lenses,
    outline,
    shared_names,
    sync,
    tokens,
    warmup,
    workspace,
    workspace_diagnostics,
)
from ctys_ls.handlers.base import CtysServer, EngineMaker, log
from ctys_ls.handlers.dispatch import Dispatcher
from ctys_ls.settings import Settings
from ctys_ls.stdio import Pipe

if TYPE_CHECKING:
    from ctys_ls.runtime.api import Engine

FEATURES = (
    sync,
    diagnostics,
    completion,
    hover,
    code_actions,
    lenses,
    outline,
    tokens,
    formatting,
    extras,
    shared_names,
    commands,
    config,
    hostchecks,
    workspace,
    workspace_diagnostics,
    warmup,
)


def make_server(
    make_engine: EngineMaker | None = None, environ: Mapping[str, str] | None = None
) -> CtysServer:
    """A server with all its handlers; ``make_engine`` is the real one where none is given."""
    ls = CtysServer(make_engine or _real_engine, environ)
    for module in FEATURES:
        module.register(ls)
    return ls


async def serve(ls: CtysServer, source: int, sink: int) -> int:
    """Serve one client over two descriptors until it or we end; the exit status."""
    loop = asyncio.get_running_loop()

    def work() -> None:
        with pipe.held():
            dispatcher.work()

    def hung_up(reason: str) -> None:
        dispatcher.finish()
        life.end(1, reason)

    pipe = Pipe(
        source,
        sink,
        received=lambda data: dispatcher.receive(data),  # noqa: PLW0108 - made below, it needs the pipe
        ready=lambda: work(),  # noqa: PLW0108
        closed=lambda reason: hung_up(reason),  # noqa: PLW0108
    )
    dispatcher = Dispatcher(ls, poll=pipe.poll, again=lambda: loop.call_soon(work))
    life = dispatcher.lifecycle
    ls.send = pipe.write
    ls.protocol.set_writer(_Writer(pipe), include_headers=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, life.end, 128 + number, f"signal {number}")
    pipe.start()
    try:
        return await life.ended
    finally:
        await life.close()
        await pipe.drain(1.0)
        pipe.close()


class _Writer:
    """The framework's way out."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def write(self, data: bytes) -> None:
        self._pipe.write(data)

    def close(self) -> None:
        """The pipe is closed by who opened it."""


async def _real_engine(settings: Settings) -> Engine:
    # Loading the runtime and reading the user's files takes a quarter of a second: typing goes on meanwhile.
    def load() -> Engine:
        from ctys_ls.handlers.config import runtime_config
        from ctys_ls.languages.reading import READERS
        from ctys_ls.runtime.engine import make_engine

        return make_engine(runtime_config(settings), READERS)

    engine = await asyncio.to_thread(load)
    log.info("The runtime is loaded.")
    return engine
