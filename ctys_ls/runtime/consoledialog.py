"""What the relay and the host say to each other around a guest's console. Pure text, no process.

On the host a small POSIX shell script finds the toolstack and a way to root, waits until the domain and its console
are there, runs ``xl console`` and tells what became of it. It talks in marks, ``RS nonce : words RS``; the nonce is
new for every relay, so that nothing a guest prints can pass for a mark.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ctys_ls.requests import Privilege

DETACH = b"\x1d"
_RS = b"\x1e"
_LONGEST_MARK = 400

# One line, without single quotes, backslashes before line ends and exclamation marks: so it goes unharmed through any
# login shell, csh and fish included. What is waited for is asked every fifth of a second, on the host. After a
# reboot a slow host needs its time: as long as the xl process that watches over the guest is there (it keeps the
# guest's log open), the guest is being restarted. Tools are called by their paths: ksu looks nowhere for a name.
#: How a host's script finds the toolstack, a way to root and the guest ``$label`` (its ``$id``): shared with the
#: script for screens. ``say`` and ``ways`` are there before it.
FIND = """
[ -n "$CTYS_LAB" ] || PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH;
pause() { sleep 0.2 2>/dev/null || sleep 1; };
tools=; for t in xl xm; do t=$(command -v $t 2>/dev/null) && tools="$tools $t"; done;
store=$(command -v xenstore-read 2>/dev/null); ls=$(command -v ls);
if [ -z "$tools" ]; then say fail tool-missing; exit 1; fi;
refused=privilege; if [ "$(id -u)" = 0 ]; then ways=plain; refused=no-xen; fi;
pre() { case $1 in ksu) echo ksu -q -e;; sudo) echo sudo;; esac; };
there() { for way in $ways; do for tool in $tools; do as=$(pre $way);
  id=$($as $tool domid "$label" 2>/dev/null </dev/null) && [ -n "$id" ] && return 0; done; done; return 1; };
allowed() { for way in $ways; do for tool in $tools; do
  words=$($(pre $way) $tool list 2>&1 </dev/null) && return 0; done; done; return 1; };
restarting() { $was $ls -l /proc/[0-9]*/fd 2>/dev/null </dev/null | grep -qF "/xl-$label.log"; };
within() { end=$(($(date +%s)+$1)); }; late() { [ $(date +%s) -ge $end ]; };
"""
_SCRIPT = """
label=$1; ways=$2; wait=$3; nonce=$4; take=$5; number=$6;
say() { printf "\\036%s:%s\\036" "$nonce" "$*"; };
FIND
known() { [ -n "$store" ] && $as $store /local/domain/$id/name >/dev/null 2>&1 </dev/null; };
ready() { known || return 0;
  for node in console serial/0; do
    [ -n "$($as $store /local/domain/$id/$node/tty 2>/dev/null </dev/null)" ] && return 0; done; return 1; };
chosen() { which=; [ -n "$number" ] || return 0;
  case $tool in *xm) which="-n $number"; return 0;; esac; which="-t pv -n $number"; known || return 0;
  for kind in pv:device/console serial:serial; do
    [ -n "$($as $store /local/domain/$id/${kind#*:}/$number/tty 2>/dev/null </dev/null)" ] || continue;
    which="-t ${kind%:*} -n $number"; return 0; done; return 1; };
numbers() { echo 0; for kind in device/console serial; do
  $as ${store%read}list /local/domain/$id/$kind 2>/dev/null </dev/null; done; };
others() { kill=kill; [ -x /bin/kill ] && kill=/bin/kill; for p in /proc/[0-9]*; do case "$(tr "\\000" " " <$p/cmdline 2>/dev/null)" in
  *"/xenconsole $id "*"--num ${number:-0} "*) $as $kill ${p#/proc/} 2>/dev/null;; *" --num "*) ;;
  *"/xenconsole $id "*) $as $kill ${p#/proc/} 2>/dev/null;; esac; done; };
case " $ways " in *" sudo "*) sudo -n true 2>/dev/null || sudo -v;; esac;
sim=real; [ -z "$CTYS_LAB" ] || sim=simulated;
first=1; within $wait; while :; do
  there && ready && chosen && break;
  [ -z "$first" ] || allowed || { say fail $refused "$(echo "$words" | head -n 3)"; exit 1; };
  if late; then there || { say fail not-running; exit 1; };
    chosen && break; say fail no-console $(numbers | sort -nu); exit 1; fi;
  [ -z "$first" ] || say wait; first=; pause; done;
[ -z "$take" ] || others;
while :; do
  say attach $id $sim;
  $as $tool console $which "$label"; rc=$?;
  stty sane -echo 2>/dev/null; say ended $rc; IFS= read -r answer || exit $rc;
  [ "$answer" = again ] || exit $rc;
  old=$id; was=$as; within 5; most=$((end+85)); while :; do there && [ "$id" != "$old" ] && break;
    if late; then restarting && [ $(date +%s) -lt $most ] || break; fi; pause; done;
  there || { say gone; exit $rc; };
  stty sane 2>/dev/null; within 5; while :; do ready && chosen && break; late && break; pause; done;
done
"""


def one_line(script: str) -> str:
    """A script as the one line that any login shell passes on unharmed; ``FIND`` stands for the shared part."""
    return " ".join(script.replace("FIND", FIND.strip()).split("\n")).strip()


SCRIPT = one_line(_SCRIPT)


class How(StrEnum):
    """How a relay can end; the words of the script's ``fail`` are among them."""

    DETACHED = "detached"
    ENDED = "ended"
    EXITED = "exited"
    GIVEN_UP = "given-up"
    UNREACHABLE = "unreachable"
    NOT_RUNNING = "not-running"
    NO_CONSOLE = "no-console"
    NO_TOOL = "tool-missing"
    NO_XEN = "no-xen"
    NO_RIGHTS = "privilege"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Place:
    """A guest's console on a host; an empty ``label`` is a shell on the host itself; ``local``: without ssh.

    ``login`` (user@address) is a login in the guest by ssh in the console's place. ``number``: which of the guest's
    consoles, where it has several; ``take``: end whoever is attached to it.
    """

    destination: str
    label: str = ""
    local: bool = False
    login: str = ""
    number: int = 0
    take: bool = False

    @property
    def host(self) -> str:
        """The host without the user."""
        return self.destination.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Ssh:
    """Files that ssh is given instead of its own; None leaves it those."""

    config: Path | None = None
    known_hosts: Path | None = None


def parse_place(text: str, *, shell: bool) -> Place:
    """``[user@]host/label``, or ``[user@]host`` for a shell. Raises ValueError with a sentence."""
    destination, slash, label = text.partition("/")
    if not destination.rpartition("@")[2] or destination.startswith("-"):
        raise ValueError(f"{text!r} names no host; write [user@]host{'' if shell else '/guest'}")
    if shell and slash:
        raise ValueError(f"a shell is opened on a host, not in a guest: leave out /{label}")
    if not shell and not label:
        raise ValueError(f"{text!r} names no guest; write {destination}/GUEST, or use --shell for the host")
    if not label.isprintable():
        raise ValueError("the guest's name holds a control character")
    return Place(destination, label)


def ssh_argv(destination: str, ssh: Ssh) -> list[str]:
    """The ssh that opens a terminal at the other end with nothing in between: no escape character, no forwarding."""
    return ["ssh", "-tt", *ssh_options(ssh), "--", destination]


def ssh_options(ssh: Ssh, *, x11: bool = False) -> list[str]:
    """The options of every ssh that is started: the files to read, no escape character, an end that is noticed."""
    config = ["-F", str(ssh.config)] if ssh.config else []
    config += ["-o", f"UserKnownHostsFile={_ssh_word(ssh.known_hosts)}"] if ssh.known_hosts else []
    quiet = ["-e", "none", "-X" if x11 else "-x", "-o", "LogLevel=ERROR"]
    alive = ["-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3", "-o", "ConnectTimeout=15"]
    return [*config, *quiet, *alive]


def script_words(script: str, name: str, place: Place, privilege: Privilege) -> list[str]:
    """A shell that runs a host's script as ``name``, with its first two arguments: the guest, the ways to root's rights."""
    ways = [way for way, wanted in (("ksu", privilege.ksu), ("sudo", privilege.sudo)) if wanted]
    return ["/bin/sh", "-c", script, name, place.label, " ".join([*ways, "plain"])]


def marked(line: str, nonce: str) -> tuple[str, str] | None:
    """A line of a script that marks what it tells with ``nonce``: its word, and the rest. None for lines of others."""
    mark, _, told = line.rstrip("\r\n").partition(" ")
    word, _, rest = told.partition(" ")
    return (word, rest) if mark == nonce else None


def console_argv(place: Place, privilege: Privilege, ssh: Ssh, wait: float, nonce: str) -> list[str]:
    """The program that the relay runs: the script on the host, through ssh where it is another machine.

    ``wait`` in seconds bounds the wait for the domain.
    """
    words = script_words(SCRIPT, "ctys-console", place, privilege)
    words += [str(max(0, round(wait))), nonce, "take" if place.take else "", str(place.number or "")]
    if place.local:
        return words
    return [*ssh_argv(place.destination, ssh), "exec " + shlex.join(words)]


def login_argv(place: Place, ssh: Ssh) -> list[str]:
    """The ssh that logs in to the guest through its host; ssh asks about an unknown key of the guest as ever."""
    return ["ssh", "-tt", *ssh_options(ssh), *_through(place, ssh), "--", place.login]


def greeting_argv(place: Place, ssh: Ssh) -> list[str]:
    """The program that shows what the guest's ssh port says first, through its host."""
    address = place.login.rpartition("@")[2]
    return ["ssh", *ssh_options(ssh), "-W", f"[{address}]:22", "--", place.destination]


def _through(place: Place, ssh: Ssh) -> list[str]:
    if place.local:
        return []
    return [
        "-o",
        "ProxyCommand=" + shlex.join(["ssh", *ssh_options(ssh), "-W", "[%h]:%p", "--", place.destination]),
    ]


def _ssh_word(path: Path) -> str:
    """A path as one word of an ssh option, which takes several and knows quotes."""
    return f'"{path}"' if " " in str(path) else str(path)


@dataclass(slots=True)
class Marks:
    """Takes a host's output apart into text and marks, whatever pieces it arrives in."""

    nonce: str
    _held: bytes = b""
    _pattern: re.Pattern[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._pattern = re.compile(_RS + re.escape(self.nonce.encode()) + rb":([^\x1e]*)\x1e")

    def has_none(self, data: bytes) -> bool:
        """Whether ``data`` is nothing but text, as nearly all output is: it can be passed on without ``feed``."""
        return not self._held and _RS not in data

    def feed(self, data: bytes) -> Iterator[bytes | Sequence[str]]:
        """Text as bytes and marks as lists of words, in order."""
        data = self._held + data
        self._held = b""
        if _RS not in data:
            yield data
            return
        end = 0
        for match in self._pattern.finditer(data):
            if match.start() > end:
                yield data[end : match.start()]
            yield match[1].decode(errors="replace").split(" ")
            end = match.end()
        rest = data[end:]
        cut = rest.rfind(_RS)
        opening = _RS + self.nonce.encode() + b":"
        tail = rest[cut:] if cut >= 0 else b""
        if tail and len(tail) < _LONGEST_MARK and (tail.startswith(opening) or opening.startswith(tail)):
            rest, self._held = rest[:cut], tail
        if rest:
            yield rest

    def flush(self) -> bytes:
        """What was held back for a mark that never ended."""
        held, self._held = self._held, b""
        return held
