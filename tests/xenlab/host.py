"""A real Xen host in QEMU under plain emulation, reached by ssh on a loopback port."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from xenlab import qmp
from xenlab.image import built_image

#: "qemu64" because dom0 dies in early boot on the "max" model; two CPUs because xl's latency falls to a third.
MACHINE = ["-M", "pc", "-accel", "tcg", "-cpu", "qemu64", "-m", "2560", "-smp", "2"]
XEN_ARGS = "console=com1 com1=115200,8n1 dom0_mem=1280M,max:1280M dom0_max_vcpus=1 dom0_vcpus_pin spec-ctrl=no xpti=0"
CRASH = re.compile(rb"Dom0 crashed|Panic on CPU|Kernel panic")


@dataclass
class XenHost:
    """One host; ``folder`` holds its keys, log and sockets. Nothing of it outlives :meth:`stop`."""

    name: str
    folder: Path
    limit: float = 240.0
    port: int = 0
    _qemu: subprocess.Popen | None = field(default=None, repr=False)

    @property
    def log(self) -> str:
        """What the machine printed on its serial line: Xen's and dom0's boot, and the reason if it died."""
        path = self.folder / "serial.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Boot and wait until ssh answers; raises with the serial log when the host does not come up."""
        image = built_image()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make_keys()
        self._initrd(image / "dom0.cpio")
        self.port = _free_port()
        linux = f"console=hvc0 mitigations=off quiet loglevel=4 rdinit=/init xenhost={self.name}"
        self._qemu = subprocess.Popen(
            [
                "qemu-system-x86_64", "-name", self.name, *MACHINE, "-nodefaults", "-display", "none", "-no-reboot",
                "-serial", f"file:{self.folder}/serial.log",
                "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
                "-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{self.port}-:22",
                "-device", "virtio-net-pci,netdev=n0,romfile=",
                "-kernel", str(image / "xen"), "-append", XEN_ARGS,
                "-initrd", f"{image / 'vmlinux'} {linux},{self.folder / 'dom0.cpio'}",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(self.folder / "qemu.err").open("w"),
        )  # fmt: skip
        self._write_ssh_config()
        self._wait_for_ssh()

    def ssh(self, command: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a command in dom0 over a connection of its own: how a test asks the host itself."""
        return subprocess.run(
            ["ssh", "-F", self.folder / "ssh_config", "-o", "ConnectTimeout=5", self.name, command],
            capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def pull_the_plug(self) -> None:
        """End the host as a power cut would."""
        if self._qemu:
            self._qemu.send_signal(signal.SIGKILL)
            self._qemu.wait()
            self._qemu = None

    def stop(self) -> None:
        """End the machine and remove what it left."""
        if self._qemu:
            with contextlib.suppress(OSError, ValueError, RuntimeError):
                qmp.command(self.folder / "qmp", "quit")
            try:
                self._qemu.wait(10)
            except subprocess.TimeoutExpired:
                self.pull_the_plug()
            self._qemu = None
        (self.folder / "dom0.cpio").unlink(missing_ok=True)

    def config_lines(self) -> str:
        """The host's entry of an ssh configuration."""
        return "\n".join(
            (
                f"Host {self.name}",
                "  HostName 127.0.0.1",
                f"  Port {self.port}",
                "  User root",
                f"  IdentityFile {self.folder}/id_ed25519",
                "  IdentitiesOnly yes",
                f"  UserKnownHostsFile {self.folder}/known_hosts",
                "  StrictHostKeyChecking yes",
                "",
            )
        )

    def _make_keys(self) -> None:
        for name in ("id_ed25519", "ssh_host_ed25519_key"):
            if not (self.folder / name).exists():
                subprocess.run(
                    [
                        "ssh-keygen",
                        "-q",
                        "-t",
                        "ed25519",
                        "-N",
                        "",
                        "-C",
                        self.name,
                        "-f",
                        self.folder / name,
                    ],
                    check=True,
                )

    def _initrd(self, image: Path) -> None:
        """The image with this host's keys behind it: Linux unpacks archives that follow one another."""
        tree = self.folder / "keys"
        shutil.rmtree(tree, ignore_errors=True)
        (tree / "etc/ssh").mkdir(parents=True)
        (tree / "root/.ssh").mkdir(parents=True, mode=0o700)
        (tree / "root").chmod(0o700)
        shutil.copy(self.folder / "ssh_host_ed25519_key", tree / "etc/ssh")
        shutil.copy(self.folder / "ssh_host_ed25519_key.pub", tree / "etc/ssh")
        shutil.copy(self.folder / "id_ed25519.pub", tree / "root/.ssh/authorized_keys")
        names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
        packed = subprocess.run(
            ["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"],
            cwd=tree, input=names.encode(), capture_output=True, check=True,
        ).stdout  # fmt: skip
        shutil.copy(image, self.folder / "dom0.cpio")
        with (self.folder / "dom0.cpio").open("ab") as archive:
            archive.write(b"\0" * (-archive.tell() % 512) + packed)

    def _write_ssh_config(self) -> None:
        key = (self.folder / "ssh_host_ed25519_key.pub").read_text().split()[:2]
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {' '.join(key)}\n")
        (self.folder / "ssh_config").write_text(self.config_lines())

    def _wait_for_ssh(self) -> None:
        deadline = time.monotonic() + self.limit
        while self.ssh("true").returncode:
            assert self._qemu
            if self._qemu.poll() is not None:
                raise RuntimeError(
                    f"QEMU ended: {(self.folder / 'qemu.err').read_text()}\n{self.log[-3000:]}"
                )
            if CRASH.search(self.log.encode()) or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the Xen host {self.name} did not come up:\n{self.log[-3000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def missing_parts() -> list[str]:
    """What this machine lacks for a Xen host, as Debian package names."""
    programs = {
        "qemu-system-x86_64": "qemu-system-x86", "mmdebstrap": "mmdebstrap", "cpio": "cpio", "ssh": "openssh-client",
        "modprobe": "kmod", "ssh-keygen": "openssh-client",
    }  # fmt: skip
    absent = [package for program, package in programs.items() if not shutil.which(program)]
    return absent + ([] if os.geteuid() == 0 else ["root"])
