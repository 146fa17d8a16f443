"""Consoles of guests that a command line asked for: in this terminal, in a window, in Emacs."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ctys_ls.requests import ConsoleKind
from ctys_ls.runtime.api import ConsoleSpec
from ctys_ls.schema.terminals import Emulator, emulators, named

_EMACS = frozenset({ConsoleKind.EMACS, ConsoleKind.EMACSA, ConsoleKind.EMACSM, ConsoleKind.EMACSAM})
_WINDOWS = frozenset({ConsoleKind.XTERM, ConsoleKind.GTERM})


@dataclass(slots=True)
class Opening:
    """How windows are opened: ``xopts`` are CREATE's XOPTS for their program; ``started`` are those that run."""

    xopts: tuple[str, ...] = ()
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)


def open_console(spec: ConsoleSpec, opening: Opening | None = None) -> int:
    """Open a console as its kind says; returns the exit status, after a sentence where it could not be opened.

    CLI takes this terminal until it is detached; the others go on by themselves.
    """
    opening = opening or Opening()
    environ = {**os.environ, **spec.env}
    if spec.window:
        return _own_window(spec, environ, opening)
    if spec.kind is ConsoleKind.CLI:
        return _foreground(spec.argv, environ)
    if spec.kind in _WINDOWS:
        return _window(spec, environ, opening)
    if spec.kind in _EMACS:
        return _emacs(spec, environ, opening)
    return 0


def say(text: str, program: str = "ctys") -> None:
    """A sentence for the user, beside the output."""
    print(f"{program}: {text}", file=sys.stderr)


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


def _own_window(spec: ConsoleSpec, environ: Mapping[str, str], opening: Opening) -> int:
    """Start a program that opens its window by itself, and stay until it has or has not."""
    argv = [*spec.argv, "--events", "--detach", *(f"--option={word}" for word in opening.xopts)]
    try:
        # It shares this terminal until its window is there, for ssh may have to ask for a password.
        process = subprocess.Popen(argv, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    except OSError as error:
        say(f"cannot start {argv[0]}: {error.strerror}")
        return 1
    for line in process.stdout or ():
        told = json.loads(line)
        if told["event"] == "note":
            say(told["message"])
        elif told["event"] == "ready":
            say(told["message"])
            return 0
    return process.wait()


def _window(spec: ConsoleSpec, environ: Mapping[str, str], opening: Opening) -> int:
    by_hand = f"the console in this terminal: {shlex.join(spec.argv)}"
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        say(f"{spec.label} runs on {spec.host}, but no window can be opened: DISPLAY is not set; {by_hand}")
        return 1
    try:
        choice = _emulators(spec.kind, environ.get("CTYS_TERMINAL", ""))
    except ValueError as error:
        say(f"{spec.label} runs on {spec.host}, but CTYS_TERMINAL is wrong: {error}; {by_hand}")
        return 1
    for emulator in choice:
        if path := shutil.which(emulator.program):
            given = [*opening.xopts, *emulator.arguments(f"{spec.label} {spec.host}")]
            return _detached([path, *given, *spec.argv], environ, opening)
    names = ", ".join(emulator.program for emulator in choice)
    say(f"{spec.label} runs on {spec.host}, but no terminal emulator is installed ({names}); {by_hand}")
    return 1


def _emulators(kind: ConsoleKind, command: str) -> tuple[Emulator, ...]:
    """What to try in turn: what the user names, else the known ones. Raises ValueError."""
    return (named(command),) if command else emulators(kind)


def _detached(argv: Sequence[str], environ: Mapping[str, str], opening: Opening) -> int:
    try:
        process = subprocess.Popen(
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
    opening.started.append(process)
    return 0


#: Whether a running Emacs shows anything: a daemon without a client has one frame that nobody sees.
_SHOWS = "(if (and (daemonp) (null (cdr (frame-list)))) 'unseen 'seen)"


def _emacs(spec: ConsoleSpec, environ: Mapping[str, str], opening: Opening) -> int:
    """In the running Emacs (emacsclient), else in one of its own."""
    # emacsclient starts this editor when no server runs; that would be another editor than the one asked for.
    environ = {name: value for name, value in environ.items() if name != "ALTERNATE_EDITOR"}
    graphic = bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    form, client = console_form(spec), shutil.which("emacsclient")
    if client and (shown := _evaluated(client, _SHOWS, environ)).returncode == 0:
        if "unseen" in shown.stdout:
            frame = [client, "-c", "-e", form] if graphic else [client, "-t", "-e", form]
            return _detached(frame, environ, opening) if graphic else _foreground(frame, environ)
        done = _evaluated(client, form, environ)
        if done.returncode == 0 and "*ERROR*" not in done.stdout + done.stderr:
            return 0
        say(f"the running Emacs could not open the console: {(done.stderr or done.stdout).strip()}")
    emacs = shutil.which("emacs")
    if not emacs:
        by_hand = shlex.join(spec.argv)
        say(f"{spec.label} runs on {spec.host}, but Emacs is not installed; the console here: {by_hand}")
        return 1
    if client is None:
        say(
            "emacsclient is not installed, so that no running Emacs can be asked; the console is in one of its own"
        )
    if graphic:
        return _detached([emacs, *opening.xopts, "--eval", form], environ, opening)
    return _foreground([emacs, "-nw", *opening.xopts, "--eval", form], environ)


def _evaluated(client: str, form: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """``form`` in the running Emacs; status 1 where none runs or it does not answer."""
    argv = [client, "-e", form]
    try:
        return subprocess.run(
            argv,
            env=environ,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=15,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(argv, 1, "", "it did not answer within 15 s")


def console_form(spec: ConsoleSpec) -> str:
    """The Emacs Lisp that opens the console: ``ctys-console-open`` with the fields of ``ctys/consoleReady``."""
    env = " ".join(f":{name} {_lisp(value)}" for name, value in spec.env.items())
    return (
        f"(progn {_loaded()} (ctys-console-open"
        f" :kind {_lisp(spec.kind.value)} :label {_lisp(spec.label)} :host {_lisp(spec.host)}"
        f" :argv '{_lisp(spec.argv)} :shellArgv '{_lisp(spec.shell_argv)}"
        f" :pageArgv '{_lisp(spec.page_argv)} :window {'t' if spec.window else 'nil'}"
        f" :guestBuffer {_lisp(spec.guest_buffer)} :hostBuffer {_lisp(spec.host_buffer)} :env '({env})))"
    )


def _loaded() -> str:
    """The Lisp that loads our package: the user's own, else the one of the checkout that this program stands in."""
    beside = Path(__file__).resolve().parent.parent.parent / "editors" / "emacs"
    if not (beside / "ctys-console.el").exists():
        return "(require 'ctys-console)"
    path = f"(add-to-list 'load-path {_lisp(str(beside))})"
    return f"(unless (require 'ctys-console nil t) {path} (require 'ctys-console))"


def _lisp(value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "(" + " ".join(map(_lisp, value)) + ")"
