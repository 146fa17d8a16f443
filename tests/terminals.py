"""Programs in real terminals: a pty with pexpect, and tmux where the screen itself is read back."""

import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import psutil
from needs import need_program

BIN = Path(sys.executable).parent
PATIENCE = 20
#: What the relay says at its end.
DETACHED = "detached from tst100 on lab00; it runs on"


def until(look, what, seconds=PATIENCE):
    """The first true answer of ``look``, asked again and again within a bound."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"within {seconds} s there was no {what}; the last look gave {found!r}")
        time.sleep(0.05)


def environment(home, ssh_config=None, **more):
    """What a program is started with: a HOME of its own, our programs first in PATH."""
    (Path(home) / "run").mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
    named = {"CTYS_SSH_CONFIG": str(ssh_config)} if ssh_config else {}
    return {
        **kept, "HOME": str(home), "XDG_RUNTIME_DIR": f"{home}/run", "PATH": f"{BIN}:{os.environ['PATH']}", "TERM": "xterm", **named, **more,
    }  # fmt: skip


def run(argv, env, **options):
    """Run a program without a terminal: pipes, and no controlling terminal either."""
    return subprocess.run(
        argv, env=env, capture_output=True, text=True, timeout=60, start_new_session=True, stdin=subprocess.DEVNULL, **options
    )  # fmt: skip


class Pty:
    """A program in a terminal of ``rows`` by ``columns``."""

    def __init__(self, argv, env, rows=30, columns=100, echo=True, encoding="utf-8"):
        self.child = pexpect.spawn(
            argv[0], list(argv[1:]), env=env, timeout=PATIENCE, dimensions=(rows, columns), echo=echo, encoding=encoding
        )  # fmt: skip
        # A person needs no pause before a key either.
        self.child.delaybeforesend = None
        self.seen = ""
        self.enter = "\n" if env["TERM"] == "dumb" else "\r"

    def see(self, pattern):
        """Wait for ``pattern``; returns what stood before it and itself."""
        self.child.expect(pattern)
        text = self.child.before + self.child.after
        self.seen += text
        return text

    def type(self, text):
        self.child.send(text)

    def line(self, text):
        self.child.send(text + self.enter)

    def log_in(self):
        """Get a shell prompt in a simulated guest: press Enter until it answers."""
        self.see(r"detach with \^\]\r\n")
        for _ in range(PATIENCE):
            self.type(self.enter)
            found = self.child.expect([r"# ", r"login: ", pexpect.TIMEOUT], timeout=1)
            if found == 1:
                self.line("root")
                self.see("# ")
                return
            if found == 0:
                return
        raise AssertionError("the guest did not answer")

    def end(self):
        """Wait for the program's own end; its exit status."""
        self.child.expect(pexpect.EOF)
        self.seen += self.child.before
        self.child.wait()
        return self.child.exitstatus if self.child.signalstatus is None else -self.child.signalstatus

    def close(self):
        self.child.close(force=True)


class Tmux:
    """A program in a tmux window; ``screen`` is what a person would see."""

    def __init__(self, argv, env, rows=30, columns=100):
        self._tmux = need_program("tmux", "tmux")
        self._socket = f"ctys-{secrets.token_hex(4)}"
        self._env = {**env, "LANG": "C.UTF-8"}
        # The window stays after the program's end, so that its last words can be read.
        self._call("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "cat")
        self._call("set-option", "-g", "remain-on-exit", "on")
        self._call("respawn-pane", "-k", "--", *argv)

    def _call(self, *words):
        done = subprocess.run(
            [self._tmux, "-u", "-L", self._socket, *words], env=self._env, capture_output=True, text=True, check=True
        )  # fmt: skip
        return done.stdout

    def screen(self, *, colours=False):
        return self._call("capture-pane", "-p", *(["-e"] if colours else []))

    def see(self, pattern):
        """Wait until the screen shows ``pattern``; returns the screen."""
        return until(lambda: self._match(pattern), f"screen with {pattern!r}")

    def _match(self, pattern):
        screen = self.screen()
        return screen if re.search(pattern, screen, re.MULTILINE) else ""

    def keys(self, *names):
        self._call("send-keys", *names)

    def resize(self, rows, columns):
        self._call("resize-window", "-x", str(columns), "-y", str(rows))

    def pid(self):
        return int(self._call("display-message", "-p", "#{pane_pid}"))

    def close(self):
        subprocess.run([self._tmux, "-L", self._socket, "kill-server"], env=self._env, capture_output=True)


def processes_of(folder):
    """The command lines of all processes that have ``folder`` in a variable of their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            values = process.environ().values()
            if process.pid != os.getpid() and any(str(folder) in value for value in values):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found
