"""A lab: simulated hosts on loopback, with the ssh files to reach them."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from ctys_ls.lab.child import kill_all
from ctys_ls.lab.content import MACHINES
from ctys_ls.lab.folders import new_folder, sweep
from ctys_ls.lab.host import Host
from ctys_ls.lab.tools.call import Hardware

DEFAULT = Hardware()

_FILES = ("ssh_config", "known_hosts", "id_ed25519", "id_ed25519.pub")

_CONFIG = """Host {name}
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile "{root}/id_ed25519"
  IdentitiesOnly yes
  UserKnownHostsFile "{root}/known_hosts"
  StrictHostKeyChecking yes
  GSSAPIAuthentication no
  ForwardX11 no
"""


class Lab:
    """Simulated hosts. ``start`` and ``stop`` run in the caller's event loop; ``ctys_ls.lab.threaded`` has another way.

    ``toolstack`` is "xl" or "xm" (Xen 3 and 4.0); ``ambiguous`` adds the copies of UC-30; ``root`` is the folder for
    all files (default: a temporary one), which ``stop`` takes away again; ``pace`` scales how long
    guests take to boot and to stop.
    """

    def __init__(
        self,
        names: Sequence[str] = ("lab00", "lab01"),
        toolstack: str = "xl",
        root: Path | None = None,
        *,
        ambiguous: bool = False,
        hardware: Hardware = DEFAULT,
        pace: float = 1.0,
    ) -> None:
        if toolstack not in ("xl", "xm"):
            raise ValueError(f"a simulated host has the toolstack xl or xm, not {toolstack!r}")
        self.names = tuple(names)
        self.toolstack = toolstack
        self._given_root = root
        self._settings = {"toolstack": toolstack, "ambiguous": ambiguous, "hardware": hardware, "pace": pace}
        self.root = Path()
        self._hosts: dict[str, Host] = {}

    @property
    def ssh_config(self) -> Path:
        """The ssh configuration: ``ssh -F``, ``CTYS_SSH_CONFIG``."""
        return self.root / "ssh_config"

    @property
    def hosts(self) -> tuple[Host, ...]:
        """All hosts."""
        return tuple(self._hosts.values())

    def host(self, name: str) -> Host:
        """One host. Raises KeyError."""
        return self._hosts[name]

    async def start(self) -> None:
        """Make the files and listen; a start that fails leaves nothing."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        from ctys_ls.lab import sshd

        await asyncio.get_running_loop().run_in_executor(None, sweep)
        self.root = (self._given_root or new_folder()).absolute()
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        client_key = self.root / "id_ed25519"
        sshd.new_key(client_key, "ctys-ls lab")
        counted = [name for name in self.names if name not in MACHINES]
        for name in self.names:
            number = counted.index(name) if name in counted else 0
            host = Host(name, self.root / "hosts" / name, number=number, **self._settings)  # type: ignore[arg-type]
            self._hosts[name] = host
            await host.start(client_key)
            host.faults.also(self._write_known_hosts)
        user = getpass.getuser()
        text = "".join(
            _CONFIG.format(name=host.name, port=host.port, user=user, root=self.root) for host in self.hosts
        )
        _write_private(self.ssh_config, f"# Simulated Xen hosts (ctys-ls lab).\n{text}")
        self._write_known_hosts()

    def _write_known_hosts(self) -> None:
        known = [host for host in self.hosts if not host.faults.get("unknown-key")]
        lines = "".join(f"[127.0.0.1]:{host.port} {host.public_key}\n" for host in known)
        _write_private(self.root / "known_hosts", lines)

    async def reset(self) -> None:
        """All hosts as new."""
        await asyncio.gather(*(host.reset() for host in self.hosts))

    def clear_faults(self) -> None:
        """Switch off all faults of all hosts."""
        for host in self.hosts:
            host.faults.clear()

    async def stop(self) -> None:
        """End everything: no process, no port, no file stays."""
        await asyncio.gather(*(host.stop() for host in self.hosts))
        await asyncio.get_running_loop().run_in_executor(None, kill_all, str(self.root))
        shutil.rmtree(self.root / "hosts", ignore_errors=True)
        for name in _FILES:
            (self.root / name).unlink(missing_ok=True)
        if self._given_root is None or not any(self.root.iterdir()):
            shutil.rmtree(self.root, ignore_errors=True)
        self._hosts.clear()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def _write_private(path: Path, text: str) -> None:
    """Write a file that only the owner reads, whole or not at all."""
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    new.replace(path)
