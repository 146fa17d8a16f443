"""The small programs in front of a simulated host's PATH: links to the simulated tools, and stand-ins for ksu, sudo …

What they must know of the host's faults stands in files of ``flags``, so that a shell script can look.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from ctys_ls.lab.faults import PASSWORD, Faults

#: Tools served by the host's state, for both toolstacks; the toolstack's own program comes first.
SERVED = (
    "xenstore-read",
    "xenstore-ls",
    "xenstore-list",
    "xenstore-exists",
    "xenstore-watch",
    "ip",
    "bridge",
    "brctl",
    "ping",
    "ssh-keyscan",
    "getent",
    "ps",
)

_TOOL = """#!/bin/sh
# Simulated (ctys-ls lab).
{before}exec {python} -I -S -c {program} {tool} {socket} "$@"
"""

#: Users and groups are those of the real machine; only names of hosts are simulated.
_REAL_GETENT = '[ "$1" = hosts ] || exec /usr/bin/getent "$@"\n'
#: Only the listing that the product asks for is the simulated host's; a person's ps shows the real machine.
_REAL_PS = 'case $* in *pid=*args=*) ;; *) exec /usr/bin/env PATH=/usr/bin:/bin ps "$@" ;; esac\n'
_REAL = {"getent": _REAL_GETENT, "ps": _REAL_PS}
_PROGRAM = "import sys; sys.path.append({folder!r}); import tool; sys.exit(tool.main(sys.argv))"

_KSU = """#!/bin/sh
# Stand-in for ksu on a simulated host (ctys-ls lab): ksu [USER] [-q] ... -e COMMAND [ARG ...]
# As the real one it looks for no program in PATH and ends with 0 unless a signal ended the command.
if [ -e {flags}/deny-ksu ]; then
    echo "account $(id -un): authorization failed" >&2
    exit 1
fi
while [ $# -gt 0 ]; do
    case $1 in
        -e)
            shift
            CTYS_LAB_PRIVILEGE=ksu; export CTYS_LAB_PRIVILEGE
            case $1 in
                */*) ;;
                *) echo "ksu: No such file or directory while trying to execv $1" >&2; exit 0 ;;
            esac
            "$@"
            [ $? -le 128 ] || exit $(($? - 128))
            exit 0
            ;;
        -n | -c | -C | -p | -r | -l) shift 2 ;;
        *) shift ;;
    esac
done
CTYS_LAB_PRIVILEGE=ksu; export CTYS_LAB_PRIVILEGE
exec /bin/sh
"""

_SUDO = """#!/bin/sh
# Stand-in for sudo on a simulated host (ctys-ls lab): sudo [-n] [-S] [-p PROMPT] ... COMMAND [ARG ...]
prompt="[sudo] password for $(id -un): "
while [ $# -gt 0 ]; do
    case $1 in
        --) shift; break ;;
        -p) prompt=$2; shift 2 ;;
        -u | -g | -h | -C | -D | -R | -T | -U) shift 2 ;;
        -n | --non-interactive) quiet=1; shift ;;
        -S | --stdin) stdin=1; shift ;;
        -k) again=1; shift ;;
        -*) shift ;;
        *) break ;;
    esac
done
if [ -e {flags}/deny-sudo ]; then
    echo "$(id -un) is not in the sudoers file." >&2
    exit 1
fi
# A right answer is remembered per terminal, as sudo does.
read -r _ _ _ _ _ _ terminal _ </proc/$$/stat
remembered={flags}/answered-$terminal
if [ -e {flags}/ask-sudo ] && {{ [ -n "$again" ] || [ "$terminal" = 0 ] || ! [ -e "$remembered" ]; }}; then
    if [ -n "$quiet" ]; then
        echo "sudo: a password is required" >&2
        exit 1
    fi
    if [ -n "$stdin" ]; then
        printf '%s' "$prompt" >&2
        IFS= read -r answer
    elif (: </dev/tty) 2>/dev/null; then
        stty -echo </dev/tty
        printf '%s' "$prompt" >/dev/tty
        IFS= read -r answer </dev/tty
        stty echo </dev/tty
        echo >/dev/tty
    else
        echo "sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper" >&2
        echo "sudo: a password is required" >&2
        exit 1
    fi
    if [ "$answer" != {password} ]; then
        echo "Sorry, try again." >&2
        echo "sudo: 1 incorrect password attempt" >&2
        exit 1
    fi
    touch "$remembered"
fi
CTYS_LAB_PRIVILEGE=sudo; export CTYS_LAB_PRIVILEGE
exec "$@"
"""

_ID = """#!/bin/sh
# Stand-in for id on a simulated host (ctys-ls lab): where privileges are denied, the login user is no root.
[ -e {flags}/no-root ] && [ -z "$CTYS_LAB_PRIVILEGE" ] || exec {real} "$@"
case $* in
    -u | -ru | -ur | --user) echo 1000 ;;
    -un | -nu | "-u -n" | "-n -u") echo {user} ;;
    -g) echo 1000 ;;
    -gn | -ng) echo {user} ;;
    *) echo "uid=1000({user}) gid=1000({user}) groups=1000({user})" ;;
esac
"""

_HOSTNAME = """#!/bin/sh
# Stand-in for hostname on a simulated host (ctys-ls lab).
case $1 in
    -f | --fqdn | --long | -A) echo {name}.{domain} ;;
    -d | --domain) echo {domain} ;;
    -i | -I | --ip-address | --all-ip-addresses) echo {address} ;;
    "" | -s | --short) echo {name} ;;
    *) echo "hostname: $1 is not simulated (ctys-ls lab)" >&2; exit 1 ;;
esac
"""

_UNAME = """#!/bin/sh
# Stand-in for uname on a simulated host (ctys-ls lab): the node's name is the simulated one.
case $* in
    -n | --nodename) echo {name} ;;
    *a* | *n*) {real} "$@" | sed "s/$({real} -n)/{name}/" ;;
    *) exec {real} "$@" ;;
esac
"""


def install(
    bin_dir: Path,
    socket: Path,
    flags: Path,
    *,
    toolstack: str,
    name: str,
    domain: str,
    address: str,
    user: str,
) -> None:
    """Write all programs of a host into ``bin_dir``."""
    facts = {
        "flags": shlex.quote(str(flags)), "password": PASSWORD, "name": name, "domain": domain, "address": address,
        "user": user if user != "root" else "ctys", "real": "",
    }  # fmt: skip
    # Imported, not run as a script: so its compiled form is used.
    program = _PROGRAM.format(folder=str(Path(__file__).parent))
    for tool in (toolstack, *SERVED):
        text = _TOOL.format(
            python=shlex.quote(sys.executable),
            program=shlex.quote(program),
            tool=tool,
            before=_REAL.get(tool, ""),
            socket=shlex.quote(str(socket)),
        )
        _write(bin_dir / tool, text)
    for tool, text in (
        ("ksu", _KSU),
        ("sudo", _SUDO),
        ("id", _ID),
        ("hostname", _HOSTNAME),
        ("uname", _UNAME),
    ):
        _write(
            bin_dir / tool,
            text.format(**(facts | {"real": shutil.which(tool, path="/usr/bin:/bin") or tool})),
        )


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def show_faults(bin_dir: Path, flags: Path, faults: Faults) -> None:
    """Bring the files up to date: the flags of denials, and which tools are missing."""
    denial = faults.denial
    wanted = {
        "no-root": bool(denial),
        "deny-ksu": denial in ("ksu", "all", "password"),
        "deny-sudo": denial in ("sudo", "all"),
        "ask-sudo": denial == "password",
    }
    for flag, on in wanted.items():
        if on:
            (flags / flag).touch()
        else:
            (flags / flag).unlink(missing_ok=True)
    if denial != "password":
        for answered in flags.glob("answered-*"):
            answered.unlink()
    missing = faults.get("missing")
    gone = set(missing.words) if missing else set()
    hidden = bin_dir.with_name("bin-missing")
    hidden.mkdir(exist_ok=True)
    for path in list(bin_dir.iterdir()):
        if path.name in gone:
            path.rename(hidden / path.name)
    for path in list(hidden.iterdir()):
        if path.name not in gone:
            path.rename(bin_dir / path.name)
