"""``ctys-ls console --kind XTERM -L DF``: a terminal of the host as a window of this display."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from ctys_ls.cli.teller import Teller
from ctys_ls.requests import ConsoleKind
from ctys_ls.runtime.consoledialog import Place, Ssh
from ctys_ls.runtime.hostwindow import Failed, NoWindow, Opened, read, window_argv
from ctys_ls.runtime.places import runtime_dir
from ctys_ls.runtime.registry import Client, registered
from ctys_ls.schema.terminals import emulators


def run(args: argparse.Namespace, place: Place, ssh: Ssh) -> int:
    """Open the window and stay until it is closed; exit status 1, after a sentence, where it cannot be opened."""
    teller = Teller(events=args.events, detach=args.detach)
    kind = ConsoleKind(args.kind)
    here = f"without -L DF the window is opened by a terminal of this machine ({emulators(kind)[0].program})"
    if not os.environ.get("DISPLAY"):
        return teller.end(f"no window can be opened, for DISPLAY is not set; {_in_terminal(place)}", 1)
    if not shutil.which("ssh"):
        return teller.end("ssh is not installed here; install it (package openssh-client)", 1)
    nonce = secrets.token_hex(8)
    argv = window_argv(place, kind, args.ways, ssh, nonce, args.options)
    with talk(argv, subprocess.DEVNULL) as process:
        told = next((told for line in process.stdout or () if (told := read(line, nonce))), None)
        if isinstance(told, Opened):
            teller.ready(f"{told.program} of {place.host} shows the console of {place.label}")
            with registered(runtime_dir(), Client(place.host, place.label, "X11")):
                process.wait()
            return teller.end("", 0)
        _, words = process.communicate()
        failed = told or Failed(NoWindow.UNREACHABLE, " ".join(words.split()))
        return teller.end(_sentence(place, failed, here), 1)


def talk(argv: Sequence[str], stdin: int) -> subprocess.Popen[str]:
    """Start what tells of a window; the signals that end this program end it, and its end is ours."""
    process = subprocess.Popen(
        argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    )

    def ended(*_: object) -> None:
        with suppress(ProcessLookupError):
            process.terminate()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ended)
    return process


def _in_terminal(place: Place) -> str:
    return f"the console in this terminal: ctys-ls console {place.destination}/{place.label}"


def _sentence(place: Place, failed: Failed, here: str) -> str:
    host, guest, words = place.host, place.label, failed.words
    said = f": {words}" if words else ""
    sentences = {
        NoWindow.NO_DISPLAY: f"{host} forwards no display (X11Forwarding of its sshd, package xauth); {here}",
        NoWindow.NO_EMULATOR: f"{host} has no terminal emulator; {here}",
        NoWindow.NOT_RUNNING: f"{host}: no guest {guest} is running; ctys -a list {place.destination} shows what is",
        NoWindow.NO_TOOL: f"{host}: neither xl nor xm is installed; install xen-utils there",
        NoWindow.NO_XEN: f"{host}: its toolstack does not answer{said}; check that it was booted under Xen",
        NoWindow.NO_RIGHTS: f"{host}: not allowed to ask for {guest}{said}; try -Z KSU,SUDO or log in as root",
        NoWindow.UNREACHABLE: f"{host}: cannot be reached{said}; ctys-ls doctor {place.destination} finds out why",
    }
    return sentences[failed.why]
