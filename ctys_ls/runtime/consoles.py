"""The way to a guest's console as a value: what an editor's terminal runs, and how its windows are named."""

from __future__ import annotations

import sys
from pathlib import Path

from ctys_ls.requests import ConsoleKind, Privilege
from ctys_ls.runtime.api import Config, ConsoleSpec

#: CREATE without CONSOLE (XEN_CONSOLE_DEFAULT of the original).
DEFAULT = ConsoleKind.XTERM


def console_spec(
    config: Config, destination: str, label: str, kind: ConsoleKind, privilege: Privilege, host_name: str = ""
) -> ConsoleSpec:
    """The console of a guest; the relay ``ctys-ls console`` does the talking, so that a restart costs no console."""
    host = destination.rpartition("@")[2]
    relay = (sys.executable, "-m", "ctys_ls", "console")
    rights = tuple(name for name, wanted in (("KSU", privilege.ksu), ("SUDO", privilege.sudo)) if wanted)
    flags = ("-Z", ",".join(rights)) if rights else ()
    return ConsoleSpec(
        session=f"{host}/{label}",
        kind=kind,
        host=host,
        label=label,
        argv=(*relay, "--kind", kind.value, *flags, f"{destination}/{label}"),
        shell_argv=(*relay, "--shell", destination),
        guest_buffer=label,
        host_buffer=host_name or host,
        env=environment(config),
    )


def environment(config: Config) -> dict[str, str]:
    """What the relay must find in its environment to reach the same hosts in the same way."""
    paths: dict[str, Path | None] = {
        "CTYS_SSH_CONFIG": config.ssh_config,
        "CTYS_KNOWN_HOSTS": config.known_hosts,
    }
    return {name: str(path) for name, path in paths.items() if path is not None}
