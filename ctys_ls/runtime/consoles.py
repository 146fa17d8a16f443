"""The way to a guest's console as a value: what an editor's terminal runs, and how its windows are named."""

from __future__ import annotations

import sys
from pathlib import Path

from ctys_ls.requests import ConsoleKind, Locality, Privilege
from ctys_ls.runtime.api import Config, ConsoleSpec
from ctys_ls.runtime.privilege import flags

#: CREATE without CONSOLE (XEN_CONSOLE_DEFAULT of the original).
DEFAULT = ConsoleKind.XTERM
#: Kinds that are windows on a display, wherever their program runs.
_GRAPHIC = frozenset({ConsoleKind.VNC, ConsoleKind.SDL})
_TERMINALS = frozenset({ConsoleKind.XTERM, ConsoleKind.GTERM})
_PROGRAM = (sys.executable, "-m", "ctys_ls")


def console_spec(
    config: Config,
    destination: str,
    label: str,
    kind: ConsoleKind,
    privilege: Privilege,
    host_name: str = "",
    *,
    locality: Locality | None = None,
    login: str = "",
    take: bool = False,
) -> ConsoleSpec:
    """The console of a guest; a relay (``ctys-ls console``, ``vnc``) does the talking, so that a restart costs none.

    ``locality`` is -L: DF runs the client on the host with its window here, CF and LO run it here; None leaves it to
    the kind: terminals here, a viewer on the host where that can be, else here. ``login`` (user@address) asks for a
    login in the guest by ssh in the console's place; ``take`` ends who is attached (RECONNECT).
    """
    host = destination.rpartition("@")[2]
    rights = flags(privilege)
    place = (*(("-Z", rights) if rights else ()), f"{destination}/{label}")
    where = ("-L", locality.value) if locality is not None else ()
    how = (*(("--login", login, "--wait", "60") if login else ()), *(("--take",) if take else ()))
    argv = (*_PROGRAM, "console", "--kind", kind.value, *how, *place)
    window = kind in _GRAPHIC or (kind in _TERMINALS and locality is Locality.DISPLAY)
    if kind in _GRAPHIC:
        argv = (*_PROGRAM, "vnc", *(("--sdl",) if kind is ConsoleKind.SDL else ()), *where, *place)
    elif window:
        argv = (*_PROGRAM, "console", "--kind", kind.value, *where, *place)
    return ConsoleSpec(
        session=f"{host}/{label}",
        kind=kind,
        host=host,
        label=label,
        argv=argv,
        # The kind tells the relay what the window below is, a shell buffer or a terminal.
        shell_argv=(*_PROGRAM, "console", "--shell", "--kind", kind.value, destination),
        guest_buffer=label,
        host_buffer=host_name or host,
        env=environment(config),
        page_argv=(*_PROGRAM, "vnc", "--page", *place) if kind in _GRAPHIC else (),
        window=window,
    )


def display_argv(destination: str, label: str, privilege: Privilege) -> tuple[str, ...]:
    """The program that tells of the display for a guest's SDL window, before its start, and keeps it (-L DF)."""
    rights = flags(privilege)
    way = ("--events", "--detach", "--wait", "600", *(("-Z", rights) if rights else ()))
    return (*_PROGRAM, "console", "--kind", ConsoleKind.SDL.value, *way, f"{destination}/{label}")


def environment(config: Config) -> dict[str, str]:
    """What the relay must find in its environment to reach the same hosts in the same way."""
    paths: dict[str, Path | None] = {
        "CTYS_SSH_CONFIG": config.ssh_config,
        "CTYS_KNOWN_HOSTS": config.known_hosts,
    }
    return {name: str(path) for name, path in paths.items() if path is not None}
