"""The toy system inside a simulated guest: boot text, a login prompt, a shell with a handful of commands.

It is made to be driven by people and by tests of consoles, and says in its first line that it is a simulation.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Callable
from enum import IntEnum

from ctys_ls.lab.console import Console
from ctys_ls.lab.guest import GuestConfig

BANNER = "SIMULATED GUEST (ctys-ls lab), no real machine"
_BOOT = (
    "Linux version 6.1.0-simulated ({banner})",
    "Command line: {cmdline}",
    "Xen: using vcpu_info placement, {vcpus} VCPU, {memory} MiB",
    "xenbus: probing frontends",
    "eth0: link up, address {ip}",
    "systemd[1]: Reached target Multi-User System.",
)
_HELP = "echo hostname uname id date flood crash poweroff halt reboot exit help"


class End(IntEnum):
    """Why a guest stopped; Xen's shutdown reason codes (``SHUTDOWN_*`` in public/sched.h)."""

    POWEROFF = 0
    REBOOT = 1
    SUSPEND = 2
    CRASH = 3


class GuestSystem:
    """One running system. ``run`` ends when the guest ends, and returns why."""

    def __init__(self, config: GuestConfig, console: Console, boot_seconds: float) -> None:
        self._config = config
        self._console = console
        self._boot_seconds = boot_seconds
        self._asked: asyncio.Queue[End] = asyncio.Queue()
        self.booted = asyncio.Event()
        self.powered = asyncio.Event()
        self.powered.set()

    @property
    def _has_root(self) -> bool:
        """A kernel with neither ramdisk nor disk finds no root and panics; a boot loader as kernel lives on."""
        config = self._config
        return bool(config.ramdisk or config.disks or "grub" in config.kernel)

    def ask(self, end: End) -> None:
        """The hypervisor asks for a shutdown or reboot; a guest that still boots does it when it has booted."""
        self._asked.put_nowait(end)

    async def run(self, *, resumed: bool = False) -> End:
        """Boot (unless ``resumed`` from a saved state) and serve the console. Returns why it ended."""
        if not resumed:
            await self._boot()
            if not self._has_root:
                self._console.write("Kernel panic - not syncing: VFS: Unable to mount root fs (simulated)\n")
                return End.CRASH
        self.booted.set()
        work = asyncio.ensure_future(self._terminal(resumed=resumed))
        asked = asyncio.ensure_future(self._asked.get())
        try:
            done, _ = await asyncio.wait((work, asked), return_when=asyncio.FIRST_COMPLETED)
            end = (asked if asked in done else work).result()
        finally:
            work.cancel()
            asked.cancel()
            await asyncio.wait((work, asked))
        await self._go_down(end)
        return end

    async def _boot(self) -> None:
        config = self._config
        facts = {
            "banner": BANNER,
            "cmdline": config.cmdline,
            "vcpus": config.vcpus,
            "memory": config.memory,
            "ip": config.ip or "(none)",
        }
        for line in _BOOT:
            await asyncio.sleep(self._boot_seconds / len(_BOOT))
            await self.powered.wait()
            self._console.write(line.format(**facts) + "\n")

    async def _go_down(self, end: End) -> None:
        if end is End.CRASH:
            self._console.write("\nKernel panic - not syncing: simulated crash\n")
            return
        self._console.write("\nsystemd[1]: Stopping all services (simulated)\n")
        await asyncio.sleep(self._boot_seconds / 3)
        self._console.write("reboot: Restarting system\n" if end is End.REBOOT else "reboot: Power down\n")

    async def _terminal(self, *, resumed: bool) -> End:
        lines = _Lines(self._console, self.powered)
        silent = resumed
        while True:
            user = await self._login(lines, silent=silent)
            silent = False
            if (end := await self._shell(lines, user)) is not None:
                return end

    async def _login(self, lines: _Lines, *, silent: bool) -> str:
        host = self._config.name
        while True:
            if not silent:
                self._console.write(f"\n{BANNER}\nLog in as root, without a password.\n\n{host} login: ")
            silent = False
            user = await lines.read()
            if not user:
                continue
            if user == "root":
                return user
            self._console.write("Password: ")
            if await lines.read(echo=False):
                return user
            self._console.write("\nLogin incorrect\n")

    async def _shell(self, lines: _Lines, user: str) -> End | None:
        sign = "#" if user == "root" else "$"
        while True:
            self._console.write(f"[{user}@{self._config.name} ~]{sign} ")
            line = await lines.read()
            try:
                words = shlex.split(line)
            except ValueError as error:
                self._console.write(f"sh: {error}\n")
                continue
            if not words:
                continue
            if words[0] in ("exit", "logout"):
                return None
            if (end := _ENDS.get(words[0])) is not None:
                return end
            if words[0] == "flood":
                await self._flood(int(words[1]) if words[1:] and words[1].isdigit() else 10)
            else:
                self._console.write(_answer(words, user, self._config))

    async def _flood(self, megabytes: int) -> None:
        """Print so many MB (10^6 bytes), numbered lines of 100 bytes, as fast as the client reads."""
        for first in range(0, megabytes * 10_000, 500):
            block = b"".join(b"%09d %s\r\n" % (n, b"=" * 88) for n in range(first, first + 500))
            self._console.write(block)
            await self._console.drain()
            await asyncio.sleep(0)
        self._console.write("flood: done\n")


_ENDS = {"poweroff": End.POWEROFF, "halt": End.POWEROFF, "reboot": End.REBOOT, "crash": End.CRASH}


def _answer(words: list[str], user: str, config: GuestConfig) -> str:
    answers: dict[str, Callable[[], str]] = {
        "echo": lambda: " ".join(words[1:]),
        "hostname": lambda: config.name,
        "uname": lambda: (
            f"Linux {config.name} 6.1.0-simulated x86_64 GNU/Linux" if words[1:] == ["-a"] else "Linux"
        ),
        "id": lambda: f"uid={0 if user == 'root' else 1000}({user})",
        "date": lambda: "a simulated guest has no clock",
        "help": lambda: _HELP,
    }
    answer = answers.get(words[0], lambda: f"sh: {words[0]}: not found (a simulated guest knows: {_HELP})")
    return answer() + "\n"


class _Lines:
    """The terminal's line discipline: echo, erase, kill, interrupt; CR ends a line."""

    def __init__(self, console: Console, powered: asyncio.Event) -> None:
        self._console = console
        self._powered = powered
        self._keys = self._characters()

    async def _characters(self) -> AsyncIterator[str]:
        while True:
            data = await self._console.read()
            await self._powered.wait()
            # Escape sequences of arrow keys and of cursor reports mean nothing to this terminal.
            for character in re.sub(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|.)", "", data.decode(errors="replace")):
                yield character

    async def read(self, *, echo: bool = True) -> str:
        """The next line without its end; ^C and ^D give the empty line."""
        line = ""
        async for key in self._keys:
            if key in "\r\n":
                self._console.write("\n")
                return line
            if key in "\x03\x04":
                self._console.write("^C\n" if key == "\x03" else "\n")
                return ""
            if key in "\x7f\b":
                if line and echo:
                    self._console.write("\b \b")
                line = line[:-1]
            elif key == "\x15":
                self._console.write("\b \b" * len(line) if echo else "")
                line = ""
            elif key.isprintable():
                line += key
                self._console.write(key if echo else "")
        return line
