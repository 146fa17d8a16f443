"""The control socket of a lab that runs in the background, and the folder where it keeps its state."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import platformdirs

from ctys_ls.lab.faults import FaultError
from ctys_ls.lab.folders import new_folder
from ctys_ls.lab.lab import Lab

#: The file that tells where the control socket of a running lab is, and its process id.
RUNNING = "running.json"
_PATIENCE = 15.0


class NotRunningError(Exception):
    """No lab runs on this state folder."""


def default_state() -> Path:
    """The folder of the user's own lab."""
    return Path(platformdirs.user_state_dir("ctys-ls")) / "lab"


@asynccontextmanager
async def controlled(lab: Lab, state: Path) -> AsyncIterator[asyncio.Event]:
    """Answer on the control socket; gives the event that somebody said ``stop``. The lab runs in this loop."""
    stopped = asyncio.Event()
    folder = new_folder()
    path = folder / "control.sock"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = json.loads(await reader.readline())
            reply = await _reply(lab, request)
            if request.get("op") == "stop":
                stopped.set()
        except (ValueError, KeyError, TypeError, FaultError) as error:
            reply = {"error": str(error.args[0] if error.args else error)}
        with contextlib.suppress(ConnectionError):
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(answer, str(path))
    note = state / RUNNING
    note.write_text(json.dumps({"pid": os.getpid(), "socket": str(path)}))
    try:
        yield stopped
    finally:
        server.close()
        note.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


async def _reply(lab: Lab, request: dict[str, Any]) -> dict[str, Any]:
    op = request["op"]
    if op in ("status", "stop"):
        return status(lab)
    if op == "reset":
        await lab.reset()
        return status(lab)
    if request["host"] not in lab.names:
        raise FaultError(f"no host is called {request['host']!r}; there are: {', '.join(lab.names)}")
    faults = lab.host(request["host"]).faults
    if op == "fault":
        faults.set(request["kind"], *request.get("args", []))
    elif op == "clear":
        faults.clear(request.get("kind"))
    else:
        raise FaultError(f"unknown request {op!r}")
    return status(lab)


def status(lab: Lab) -> dict[str, Any]:
    """What ``ctys-ls lab status --format json`` prints."""
    return {
        "version": 1,
        "simulated": True,
        "running": True,
        "pid": os.getpid(),
        "toolstack": lab.toolstack,
        "sshConfig": str(lab.ssh_config),
        "hosts": [
            {
                "name": host.name,
                "port": host.port,
                "home": str(host.home),
                "connections": host.connections,
                "faults": [fault.kind for fault in host.faults.active()],
                "guests": [
                    {"name": guest.name, "id": guest.domid, "state": str(guest.state)}
                    for guest in host.domains.values()
                ],
            }
            for host in lab.hosts
        ],
    }


def ask(state: Path, op: str, **fields: Any) -> dict[str, Any]:
    """Ask the running lab; returns its answer (``error`` holds a refusal). Raises NotRunningError."""
    try:
        note = json.loads((state / RUNNING).read_text())
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE)
            connection.connect(note["socket"])
            connection.sendall(json.dumps({"op": op, **fields}).encode() + b"\n")
            with connection.makefile("rb") as answer:
                reply: dict[str, Any] = json.loads(answer.readline())
                return reply
    except (OSError, ValueError, KeyError) as error:
        raise NotRunningError(str(error)) from error
