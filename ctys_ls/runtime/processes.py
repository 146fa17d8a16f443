"""Sessions that are plain processes on a host: VNC servers and viewers, consoles of guests, tunnels. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

#: VNC servers that have a screen of their own or show another one; the number behind the colon is their display.
_SERVER = re.compile(r"X[a-z]*vnc|x11vnc|x0vncserver")
_VIEWER = re.compile(r"[a-z0-9]*vncviewer")
#: What the original appends to the ssh call of a tunnel: type, host, local port, label, port on the host.
_TUNNEL = re.compile(r"DYNREMAP:(\w+):([^:\s]*):(\d+):([^:\s]+):(\d+)")
_LINE = re.compile(r"\s*(\d+)\s+(\S+)\s+(\S+)\s+(\S.*)")
_BASE = 5900


@dataclass(frozen=True, slots=True)
class Process:
    """A line of ``ps``."""

    pid: str
    user: str
    group: str
    args: str


@dataclass(frozen=True, slots=True)
class Running:
    """What a process is as a session: ``type`` and ``side`` (SERVER, CLIENT, TUNNEL) as LIST shows them."""

    process: Process
    type: str
    label: str
    side: str
    cport: str = ""
    sport: str = ""
    display: str = ""


def read_processes(text: str) -> tuple[Process, ...]:
    """The processes in the output of ``ps``; other lines (a title, a message) are passed over."""
    return tuple(Process(*found.groups()) for line in text.splitlines() if (found := _LINE.fullmatch(line)))


def sessions_of(
    processes: tuple[Process, ...], names: Mapping[int, str], ports: Mapping[str, str]
) -> tuple[Running, ...]:
    """The sessions among ``processes``, clients before servers, each in the order of the processes.

    ``names`` gives a guest's label by its domain id, ``ports`` by its VNC port.
    """
    servers = [found for process in processes if (found := _server(process))]
    desks = {server.cport: server.label for server in servers}
    clients = [found for process in processes if (found := _client(process, names, {**desks, **ports}))]
    return (*clients, *servers)


def _server(process: Process) -> Running | None:
    words = process.args.split()
    if not _SERVER.fullmatch(posixpath.basename(words[0])):
        return None
    screen = next((word[1:] for word in words[1:] if re.fullmatch(r":\d+", word)), "")
    given = _option(words, "-rfbport")
    port = given if given.isdigit() else str(_BASE + int(screen)) if screen else ""
    label = _option(words, "-desktop") or (f":{screen}" if screen else process.user)
    return Running(
        process, "VNC", label, "SERVER", cport=port, display=str(int(port) - _BASE) if port else screen
    )


def _client(process: Process, names: Mapping[int, str], ports: Mapping[str, str]) -> Running | None:
    words = process.args.split()
    name = posixpath.basename(words[0])
    if _VIEWER.fullmatch(name):
        return Running(process, "VNC", _viewed(words[1:], ports), "CLIENT")
    if name == "xenconsole" and words[1:2] and words[1].isdigit():
        return Running(process, "CLI", names.get(int(words[1]), words[1]), "CLIENT")
    if name == "ssh" and (tunnel := _TUNNEL.search(process.args)):
        kind, _, local, label, remote = tunnel.groups()
        return Running(process, f"SSH({kind})", label, "TUNNEL", cport=local, sport=remote)
    return None


def _viewed(words: list[str], ports: Mapping[str, str]) -> str:
    """What a viewer shows: the name that it was given, else what listens on the port it was sent to."""
    if named := _option(words, "-name"):
        return named.partition(":")[0]
    target = next((word for word in reversed(words) if ":" in word and not word.startswith("-")), "")
    number = target.rpartition(":")[2]
    if not number.isdigit():
        return target or (words[-1] if words else "")
    # HOST::PORT is a port, HOST:N a display, or a port where it is no small number.
    port = number if "::" in target or int(number) >= _BASE else str(_BASE + int(number))
    return ports.get(port, target)


def _option(words: list[str], name: str) -> str:
    """The word behind an option, as ``-name X`` or ``-name=X``."""
    for place, word in enumerate(words):
        if word == name:
            return words[place + 1] if place + 1 < len(words) else ""
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return ""
