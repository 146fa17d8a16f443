"""``workspace/executeCommand``: every command of docs/protocol.md, read strictly, answered at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pygls.exceptions import JsonRpcInvalidParams

from ctys_ls.handlers.base import CtysServer

#: The commands, in the order of docs/protocol.md. What they do is loaded with the first one that is called.
NAMES = (
    "ctys.run",
    "ctys.plan",
    "ctys.create",
    "ctys.cancel",
    "ctys.rename",
    "ctys.list",
    "ctys.enumerate",
    "ctys.show",
    "ctys.info",
    "ctys.doctor",
    "ctys.check",
    "ctys.vhost",
    "ctys.guest",
    "ctys.console",
    "ctys.sessions",
    "ctys.endClients",
    "ctys.complete",
    "ctys.explain",
    "ctys.cancelJob",
)


def register(ls: CtysServer) -> None:
    """Announce the commands and take their requests."""
    for name in NAMES:
        ls.protocol.fm.commands[name] = _announced
    ls.hot["workspace/executeCommand"] = execute
    ls.hot["window/workDoneProgress/cancel"] = progress_cancelled
    ls.when_shut_down.append(lambda: _stop(ls))


def execute(ls: CtysServer, params: Any) -> Any:
    """Carry out one command."""
    name = params.get("command") if isinstance(params, dict) else None
    if name not in NAMES:
        raise JsonRpcInvalidParams(f"command {name!r} is not one of {', '.join(NAMES)}.")
    arguments = params.get("arguments")
    if not isinstance(arguments, list) or len(arguments) != 1:
        raise JsonRpcInvalidParams(f"{name}: arguments must be a list of exactly one object.")
    from ctys_ls.handlers import actions, asking, tools
    from ctys_ls.protocol import COMMANDS, WrongArgumentError, read

    table: dict[str, Callable[[CtysServer, Any], Any]] = actions.COMMANDS | asking.COMMANDS | tools.COMMANDS
    try:
        return table[name](ls, read(COMMANDS[name], arguments[0]))
    except WrongArgumentError as wrong:
        raise JsonRpcInvalidParams(f"{name}: {wrong}") from None


def progress_cancelled(ls: CtysServer, params: Any) -> None:
    """The user pressed the progress bar's cancel."""
    if ls.jobs and isinstance(params, dict):
        ls.jobs.cancel_token(params.get("token"))


async def _stop(ls: CtysServer) -> None:
    """Nothing that was begun outlives the server: jobs tell their end, then connections are closed."""
    if ls.jobs:
        await ls.jobs.close()
    if ls.running_engine:
        await ls.running_engine.close()


def _announced(*_arguments: Any) -> None:
    """The framework names these commands to the client; the requests come to :func:`execute`."""
