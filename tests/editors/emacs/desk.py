"""A real Emacs: without a screen, in a terminal (tmux) whose screen is read back, or in a window of an X server of its own (Xvfb)."""

import os
import re
import secrets
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from needs import need, need_program

PACKAGE = Path(__file__).parents[3] / "editors" / "emacs"
SOURCES = sorted(PACKAGE.glob("ctys*.el"))
#: The real server as it is installed beside the Python that runs the tests.
CTYS_LS = Path(sys.executable).with_name("ctys-ls")
#: Seconds after which something awaited counts as missing.
LIMIT = 30


def await_(what, look, limit=LIMIT):
    """The first true value of ``look``; fails, naming ``what``, when there is none in time."""
    end = time.monotonic() + limit
    while True:
        if value := look():
            return value
        assert time.monotonic() < end, f"never came: {what()}" if callable(what) else f"never came: {what}"
        time.sleep(0.05)


@dataclass(frozen=True)
class Release:
    """An Emacs to test with: the program, Debian's Lisp packages for it, and where its modules lie."""

    program: str
    elpa: Path = Path("/usr/share/emacs/site-lisp/elpa-src")
    modules: Path = Path("/usr/lib/x86_64-linux-gnu/emacs-libvterm")
    options: tuple[str, ...] = ()

    def has(self, library):
        """Whether it has a Lisp library, of its own or from a package."""
        return _has(self, library)

    def need(self, library):
        """Skip (on CI: fail) where it lacks a Lisp library."""
        need(self.has(library), f"{library} for {self.program}", f"apt-get install elpa-{library}")


@cache
def _has(release, library):
    return (
        batch("--eval", f'(kill-emacs (if (locate-library "{library}") 0 9))', release=release).returncode
        == 0
    )


def system_release():
    """The Emacs that is installed."""
    return Release(need_program("emacs", "emacs-nox"))


@cache
def release_30():
    """Debian 13's Emacs, unpacked beside this machine's own."""
    made = subprocess.run(
        [Path(__file__).parent / "release30.sh"], capture_output=True, text=True, timeout=600
    )
    need(made.returncode == 0, "Emacs 30 (release30.sh)", made.stderr.strip()[-300:])
    root = Path(made.stdout.strip()).parent / "root" / "usr"
    return Release(
        made.stdout.strip(),
        root / "share/emacs/site-lisp/elpa-src",
        root / "lib/x86_64-linux-gnu/emacs-libvterm",
        # It would start itself to compile, without the ld.so that it needs.
        ("--eval", "(setq native-comp-enable-subr-trampolines nil native-comp-jit-compilation nil)"),
    )


def batch(*arguments, cwd=None, env=None, timeout=100, release=None):
    """Run Emacs without a screen, with the Lisp packages of the system at hand."""
    release = release or system_release()
    paths = sorted(release.elpa.iterdir()) if release.elpa.is_dir() else []
    return subprocess.run(
        [release.program, "-Q", "--batch", *(word for path in [*paths, release.modules] for word in ("-L", str(path))),
         *release.options, *arguments],
        cwd=cwd, env={**os.environ, "PYTHON": sys.executable, "CTYS_LS": str(CTYS_LS), **(env or {})},
        capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def command(folder, *, init=""):
    """Emacs as ``make emacs`` starts it, with ``init`` evaluated before."""
    start = Path(folder) / "init.el"
    start.write_text(f'(setq ctys-server-command \'("{CTYS_LS}" "--stdio"))\n{init}\n')
    return [need_program("emacs", "emacs-nox"), "-q", "-l", str(start), "-l", str(PACKAGE / "try.el")]


class Terminal:
    """Emacs in a terminal of ``columns`` and ``rows``."""

    def __init__(self, argv, env, columns=110, rows=40):
        self.tmux = [need_program("tmux", "tmux"), "-L", f"ctys-{secrets.token_hex(4)}", "-f", "/dev/null"]
        words = [f"{key}={value}" for key, value in env.items()]
        self._do("new-session", "-d", "-x", str(columns), "-y", str(rows), shlex.join(["env", *words, *argv]))

    def _do(self, *words):
        done = subprocess.run(
            [*self.tmux, *words], capture_output=True, text=True, timeout=LIMIT, check=True,
            env={**os.environ, "LANG": "C.UTF-8"},
        )  # fmt: skip
        return done.stdout

    def screen(self):
        """What the user sees."""
        return self._do("capture-pane", "-p")

    def sees(self, pattern, limit=LIMIT):
        """Wait until the screen matches ``pattern`` (multi-line); returns the match."""
        return await_(
            lambda: f"{pattern!r} on this screen:\n{self.screen()}",
            lambda: re.search(pattern, self.screen(), re.MULTILINE),
            limit,
        )

    def loses(self, pattern, limit=LIMIT):
        """Wait until the screen matches ``pattern`` no more."""
        await_(
            lambda: f"the end of {pattern!r} on this screen:\n{self.screen()}",
            lambda: not re.search(pattern, self.screen(), re.MULTILINE),
            limit,
        )

    def keys(self, *keys):
        """Press keys, named as tmux names them."""
        self._do("send-keys", *keys)

    def types(self, text):
        """Type text letter by letter."""
        self._do("send-keys", "-l", "--", text)

    def calls(self, name):
        """M-x NAME."""
        self.keys("M-x")
        self.sees(r"^M-x")
        self.types(name)
        self.keys("Enter")

    def asks(self, form):
        """The value of a Lisp form, printed."""
        self.keys("M-:")
        self.sees(r"^Eval:")
        self.types(form)
        self.keys("Enter")

    def close(self):
        """End Emacs and the terminal."""
        subprocess.run([*self.tmux, "kill-server"], capture_output=True, timeout=LIMIT, check=False)


@contextmanager
def terminal(folder, env, *, init="", **size):
    """Emacs in a terminal, on ``folder``."""
    emacs = Terminal([*command(folder, init=init), str(folder)], env, **size)
    try:
        yield emacs
    finally:
        emacs.close()


@contextmanager
def screen_of_its_own(width, height):
    """An X server without hardware; gives its DISPLAY."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        [need_program("Xvfb", "xvfb"), "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24",
         "-nolisten", "tcp",
         # Emacs looks whether there is a display before it opens it; the first good-bye must not reset the server.
         "-noreset"],
        pass_fds=[writer], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(LIMIT)
