"""The simulated ``xenstore-read``, ``-ls``, ``-list``, ``-exists`` and ``-watch``; words from the real binary."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from ctys_ls.lab.store import Store, children, store
from ctys_ls.lab.tools.call import BadOptionError, Call, Machine, Tool, options

_USAGE = {
    "xenstore-read": "[-h] [-p] [-s] [-R] key [...]",
    "xenstore-ls": "[-h] [-f] [-p] [-s] [path]",
    "xenstore-list": "[-h] [-p] [-s] key [...]",
    "xenstore-exists": "[-h] [-p] [-s] key [...]",
    "xenstore-watch": "[-h] [-n NR] key",
}
_LETTERS = {"xenstore-read": "hpsR", "xenstore-ls": "hfps", "xenstore-watch": "hn:"}
_DENIED = "xs_open: Permission denied\n"


async def xenstore(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """Any of the tools, by the name it was called with."""
    try:
        found, rest = options(args, _LETTERS.get(call.tool, "hps"))
    except BadOptionError as error:
        call.err(f"{call.tool}: invalid option -- '{error}'\n")
        return _usage(call, 1)
    if "-h" in found:
        return _usage(call, 0)
    if not rest and call.tool != "xenstore-ls":
        return _usage(call, 1)
    if machine.faults.refuses(call.privilege):
        call.err(_DENIED)
        return 1
    if call.tool == "xenstore-watch":
        return await _watch(machine, call, rest, int(found.get("-n", "-1")))
    nodes = store(machine.hypervisor)
    act = {"xenstore-read": _read, "xenstore-list": _list, "xenstore-exists": _exists, "xenstore-ls": _ls}[
        call.tool
    ]
    return act(call, nodes, rest, found)


def _usage(call: Call, status: int) -> int:
    text = f"{call.tool}: Usage: /usr/bin/{call.tool} {_USAGE[call.tool]}\n"
    (call.err if status else call.out)(text)
    return status


def _full(path: str) -> str:
    """Relative paths are domain 0's."""
    return (path if path.startswith("/") else f"/local/domain/0/{path}").rstrip("/")


def _read(call: Call, nodes: Store, paths: list[str], found: dict[str, str]) -> int:
    for path in paths:
        value = nodes.get(_full(path))
        if value is None:
            call.err(f"{call.tool}: couldn't read path {path}\n")
            return 1
        call.out(f"{path}: {value}\n" if "-p" in found else f"{value}\n")
    return 0


def _list(call: Call, nodes: Store, paths: list[str], found: dict[str, str]) -> int:
    for path in paths:
        if _full(path) and _full(path) not in nodes:
            call.err(f"{call.tool}: could not list path {path}\n")
            return 1
        prefix = f"{path.rstrip('/')}/" if "-p" in found else ""
        call.out("".join(f"{prefix}{name}\n" for name in children(nodes, _full(path))))
    return 0


def _exists(call: Call, nodes: Store, paths: list[str], found: dict[str, str]) -> int:
    del call, found
    return 0 if all(_full(path) in nodes for path in paths) else 1


def _ls(call: Call, nodes: Store, paths: list[str], found: dict[str, str]) -> int:
    top = _full(paths[0]) if paths else ""
    if top and top not in nodes:
        call.err(f"{call.tool}: xs_directory ({paths[0]}): No such file or directory\n")
        return 1
    call.out("".join(_tree(nodes, top, 0, full="-f" in found)))
    return 0


def _tree(nodes: Store, path: str, depth: int, *, full: bool) -> Iterator[str]:
    for name in children(nodes, path):
        below = f"{path}/{name}"
        yield f'{below} = "{nodes[below]}"\n' if full else f'{" " * depth}{name} = "{nodes[below]}"\n'
        yield from _tree(nodes, below, depth + 1, full=full)


async def _watch(machine: Machine, call: Call, paths: list[str], number: int) -> int:
    """Print what changes at or below the paths; every watch fires once as it is set."""
    events: asyncio.Queue[str] = asyncio.Queue()
    for path in paths:
        events.put_nowait(path)

    def heard(path: str) -> None:
        if any(path == watched or path.startswith(f"{watched}/") for watched in paths):
            events.put_nowait(path)

    machine.hypervisor.listeners.add(heard)
    try:
        while number != 0:
            call.out(f"{await events.get()}\n")
            await call.flush()
            number -= 1
    finally:
        machine.hypervisor.listeners.discard(heard)
    return 0


TOOLS: dict[str, Tool] = dict.fromkeys(_USAGE, xenstore)
