"""``python -m bench.console``: a key's way to a guest and back, through the relay and through plain ``ssh -tt``.

Without ``--host`` the host is a real OpenSSH server on loopback, whose guest is a pty that gives each key back; so the
figure is the relay's own share, and a host's real console only makes it smaller. With ``--host HOST --guest GUEST`` it is
a real guest at a shell prompt. The processor time is that of the process in the terminal (ssh itself, or the relay).
"""

from __future__ import annotations

import argparse
import contextlib
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
_PATIENCE = 60.0
#: Seconds that plain ssh gets to attach to a real guest; it says nothing of it.
_ATTACHES = 10.0


def main() -> int:
    """Measure and print; exit status 1 where the goal is missed and ``--strict`` is given."""
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    parser.add_argument("--host", default="", help="a real Xen host (by the ssh configuration)")
    parser.add_argument("--guest", default="tst100")
    parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--strict", action="store_true")
    args = parser.parse_args()
    with _host(args.host) as (host, ssh, environ):
        ways = {
            "ssh -tt host xl console": [*ssh, "-tt", host, "xl", "console", args.guest],
            "ctys-ls console": [sys.executable, "-m", "ctys_ls", "console", f"{host}/{args.guest}"],
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(args.runs):
            for name, argv in ways.items():
                found[name].append(_keys(argv, environ, args.keys, real=bool(args.host)))
    print(f"a key, median of {args.runs} runs")
    for name, values in found.items():
        way, computed = (statistics.median(each) * 1000 for each in zip(*values, strict=True))
        print(f"{name:<28}{way:>9.3f} ms there and back, {computed:.3f} ms of processor")
    # Pair by pair, for the machine is busier in one round than in the next.
    plain, relay = found.values()
    ratio = statistics.median(ours[0] / theirs[0] for ours, theirs in zip(relay, plain, strict=True))
    print(f"{'ratio':<28}{ratio:>9.2f}    goal {GOAL}")
    return 1 if args.strict and ratio > GOAL else 0


@contextmanager
def _host(name: str) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """A host, the ssh that reaches it, and the environment for the relay."""
    if name:
        config = os.environ.get("CTYS_SSH_CONFIG")
        yield name, ["ssh", *(["-F", config] if config else [])], dict(os.environ)
        return
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
            yield "real", ["ssh", "-F", str(config)], {**os.environ, "CTYS_SSH_CONFIG": str(config)}
        finally:
            server.stop()


def _keys(argv: Sequence[str], environ: Mapping[str, str], keys: int, *, real: bool) -> tuple[float, float]:
    """Seconds from a key to its echo (the median), and seconds of processor for a key."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, {**environ, "TERM": "xterm"})
    termios.tcsetwinsize(fd, (24, 80))
    try:
        if real:
            # A guest says nothing by itself to who attaches; it is logged in, and answers Enter with its prompt.
            _until(fd, b"\n") if argv[0] != "ssh" else time.sleep(_ATTACHES)
            os.write(fd, b"\r")
        _until(fd, b"> ", b"# ")
        times, computed = [], _computed(pid)
        for number in range(keys):
            key = b"abcdefgh"[number % 8 : number % 8 + 1]
            answer = key if real else key.upper()
            begun = time.perf_counter()
            os.write(fd, key)
            _until(fd, answer)
            times.append(time.perf_counter() - begun)
        computed = _computed(pid) - computed
        if real:
            # Detached before the next one attaches, for a console has room for one.
            os.write(fd, b"\x1d")
            with contextlib.suppress(OSError):
                _until(fd, b"never said")
        return statistics.median(times), computed / keys
    finally:
        os.close(fd)  # The terminal is closed, which ends both.
        os.waitpid(pid, 0)


def _computed(pid: int) -> float:
    """Seconds of processor that a process has had (Linux: nanoseconds in its schedstat)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _until(fd: int, *signs: bytes) -> None:
    """Read until one of the signs has come; a login prompt of a guest is logged in to by hand before."""
    seen, end = b"", time.monotonic() + _PATIENCE
    while not any(sign in seen for sign in signs):
        ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise TimeoutError(f"none of {signs} came; the last output was {seen[-200:]!r}")
        seen += os.read(fd, 65536)


if __name__ == "__main__":
    raise SystemExit(main())
