"""What is asked on a host to find a guest's VNC port, and the answers. Pure text, no process.

A POSIX shell script waits for the guest, reads where its screen is (in xenstore, so ``vncunused`` is no matter), tells
it, and goes on telling when the screen goes away and comes back, as after a reboot, perhaps with another port. Each
line that it says begins with a nonce, so that a login file that prints something does no harm.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import StrEnum

from ctys_ls.requests import Privilege
from ctys_ls.runtime.consoledialog import Place, marked, one_line, script_words

# A guest that had a screen gets one again; xl itself gives its device model 60 s to start.
# The same rules as for the console's script. The end of standard input is the end of who asked, however it came.
_SCRIPT = """
label=$1; ways=$2; wait=$3; nonce=$4;
say() { echo "$nonce $*"; };
exec 3<&0; { while read -r word; do :; done; kill $$; } <&3 >/dev/null 2>&1 & listener=$!; exec 3<&-; trap "kill $listener 2>/dev/null" 0;
say begin;
FIND
[ -n "$store" ] || { say fail tool-missing xenstore-read; exit 1; };
key() { $as $store "$1" 2>/dev/null </dev/null; };
port() { here=$(key /local/domain/$id/console/vnc-port) && [ "${here:-0}" -gt 0 ] 2>/dev/null; };
secret() { for node in /local/domain/$id/console/vnc-pass /local/domain/0/backend/vfb/$id/0/vncpasswd
  "$(key /local/domain/$id/vm)/vncpasswd"; do word=$(key "$node") && [ -n "$word" ] && break; done; };
first=1; within $wait; while :; do
  there && break;
  [ -z "$first" ] || allowed || { say fail $refused "$(echo "$words" | head -n 1)"; exit 1; };
  if late; then say fail not-running; exit 1; fi;
  first=; pause; done;
gone=; was=$as; patience=5;
while :; do
  new=; within 5; most=$((end+85));
  while :; do
    if there && [ "$id" != "$gone" ]; then
      port && break;
      [ -n "$new" ] || within $patience; new=1;
      if late; then say fail no-screen; exit 1; fi;
    elif late; then
      restarting && [ $(date +%s) -lt $most ] || { say gone; exit 0; };
    fi;
    pause; done;
  secret; listen=$(key /local/domain/$id/console/vnc-listen);
  say secret $word; say screen $id $here $listen; now=$here;
  while sleep 1; do port && [ "$here" = "$now" ] || break; done;
  gone=$id; was=$as; patience=60; say lost; done
"""
SCRIPT = one_line(_SCRIPT)

#: Addresses that a server listens on and nobody can be connected to.
_EVERYWHERE = ("", "0.0.0.0", "::", "[::]")  # noqa: S104 - compared with, never bound


class Lack(StrEnum):
    """Why there is no screen to show; the words of the script's ``fail`` are among them."""

    GONE = "gone"
    NOT_RUNNING = "not-running"
    NO_SCREEN = "no-screen"
    NO_TOOL = "tool-missing"
    NO_XEN = "no-xen"
    NO_RIGHTS = "privilege"
    UNREACHABLE = "unreachable"
    DROPPED = "dropped"
    NO_PORT = "no-port"
    NO_VIEWER_THERE = "no-viewer-there"


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a running guest's VNC server listens, as seen from its host. The password is never shown."""

    domain: str
    port: int
    address: str = "127.0.0.1"
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Lost:
    """The screen has gone; the host is watched for its return."""


@dataclass(frozen=True, slots=True)
class Ended:
    """There will be no screen (any more): why, and the words of the host or of ssh."""

    why: Lack
    words: str = ""


Told = Screen | Lost | Ended


def script_argv(place: Place, privilege: Privilege, wait: float, nonce: str) -> list[str]:
    """The script with its arguments, for ``place`` itself; ``wait`` in seconds bounds the wait for the guest."""
    words = script_words(SCRIPT, "ctys-screen", place, privilege)
    return [*words, str(max(0, round(wait))), nonce]


def new_nonce() -> str:
    """A word that no login file prints."""
    return secrets.token_hex(8)


@dataclass(slots=True)
class Answers:
    """Reads the script's lines."""

    nonce: str
    _password: str = field(default="", repr=False)

    def read(self, line: str) -> Told | None:
        """What a line tells; None for lines of others."""
        if (told := marked(line, self.nonce)) is None:
            return None
        word, more = told
        match word:
            case "secret":
                self._password = more
            case "screen":
                domain, port, *address = more.split()
                listens = address[0] if address else ""
                where = "127.0.0.1" if listens in _EVERYWHERE else listens
                return Screen(domain, int(port), where, self._password)
            case "lost":
                return Lost()
            case "gone":
                return Ended(Lack.GONE)
            case "fail":
                code, _, words = more.partition(" ")
                return Ended(next((lack for lack in Lack if lack == code), Lack.DROPPED), words)
        return None
