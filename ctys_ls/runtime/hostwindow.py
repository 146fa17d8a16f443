"""A terminal window of the host with a guest's console in it, shown here through X11 forwarding (-L DF).

The relay is not on the host: the window runs the toolstack's own console.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ctys_ls.requests import ConsoleKind, Privilege
from ctys_ls.runtime.consoledialog import Place, Ssh, marked, one_line, script_words, ssh_options
from ctys_ls.schema.terminals import emulators

# The same rules as for the console's script. EMULATORS are tries of one emulator each.
_SCRIPT = """
label=$1; ways=$2; nonce=$3; title=$4;
say() { echo "$nonce $*"; };
FIND
[ -n "$DISPLAY" ] || { say fail no-display; exit 1; };
there || { allowed || { say fail $refused "$(echo "$words" | head -n 1)"; exit 1; }; say fail not-running; exit 1; };
EMULATORS
say fail no-emulator; exit 1
"""


class NoWindow(StrEnum):
    """Why there is no window; the words of the script's ``fail``."""

    NO_DISPLAY = "no-display"
    NO_EMULATOR = "no-emulator"
    NOT_RUNNING = "not-running"
    NO_TOOL = "tool-missing"
    NO_XEN = "no-xen"
    NO_RIGHTS = "privilege"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Opened:
    """The window is open; ``program`` shows it."""

    program: str


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no window: why, and the words of the host."""

    why: NoWindow
    words: str = ""


def window_argv(
    place: Place, kind: ConsoleKind, privilege: Privilege, ssh: Ssh, nonce: str, options: Sequence[str] = ()
) -> list[str]:
    """The ssh that opens the window and stays as long as it is open; ``options`` are words for the emulator."""
    tries = "; ".join(
        _try(emulator.program, emulator.arguments("TITLE"), options) for emulator in emulators(kind)
    )
    script = one_line(_SCRIPT.replace("EMULATORS", f"{tries};"))
    words = script_words(script, "ctys-window", place, privilege)
    command = shlex.join([*words, nonce, f"{place.label} {place.host}"])
    return ["ssh", *ssh_options(ssh, x11=True), "--", place.destination, "exec " + command]


def _try(program: str, arguments: list[str], options: Sequence[str]) -> str:
    words = " ".join('"$title"' if word == "TITLE" else word.replace("TITLE", "$title") for word in arguments)
    console = f'{program} {shlex.join(options)} {words} $as $tool console "$label"'
    return f"if command -v {program} >/dev/null 2>&1; then say window {program}; exec {console}; fi"


def read(line: str, nonce: str) -> Opened | Failed | None:
    """What a line of the script tells; None for lines of others."""
    if (told := marked(line, nonce)) is None:
        return None
    word, more = told
    if word == "window":
        return Opened(more)
    code, _, words = more.partition(" ")
    return Failed(next((why for why in NoWindow if why == code), NoWindow.UNREACHABLE), words)
