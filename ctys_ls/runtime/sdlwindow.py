"""The display for a guest's SDL window: found on the guest's host, and kept there as long as the guest runs.

An SDL window is no client of ours: the guest's device model opens it on the host, on the X display that it is told when
the guest is started. On a host of its own that display is X11 forwarding of an ssh connection, so the window stands
and falls with that connection.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum

from ctys_ls.requests import Privilege
from ctys_ls.runtime.consoledialog import Place, Ssh, marked, one_line, script_words, ssh_options
from ctys_ls.schema.viewers import device_models

# The same rules as for the console's script. What cannot be asked is no obstacle: a device model that is not found, or
# does not tell its displays. It is told once, then the guest's end is waited for, across its reboots.
_SCRIPT = """
label=$1; ways=$2; wait=$3; nonce=$4;
say() { echo "$nonce $*"; };
exec 3<&0; { while read -r word; do :; done; kill $$; } <&3 >/dev/null 2>&1 & listener=$!; exec 3<&-; trap "kill $listener 2>/dev/null" 0;
[ -n "$DISPLAY" ] || { say fail no-display; exit 1; };
FIND
for model in MODELS; do case $model in /*) ;; *) model=$(command -v "$model" 2>/dev/null);; esac; [ -x "$model" ] && break; model=; done;
case "$($model -display help 2>/dev/null </dev/null)" in *sdl*) ;; *ispla*) say fail no-sdl "$model"; exit 1;; esac;
say display "$DISPLAY" "${XAUTHORITY:-$HOME/.Xauthority}";
within $wait; until there; do if late; then exit 0; fi; pause; done;
while :; do
  while there; do was=$as; sleep 3; done;
  within 5; most=$((end+85));
  until there; do if late; then restarting && [ $(date +%s) -lt $most ] || exit 0; fi; pause; done; done
"""


class NoDisplay(StrEnum):
    """Why there is no display for the window; the words of the script's ``fail``."""

    NO_DISPLAY = "no-display"
    NO_SDL = "no-sdl"
    NO_TOOL = "tool-missing"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Display:
    """An X display as the host's programs name it, and the file with the key to it."""

    name: str
    xauthority: str


@dataclass(frozen=True, slots=True)
class Lacking:
    """There is no display: why, and the words of the host or of ssh."""

    why: NoDisplay
    words: str = ""


def display_argv(place: Place, privilege: Privilege, ssh: Ssh, nonce: str, wait: float) -> list[str]:
    """What tells of the display and stays until the guest ends; ``wait`` in seconds bounds the wait for its start."""
    script = one_line(_SCRIPT.replace("MODELS", " ".join(device_models())))
    words = script_words(script, "ctys-sdl", place, privilege)
    words += [str(max(0, round(wait))), nonce]
    if place.local:
        return words
    # ssh refuses untrusted X11 clients after 20 minutes, and a reboot opens the window anew.
    lasting = ["-o", "ForwardX11Timeout=0"]
    return [
        "ssh",
        *lasting,
        *ssh_options(ssh, x11=True),
        "--",
        place.destination,
        "exec " + shlex.join(words),
    ]


def read(line: str, nonce: str) -> Display | Lacking | None:
    """What a line of the script tells; None for lines of others."""
    if (told := marked(line, nonce)) is None:
        return None
    word, more = told
    first, _, rest = more.partition(" ")
    if word == "display":
        return Display(first, rest)
    return Lacking(next((why for why in NoDisplay if why == first), NoDisplay.UNREACHABLE), rest)
