"""``python -m bench.console``: a key's way to a guest and back, through the relay and through plain ``ssh -tt``.

Without ``--host`` the host is a real OpenSSH server on loopback, whose guest is a pty that gives each key back; so the
figure is the relay's own share, and a host's real console only makes it smaller. With ``--host HOST --guest GUEST`` it is
a running guest of a real Xen host, which root logs in to without a password: its terminal's own echo of each key.
``CTYS_SSH_CONFIG`` names the ssh configuration that reaches the host. The processor time is that of the process in the
terminal (ssh itself, or the relay).
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import statistics
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from realsshd import Sshd

GOAL = 1.3
#: Gives each key back as a capital, which no terminal on the way does.
_GUEST = "import os,tty; tty.setraw(0); os.write(1,b'ready> ');\nwhile key := os.read(0,1): os.write(1,key.upper())"
_XL = f"""#!/bin/sh
case $1 in
domid) echo 7 ;;
console) exec {sys.executable} -c "{_GUEST}" ;;
esac
"""
#: Seconds for an answer of a host, also of one that is emulated on a busy machine.
_PATIENCE = 120.0
#: Seconds of silence after which a guest is asked again, as a person would press Enter again.
_AGAIN = 5.0
#: Keys of a line, for a terminal takes 4095.
_LINE = 1000


@dataclass(frozen=True, slots=True)
class Way:
    """Medians of one way to a guest, in seconds: there and back, and of processor, for a key."""

    name: str
    key: float
    processor: float


@dataclass(frozen=True, slots=True)
class Found:
    """``ratio`` is the median over pairs that were measured one after the other: a machine is busier now and then."""

    plain: Way
    relay: Way
    ratio: float

    def __str__(self) -> str:
        lines = [
            f"{way.name:<28}{way.key * 1000:>9.3f} ms there and back, {way.processor * 1000:.3f} ms of processor"
            for way in (self.plain, self.relay)
        ]
        return "\n".join([*lines, f"{'ratio':<28}{self.ratio:>9.2f}    goal {GOAL}"])


def main() -> int:
    """Measure and print; exit status 1 where the goal is missed and ``--strict`` is given."""
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    parser.add_argument("--host", default="", help="a real Xen host (by the ssh configuration)")
    parser.add_argument("--guest", default="tst100", help="a running guest of it")
    parser.add_argument("--keys", type=int, default=0, help="for each attachment (300; 60 on a real host)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--strict", action="store_true")
    args = parser.parse_args()
    if args.host:
        config = os.environ.get("CTYS_SSH_CONFIG", "")
        found = measure(args.host, args.guest, config, os.environ, keys=args.keys or 60, runs=args.runs)
    else:
        with _stand_in() as config:
            environ = {**os.environ, "CTYS_SSH_CONFIG": config}
            found = measure("real", "", config, environ, keys=args.keys or 300, runs=args.runs)
    print(f"a key, median of {args.runs} runs\n{found}")
    return 1 if args.strict and found.ratio > GOAL else 0


def measure(
    host: str, guest: str, ssh_config: str, environ: Mapping[str, str], *, keys: int, runs: int
) -> Found:
    """Type ``keys`` keys ``runs`` times on each way, in turn; no ``guest``: the one of the stand-in.

    Raises TimeoutError with the last output where nothing answers.
    """
    ssh = ["ssh", *(["-F", ssh_config] if ssh_config else []), "-tt", host]
    ways = {
        "ssh -tt host xl console": [*ssh, f"xl console {guest or 'guest'}"],
        "ctys-ls console": [sys.executable, "-m", "ctys_ls", "console", f"{host}/{guest or 'guest'}"],
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, argv in ways.items():
            found[name].append(_attach_and_type(argv, environ, keys, real=bool(guest)))
    plain, relay = (
        Way(name, *(statistics.median(each) for each in zip(*values, strict=True)))
        for name, values in found.items()
    )
    pairs = zip(*found.values(), strict=True)
    return Found(plain, relay, statistics.median(ours[0] / theirs[0] for theirs, ours in pairs))


@contextmanager
def _stand_in() -> Iterator[str]:
    """A host on loopback; the path of an ssh configuration that knows it as ``real``."""
    with tempfile.TemporaryDirectory(prefix="ctys-bench-") as place:
        folder = Path(place)
        (folder / "bin").mkdir()
        (folder / "bin/xl").write_text(_XL)
        (folder / "bin/xl").chmod(0o755)
        server = Sshd(folder)
        server.know()
        server.start()
        config = folder / "config"
        config.write_text(server.config())
        try:
            yield str(config)
        finally:
            server.stop()


def _attach_and_type(
    argv: Sequence[str], environ: Mapping[str, str], keys: int, *, real: bool
) -> tuple[float, float]:
    """Seconds from a key to its echo (the median), and seconds of processor for a key."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, {**environ, "TERM": "xterm"})
    termios.tcsetwinsize(fd, (24, 80))
    try:
        if real:
            _log_in(fd)
        else:
            _until(fd, b"> ")
        times, computed = [], _computed(pid)
        for number in range(keys):
            key = b"abcdefgh"[number % 8 : number % 8 + 1]
            begun = time.perf_counter()
            os.write(fd, key)
            _until(fd, key if real else key.upper())
            times.append(time.perf_counter() - begun)
            if real and number % _LINE == _LINE - 1:
                os.write(fd, b"\r")
                _until(fd, b"\n")
        computed = _computed(pid) - computed
        if real:
            _leave(fd)
        return statistics.median(times), computed / keys
    finally:
        os.close(fd)  # The terminal is closed, which ends both.
        os.waitpid(pid, 0)


def _log_in(fd: int) -> None:
    """Come from whatever the console shows (nothing, a login, a prompt) to a program that reads and says nothing."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            # A guest says nothing by itself to who attaches.
            if b"login: " not in _until(fd, b"login: ", b"# ", b"$ ", seconds=_AGAIN):
                break
            os.write(fd, b"root\r")
        except TimeoutError:
            if time.monotonic() > end:
                raise
            os.write(fd, b"\r")
    os.write(fd, b"echo re''ady; cat >/dev/null\r")
    _until(fd, b"\nready\r\n")


def _leave(fd: int) -> None:
    """Give the prompt back and detach before the next one attaches, for a console has room for one."""
    os.write(fd, b"\x03")
    _until(fd, b"# ", b"$ ")
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        os.write(fd, b"\x1d")  # xenconsole knows it only as a read of one byte.
        try:
            _until(fd, seconds=_AGAIN)
        except TimeoutError:
            continue
        except OSError:  # The program has ended, and its terminal with it.
            return
    raise TimeoutError("the console was not left by its detach key")


def _computed(pid: int) -> float:
    """Seconds of processor that a process has had (Linux: nanoseconds in its schedstat)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _until(fd: int, *signs: bytes, seconds: float = _PATIENCE) -> bytes:
    """What comes until one of the signs has come. Raises OSError at the end of the program."""
    seen, end = b"", time.monotonic() + seconds
    while not any(sign in seen for sign in signs):
        ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise TimeoutError(f"none of {signs} came; the last output was {seen[-200:]!r}")
        seen += os.read(fd, 65536)
    return seen


if __name__ == "__main__":
    raise SystemExit(main())
