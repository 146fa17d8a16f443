"""What will be needed soon is loaded while the user reads: in small steps, only while nothing waits, and no ssh."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from itertools import chain

from ctys_ls.handlers.base import CtysServer, internal_error

#: Seconds from ``initialized`` to the first step, and between two steps.
DELAY, PAUSE = 0.1, 0.02


def register(ls: CtysServer) -> None:
    """Begin some time after the client has said that it is ready."""
    ls.warm_steps.insert(0, modules)
    ls.when_initialized.append(
        lambda: _later(DELAY, chain.from_iterable(make() for make in ls.warm_steps), ls)
    )


def modules() -> Iterator[Callable[[], object]]:
    """The modules that answers come from; each step is some milliseconds long."""
    for module in (
        "ctys_ls.languages.answers",
        "ctys_ls.languages.xenconf",
        "ctys_ls.languages.xenconf.completion",
        "ctys_ls.languages.xenconf.explanation",
        "ctys_ls.languages.cmdline",
        "ctys_ls.protocol",
        "ctys_ls.handlers.asking",
        "ctys_ls.handlers.hierarchy",
        "ctys_ls.handlers.names",
        "ctys_ls.handlers.rename",
        "ctys_ls.handlers.tools",
    ):
        yield partial(import_module, module)


def _later(seconds: float, rest: Iterator[Callable[[], object]], ls: CtysServer) -> None:
    asyncio.get_running_loop().call_later(seconds, _step, rest, ls)


def _step(rest: Iterator[Callable[[], object]], ls: CtysServer) -> None:
    if ls.ending:
        return
    if not ls.busy():
        try:
            work = next(rest, None)
            if work is None:
                ls.warm = True
                return
            work()
        except Exception as trouble:  # noqa: BLE001 - the first use will tell its own story
            internal_error("warming up", trouble)
            return
    _later(PAUSE, rest, ls)
