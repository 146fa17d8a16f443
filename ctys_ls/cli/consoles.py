"""Consoles of guests that a command line asked for: in this terminal, in a window, in Emacs."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ctys_ls.requests import ConsoleKind
from ctys_ls.runtime.api import ConsoleSpec
from ctys_ls.schema.terminals import emulators

_EMACS = frozenset({ConsoleKind.EMACS, ConsoleKind.EMACSA, ConsoleKind.EMACSM, ConsoleKind.EMACSAM})
_WINDOWS = frozenset({ConsoleKind.XTERM, ConsoleKind.GTERM})


def open_console(spec: ConsoleSpec) -> int:
    """Open a console as its kind says; returns the exit status, after a sentence where it could not be opened.

    CLI takes this terminal until it is detached; the others go on by themselves.
    """
    environ = {**os.environ, **spec.env}
    if spec.kind is ConsoleKind.CLI:
        return _foreground(spec.argv, environ)
    if spec.kind in _WINDOWS:
        return _window(spec, environ)
    if spec.kind in _EMACS:
        return _emacs(spec, environ)
    if spec.kind in (ConsoleKind.VNC, ConsoleKind.SDL):
        say(
            f"{spec.label} runs on {spec.host}; its graphical console is not opened from here:"
            f" ssh -L 5950:localhost:5900 {spec.host}, then vncviewer localhost:5950"
            " (the guest's port is in the column cport of ctys -a list=macro:TAB_CPORT)"
        )
    return 0


def say(text: str) -> None:
    """A sentence for the user, beside the output."""
    print(f"ctys: {text}", file=sys.stderr)


def _foreground(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run in this terminal. Ctrl-C belongs to the console, so this process takes no notice of it meanwhile."""
    # A handler and not SIG_IGN: the console's process must not inherit it.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(argv, env=environ, check=False).returncode
    except OSError as error:
        say(f"cannot start {argv[0]}: {error.strerror}")
        return 1
    finally:
        signal.signal(signal.SIGINT, before)


def _window(spec: ConsoleSpec, environ: Mapping[str, str]) -> int:
    by_hand = f"the console in this terminal: {shlex.join(spec.argv)}"
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        say(f"{spec.label} runs on {spec.host}, but no window can be opened: DISPLAY is not set; {by_hand}")
        return 1
    for emulator in emulators(spec.kind):
        if path := shutil.which(emulator.program):
            return _detached([path, *emulator.arguments(f"{spec.label} {spec.host}"), *spec.argv], environ)
    names = ", ".join(emulator.program for emulator in emulators(spec.kind))
    say(f"{spec.label} runs on {spec.host}, but no terminal emulator is installed ({names}); {by_hand}")
    return 1


def _detached(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    try:
        subprocess.Popen(
            argv,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        say(f"cannot start {argv[0]}: {error.strerror}")
        return 1
    return 0


def _emacs(spec: ConsoleSpec, environ: Mapping[str, str]) -> int:
    """In the running Emacs (emacsclient), else in one of its own."""
    form = console_form(spec)
    client = shutil.which("emacsclient")
    if client:
        done = subprocess.run(
            [client, "-e", form], env=environ, check=False, capture_output=True, text=True, timeout=30
        )
        if done.returncode == 0:
            return 0
        if "*ERROR*" in done.stderr + done.stdout:
            say(f"the running Emacs could not open the console: {(done.stderr or done.stdout).strip()}")
    emacs = shutil.which("emacs")
    if not emacs:
        by_hand = shlex.join(spec.argv)
        say(f"{spec.label} runs on {spec.host}, but Emacs is not installed; the console here: {by_hand}")
        return 1
    argv = [emacs, *load_path(), "--eval", form]
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return _detached(argv, environ)
    return _foreground([*argv[:1], "-nw", *argv[1:]], environ)


def load_path() -> list[str]:
    """Where the Emacs package is when it is not installed: beside this package, in a checkout."""
    beside = Path(__file__).resolve().parent.parent.parent / "editors" / "emacs"
    return ["-L", str(beside)] if (beside / "ctys-console.el").exists() else []


def console_form(spec: ConsoleSpec) -> str:
    """The Emacs Lisp that opens the console: ``ctys-console-open`` with the fields of ``ctys/consoleReady``."""
    env = " ".join(f":{name} {_lisp(value)}" for name, value in spec.env.items())
    return (
        "(progn (require 'ctys-console) (ctys-console-open"
        f" :kind {_lisp(spec.kind.value)} :label {_lisp(spec.label)} :host {_lisp(spec.host)}"
        f" :argv '{_lisp(spec.argv)} :shellArgv '{_lisp(spec.shell_argv)}"
        f" :guestBuffer {_lisp(spec.guest_buffer)} :hostBuffer {_lisp(spec.host_buffer)} :env '({env})))"
    )


def _lisp(value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "(" + " ".join(map(_lisp, value)) + ")"
