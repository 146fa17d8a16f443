"""The same question to the same hosts by others: bare asyncssh, ssh with ControlMaster, pdsh.

Each is a function that asks all hosts once and returns when the last one has answered. What they print is thrown away;
the probe is the one that LIST runs.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shlex
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import asyncssh

from ctys_ls.runtime import probe
from ctys_ls.runtime.actions.run import ROOTS
from ctys_ls.runtime.pool import HANDSHAKES
from ctys_ls.runtime.privilege import Method

LOOK = probe.Look(probe.LISTING, directories=ROOTS)
Everybody = Callable[[], Awaitable[None]]


class Server(Protocol):
    """As much of a host as is needed here."""

    alias: str
    port: int


def line() -> str:
    """The probe as one command line, for programs that give a host nothing on its standard input."""
    call = probe.call(LOOK, (Method.PLAIN,))
    text = base64.b64encode(call.stdin.encode()).decode()
    return f"echo {text} | base64 -d | {call.line.removeprefix('exec ')}"


@asynccontextmanager
async def bare(folder: Path, hosts: Sequence[Server]) -> AsyncIterator[Everybody]:
    """The least that can be done with asyncssh: parsed options shared by all, nothing made of the answers."""
    options = asyncssh.SSHClientConnectionOptions(
        config=None,
        username="root",
        known_hosts=asyncssh.read_known_hosts(str(folder / "known_hosts")),
        client_keys=asyncssh.load_keypairs(str(folder / "client_key")),
        agent_path=None,
    )
    gate = asyncio.Semaphore(HANDSHAKES)
    open_: dict[int, asyncssh.SSHClientConnection] = {}

    async def ask(host: Server) -> None:
        if host.port not in open_:
            async with gate:
                open_[host.port] = await asyncssh.connect("127.0.0.1", host.port, options=options)
        call = probe.call(LOOK, (Method.PLAIN,))
        _whole(str((await open_[host.port].run(call.line, input=call.stdin)).stdout), 1)

    async def everybody() -> None:
        await asyncio.gather(*map(ask, hosts))

    try:
        yield everybody
    finally:
        for connection in open_.values():
            connection.close()
        await asyncio.gather(*(connection.wait_closed() for connection in open_.values()))


@asynccontextmanager
async def control_master(folder: Path, config: Path, hosts: Sequence[Server]) -> AsyncIterator[Everybody]:
    """The ssh program, its connections kept open by ControlMaster, so many at once as we log in at once."""
    sockets = folder / "cm"
    sockets.mkdir(exist_ok=True)
    options = (
        "-F",
        str(config),
        "-o",
        "ControlMaster=auto",
        "-o",
        f"ControlPath={sockets}/%C",
        "-o",
        "ControlPersist=120",
    )
    gate = asyncio.Semaphore(HANDSHAKES)
    command = line()

    async def ask(host: Server) -> None:
        async with gate:
            _whole(await _ran("ssh", *options, host.alias, command), 1)

    async def everybody() -> None:
        await asyncio.gather(*map(ask, hosts))

    try:
        yield everybody
    finally:
        for host in hosts:
            with contextlib.suppress(RuntimeError):
                await _ran("ssh", *options, "-O", "exit", host.alias)


@asynccontextmanager
async def pdsh(folder: Path, config: Path, hosts: Sequence[Server]) -> AsyncIterator[Everybody | None]:
    """pdsh over ssh, with its own fan-out of 32; None where it is not installed."""
    del folder
    program = shutil.which("pdsh")
    if program is None:
        yield None
        return
    names = ",".join(host.alias for host in hosts)
    environ = os.environ | {"PDSH_SSH_ARGS_APPEND": f"-F {shlex.quote(str(config))}"}
    command = line()

    async def everybody() -> None:
        # It ends with 0 whatever became of the hosts.
        _whole(await _ran(program, "-R", "ssh", "-w", names, command, env=environ), len(hosts))

    yield everybody


def _whole(said: str, hosts: int) -> None:
    """Fail where not every host has given the whole answer: whoever asks less is no peer."""
    answers = sum(line.endswith(" bye") for line in said.splitlines())
    if answers != hosts:
        raise RuntimeError(f"{answers} of {hosts} hosts have answered")


async def _ran(*argv: str, env: dict[str, str] | None = None) -> str:
    """What a program printed."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{argv[0]} ended with {process.returncode}")
    return said.decode(errors="replace")


async def timed(work: Everybody) -> tuple[float, float]:
    """Seconds of wall time, and of the processor for this program and those it ran; the hosts' are not among them."""
    start, before = time.perf_counter(), _processor()
    await work()
    return time.perf_counter() - start, _processor() - before


def _processor() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
