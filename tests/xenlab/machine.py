"""One QEMU process that is a Xen host: booted from the image, or woken from the state of one that was booted before."""

import contextlib
import hashlib
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from xenlab import qmp

#: "qemu64" because dom0 dies in early boot on the "max" model; two CPUs because xl's latency falls to a third.
MACHINE = ["-M", "pc", "-accel", "tcg", "-cpu", "qemu64,+npt", "-m", "2560", "-smp", "2"]
XEN_ARGS = "console=com1 com1=115200,8n1 dom0_mem=1280M,max:1280M dom0_max_vcpus=1 dom0_vcpus_pin spec-ctrl=no xpti=0"
LINUX_ARGS = "console=hvc0 mitigations=off quiet loglevel=4 rdinit=/init"
#: Seconds for the memory of a host to be written or read.
_STATE_SECONDS = 120


def kind_of_machine() -> str:
    """A word for this QEMU and these arguments: a state that was saved fits no other."""
    version = subprocess.run(
        ["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return hashlib.sha256(repr((version, MACHINE, XEN_ARGS, LINUX_ARGS)).encode()).hexdigest()[:16]


@dataclass
class Machine:
    """``folder`` takes the serial log and the control socket; ``image`` holds the parts of ``xenlab.image``."""

    name: str
    folder: Path
    image: Path
    port: int = 0
    _qemu: subprocess.Popen | None = field(default=None, repr=False)

    @property
    def log(self) -> str:
        """What the machine printed on its serial line since it was started or woken."""
        path = self.folder / "serial.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def ended(self) -> str | None:
        """What QEMU said as it ended; None while it runs."""
        if self._qemu is not None and self._qemu.poll() is None:
            return None
        return f"QEMU ended: {(self.folder / 'qemu.err').read_text()}"

    def boot(self, initrd: Path) -> None:
        """Start from the image; ``initrd`` is dom0's root with the host's keys behind it."""
        self._start(initrd, ())

    def wake(self, state: Path) -> None:
        """Go on from a saved state. Raises RuntimeError where QEMU does not take it."""
        self._start(None, ("-incoming", f"exec:zstd -dcq {state}"))
        self._await({"paused", "prelaunch"}, "the saved state to be read")
        self._ask("cont")

    def freeze(self, state: Path) -> None:
        """Save the whole machine to ``state`` and end it. Raises RuntimeError where that fails."""
        self._ask("stop")
        self._ask("migrate-set-parameters", **{"max-bandwidth": 1 << 34})
        self._ask("migrate", uri=f"exec:zstd -1 -q -f -o {state}")
        self._await({"postmigrate"}, "the state to be written")
        self.stop()

    def _start(self, initrd: Path | None, more: tuple[str, ...]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        # A woken host has its kernels in its memory; QEMU only wants something in their place.
        modules = str(self.image / "xen")
        if initrd is not None:
            modules = f"{self.image / 'vmlinux'} {LINUX_ARGS} xenhost={self.name},{initrd}"
        self._qemu = subprocess.Popen(
            [
                "qemu-system-x86_64", "-name", self.name, *MACHINE, "-nodefaults", "-display", "none", "-no-reboot",
                "-serial", f"file:{self.folder}/serial.log",
                "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
                "-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{self.port}-:22",
                "-device", "virtio-net-pci,netdev=n0,romfile=",
                "-kernel", str(self.image / "xen"), "-append", XEN_ARGS, "-initrd", modules, *more,
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(self.folder / "qemu.err").open("w"),
        )  # fmt: skip

    def _ask(self, execute: str, **arguments: object) -> dict:
        return qmp.command(self.folder / "qmp", execute, **arguments)

    def _await(self, wanted: set[str], what: str) -> None:
        deadline = time.monotonic() + _STATE_SECONDS
        status = ""
        while time.monotonic() < deadline:
            if self.ended:
                raise RuntimeError(f"{self.name}: waiting for {what}: {self.ended}")
            with contextlib.suppress(OSError, ValueError):
                status = self._ask("query-status")["status"]
            if status in wanted:
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name}: waiting for {what}: still {status!r}")

    def pull_the_plug(self) -> None:
        """End it as a power cut would."""
        if self._qemu:
            self._qemu.send_signal(signal.SIGKILL)
            self._qemu.wait()
            self._qemu = None

    def stop(self) -> None:
        """End the machine; nothing of it goes on."""
        if self._qemu is None:
            return
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            self._ask("quit")
        try:
            self._qemu.wait(10)
        except subprocess.TimeoutExpired:
            self.pull_the_plug()
        self._qemu = None
