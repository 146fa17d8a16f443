"""A real Xen host in QEMU under plain emulation, reached by ssh on a loopback port.

A host is booted once for an image (about 20 s) and frozen as it is when its boot is over; every start wakes a copy of
that (about 4 s). The frozen host lies with its keys beside the image in the cache, readable by its owner only.
"""

import os
import re
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from xenlab.image import built_image, locked
from xenlab.machine import Machine, kind_of_machine

CRASH = re.compile(r"Dom0 crashed|Panic on CPU|Kernel panic")
#: Seconds until a booting host must answer; 15 to 25 on a quiet machine, several times that on a busy one.
BOOT_SECONDS = 240.0
#: One connection is kept for what tests ask; it ends with the machine.
_KEPT = ("-o", "ConnectTimeout=5", "-o", "ControlMaster=auto", "-o", "ControlPersist=yes", "-o")
#: Where a host keeps guests that were saved before it was frozen, without a screen and with one (files/save-guests).
SAVES = "/var/lib/xen/save"
SAVED = ("text", "screen")
#: Seconds for that.
_SAVE_SECONDS = 480.0
_KEYS = ("id_ed25519", "ssh_host_ed25519_key")


@dataclass
class XenHost:
    """One host; ``folder`` holds its log, sockets and ssh files. Nothing of it outlives :meth:`stop`."""

    name: str
    folder: Path
    machine: Machine = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.machine = Machine(self.name, self.folder, built_image())

    @property
    def log(self) -> str:
        """The serial line: of the boot that was frozen, then of this host."""
        boot = frozen(self.name) / "serial.log"
        return (boot.read_text(errors="replace") if boot.exists() else "") + self.machine.log

    def start(self) -> None:
        """Wake the host and wait until ssh answers; raises with the serial log when it does not come up."""
        origin = frozen(self.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in _KEYS:
            shutil.copy(origin / name, self.folder / name)
        self.machine.wake(origin / "state.zst")
        self._write_ssh_files(origin)
        # The host's clock stood still.
        _wait_for_ssh(self.machine, self.ssh, f"date -s @{int(time.time())}")

    def ssh(
        self, command: str, timeout: float = 60.0, user: str = "root"
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in dom0 over the test's own connection: how it asks the host itself."""
        return subprocess.run(
            ["ssh", "-F", self.folder / "ssh_config", *_KEPT, f"ControlPath={self.folder}/%r", "-l", user,
             self.name, command],
            capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def pull_the_plug(self) -> None:
        """End the host as a power cut would."""
        self.machine.pull_the_plug()

    def stop(self) -> None:
        """End the host."""
        self.machine.stop()

    def config_lines(self, user: str = "root") -> str:
        """The host's entry of an ssh configuration."""
        return _entry(self.name, self.machine.port, self.folder, user)

    def _write_ssh_files(self, origin: Path) -> None:
        key = (origin / "ssh_host_ed25519_key.pub").read_text().split()[:2]
        guests = (origin / "guest.pub").read_text().split()[:2]
        lines = [f"[127.0.0.1]:{self.machine.port} {' '.join(key)}"]
        lines += [f"192.168.1.22{number} {' '.join(guests)}" for number in range(5)]
        (self.folder / "known_hosts").write_text("\n".join(lines) + "\n")
        (self.folder / "ssh_config").write_text(self.config_lines())


def _entry(name: str, port: int, folder: Path, user: str) -> str:
    return "\n".join(
        (
            f"Host {name}",
            "  HostName 127.0.0.1",
            f"  Port {port}",
            f"  User {user}",
            f"  IdentityFile {folder}/id_ed25519",
            "  IdentitiesOnly yes",
            f"  UserKnownHostsFile {folder}/known_hosts",
            "  StrictHostKeyChecking yes",
            "  ConnectTimeout 60",
            "",
        )
    )


def frozen(name: str) -> Path:
    """The folder of a host that was booted and frozen: its state, keys, serial log and its guests' host key."""
    folder = built_image() / f"frozen-{kind_of_machine()}" / name
    if (folder / "state.zst").exists():
        return folder
    with locked(name):
        if not (folder / "state.zst").exists():
            fresh = folder.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True, mode=0o700)
            _boot_and_freeze(name, fresh)
            fresh.rename(folder)
    return folder


def _boot_and_freeze(name: str, folder: Path) -> None:
    machine = Machine(name, folder, built_image())
    for key in _KEYS:
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / key], check=True
        )
    initrd = folder / "dom0.cpio"
    _add_keys(machine.image / "dom0.cpio", folder, initrd)
    machine.boot(initrd)
    try:
        public = (folder / "ssh_host_ed25519_key.pub").read_text().split()[:2]
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{machine.port} {' '.join(public)}\n")
        (folder / "ssh_config").write_text(_entry(name, machine.port, folder, "root"))

        def ask(command: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["ssh", "-F", folder / "ssh_config", "-o", "ConnectTimeout=5", name, command],
                capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip

        done = _wait_for_ssh(machine, ask, "cat /run/guest.pub")
        key = next(line for line in done.stdout.splitlines() if line.startswith("ssh-ed25519 "))
        (folder / "guest.pub").write_text(f"{key}\n")
        saving = ask("save-guests", _SAVE_SECONDS)
        if saving.returncode:
            raise RuntimeError(f"{name}: no guests were saved: {saving.stderr or saving.stdout}")
        machine.freeze(folder / "state.tmp")
        (folder / "state.tmp").rename(folder / "state.zst")
    finally:
        machine.stop()
        initrd.unlink()


def _add_keys(image: Path, folder: Path, initrd: Path) -> None:
    """The image with this host's keys behind it: Linux unpacks archives that follow one another."""
    tree = folder / "keys"
    (tree / "etc/ssh").mkdir(parents=True)
    shutil.copy(folder / "ssh_host_ed25519_key", tree / "etc/ssh")
    shutil.copy(folder / "ssh_host_ed25519_key.pub", tree / "etc/ssh")
    shutil.copy(folder / "id_ed25519.pub", tree / "etc/ssh/authorized_keys")
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    packed = subprocess.run(
        ["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"],
        cwd=tree, input=names.encode(), capture_output=True, check=True,
    ).stdout  # fmt: skip
    shutil.rmtree(tree)
    shutil.copy(image, initrd)
    with initrd.open("ab") as archive:
        archive.write(b"\0" * (-archive.tell() % 512) + packed)


def _wait_for_ssh(machine: Machine, ask, command: str) -> subprocess.CompletedProcess[str]:
    """The answer to ``command`` as soon as there is one; a host that died or stays silent raises with its log."""
    deadline = time.monotonic() + BOOT_SECONDS
    while True:
        done = ask(command)
        if done.returncode == 0:
            return done
        if machine.ended:
            raise RuntimeError(f"{machine.name}: {machine.ended}\n{machine.log[-3000:]}")
        if CRASH.search(machine.log) or time.monotonic() > deadline:
            machine.stop()
            raise RuntimeError(
                f"the Xen host {machine.name} did not come up ({done.stderr.strip()}):\n{machine.log[-3000:]}"
            )


def missing_parts() -> list[str]:
    """What this machine lacks for a Xen host, as Debian package names."""
    programs = {
        "qemu-system-x86_64": "qemu-system-x86", "mmdebstrap": "mmdebstrap", "cpio": "cpio", "ssh": "openssh-client",
        "modprobe": "kmod", "ssh-keygen": "openssh-client", "zstd": "zstd", "mke2fs": "e2fsprogs", "openssl": "openssl",
    }  # fmt: skip
    absent = [package for program, package in programs.items() if not shutil.which(program)]
    return absent + ([] if os.geteuid() == 0 else ["root"])


def prepare(names: tuple[str, ...]) -> None:
    """Have the hosts built, booted and frozen, so that no test waits for it. Does nothing where something is missing."""
    if not missing_parts():
        with ThreadPoolExecutor() as pool:
            list(pool.map(frozen, names))
