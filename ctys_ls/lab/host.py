"""One simulated host: its files, its hypervisor, its tools, its port."""

from __future__ import annotations

import asyncio
import getpass
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ctys_ls.lab import content, standins
from ctys_ls.lab.child import MARK
from ctys_ls.lab.faults import Faults
from ctys_ls.lab.folders import new_folder
from ctys_ls.lab.gate import Gate
from ctys_ls.lab.hypervisor import Domain, Hypervisor
from ctys_ls.lab.tools.call import Hardware, Machine
from ctys_ls.lab.toolserver import ToolServer
from ctys_ls.lab.vnc import VncServer

if TYPE_CHECKING:
    from ctys_ls.lab.sshd import Site

#: The longest path of a unix socket that every system takes (sun_path, less its NUL).
_SOCKET_PATH = 100


class Host:
    """A host of a lab. ``faults``, ``domains`` and ``home`` are what tests use."""

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        number: int,
        toolstack: str,
        ambiguous: bool,
        hardware: Hardware,
        pace: float,
    ) -> None:
        self.name = name
        self.folder = folder
        self.toolstack = toolstack
        self.home = folder / "home"
        self.faults = Faults(self._changed)
        self.hypervisor = Hypervisor(hardware.memory, pace=pace)
        counted = (f"192.168.1.{71 + number}", f"00:0e:0c:35:f8:{0x48 + number:02x}")
        address, mac = content.MACHINES.get(name, counted)
        self.machine = Machine(
            name,
            self.home,
            self.hypervisor,
            self.faults,
            address=address,
            hardware=hardware,
            mac=mac,
        )
        self._ambiguous = ambiguous
        self._bin, self._flags = folder / "bin", folder / "flags"
        self._gate = Gate(self._serve)
        self._tools: ToolServer | None = None
        self._sockets: Path | None = None
        self._options: dict[bool, object] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- what it shows

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self._gate.port

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return self._gate.connections

    @property
    def domains(self) -> dict[str, Domain]:
        """The running guests by name."""
        return {domain.name: domain for domain in self.hypervisor.domains.values()}

    @property
    def public_key(self) -> str:
        """The host key as known_hosts has it: algorithm and key."""
        return " ".join((self.folder / "host_key.pub").read_text().split()[:2])

    def conf(self, label: str) -> Path:
        """The configuration file of a guest of the use-case page."""
        return self.home / "xen" / "tst-ctys" / label / f"{label}.conf"

    def cut_connections(self) -> None:
        """Break all connections that there are; new ones are taken."""
        self._in_loop(self._gate.cut)

    # -- its life

    async def start(self, client_key: Path) -> None:
        """Write its files and listen."""
        from ctys_ls.lab import sshd

        self._loop = asyncio.get_running_loop()
        for folder in (self.folder, self._bin, self._flags):
            folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        socket_path = self.folder / "tools.sock"
        if len(str(socket_path)) > _SOCKET_PATH:
            self._sockets = new_folder()
            socket_path = self._sockets / "tools.sock"
        machine = self.machine
        standins.install(
            self._bin, socket_path, self._flags,
            toolstack=self.toolstack, name=self.name, domain=machine.dns_domain, address=machine.address,
            user=getpass.getuser(),
        )  # fmt: skip
        self._furnish()
        for changed in (False, True):
            key = self.folder / ("other_host_key" if changed else "host_key")
            sshd.new_key(key, f"{self.name} (simulated)")
            self._options[changed] = await sshd.server_options(key, client_key)
        self._tools = ToolServer(machine, socket_path)
        await self._tools.start()
        self._gate.open()

    def _furnish(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(mode=0o700)
        content.furnish(self.home, self.name, self._bin, ambiguous=self._ambiguous)

    async def stop(self) -> None:
        """End connections, tools and domains."""
        await self._gate.close()
        if self._tools is not None:
            await self._tools.stop()
        await self.hypervisor.close()
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)

    async def reset(self) -> None:
        """As new: no faults, no guests, no connections, the first contents of HOME."""
        self.faults.clear()
        self._gate.cut()
        await self.hypervisor.restart()
        self.machine.processes.clear()
        self.machine.guest_ports.clear()
        self._furnish()

    # -- faults

    def _changed(self) -> None:
        self._in_loop(self._apply)

    def _in_loop(self, act: Callable[[], None]) -> None:
        """Run ``act`` in the host's loop, and return when it is done, from whichever thread."""
        if self._loop is None or not self._loop.is_running():
            act()
            return
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            act()
        else:
            asyncio.run_coroutine_threadsafe(_as_coroutine(act), self._loop).result(10)

    def _apply(self) -> None:
        standins.show_faults(self._bin, self._flags, self.faults)
        if self.faults.get("refused"):
            self._gate.refuse()
        else:
            self._gate.open()
        self._gate.freeze(self.faults.get("silent") is not None)

    async def _serve(self, sock: socket.socket, cut: asyncio.Event) -> None:
        from ctys_ls.lab import sshd

        options = self._options[self.faults.get("changed-key") is not None]
        await sshd.serve(sock, options, self._site(), cut)

    def _site(self) -> Site:
        from ctys_ls.lab.sshd import Site

        user = getpass.getuser()
        bash = shutil.which("bash", path="/bin:/usr/bin:/usr/local/bin")
        environment = {
            MARK: str(self.folder.parent.parent),
            "HOME": str(self.home),
            "LOGNAME": user,
            "PATH": f"{self._bin}:/usr/local/bin:/usr/bin:/bin",
            "SHELL": bash or "/bin/sh",
            "SSH_CONNECTION": f"127.0.0.1 0 127.0.0.1 {self.port}",
            "USER": user,
        }
        shell = (bash, "--login") if bash else ("/bin/sh", "-l")
        motd = content.MOTD.format(name=self.name)
        screens = VncServer(self.hypervisor)
        return Site(
            self.name, self.home, environment, shell, motd, self.faults, screens, self.machine.guest_ports
        )


async def _as_coroutine(act: Callable[[], None]) -> None:
    act()
