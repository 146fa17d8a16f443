"""The probe: what a look at a host shall bring, and the call that brings it. Pure; ``hosts`` runs it, ``answer`` reads it."""

from __future__ import annotations

import posixpath
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ctys_ls.runtime.hostcommand import quote
from ctys_ls.runtime.privilege import Method

#: What LIST needs beside the conf files.
LISTING = ("domains", "details", "store", "net", "names", "processes")
#: What a domain file is compared with before its guest is started, and how many paths and directories one look is for.
EQUIPMENT = ("domains", "details", "store", "equipment")
MOST_PATHS, MOST_DIRECTORIES = 300, 20
#: What SHOW says of Xen.
XEN = ("brief", "domains", "xen")
#: What one guest in detail needs, beside its name.
GUEST = ("brief", "domains", "details", "store")
#: So many texts of at most so many characters are judged by the host itself in one look.
MOST_TEXTS, LONGEST_TEXT = 50, 64 << 10
#: What finding a running guest needs.
RUNNING = ("domains", "details")
#: What reaching into a running guest needs: its address, from wherever it is known.
ADDRESSES = (*RUNNING, "store", "net")


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe shall bring: ``wants`` as in probe.sh, directories to scan, files to read, states to look for.

    ``paths`` are only looked for; of ``beside``, directories, the files are named. ``guest`` is a running one to be told
    of in detail; ``texts`` are those of domain files that xl shall judge (xl's dialect only: xm would run them).
    """

    wants: tuple[str, ...] = RUNNING
    directories: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    guest: str = ""
    texts: tuple[str, ...] = ()


def look_for(paths: Sequence[str], texts: Sequence[str] = ()) -> Look:
    """The look for a host's equipment, these absolute paths on it with the files beside them, and its word on ``texts``."""
    asked = tuple(path for path in dict.fromkeys(paths) if path.startswith("/") and path.isprintable())
    folders = dict.fromkeys(posixpath.dirname(path) for path in asked)
    beside = tuple(folder for folder in folders if not folder.startswith("/dev"))
    judged = tuple(filter(_can_be_sent, dict.fromkeys(texts)))[:MOST_TEXTS]
    return Look(EQUIPMENT, paths=asked[:MOST_PATHS], beside=beside[:MOST_DIRECTORIES], texts=judged)


def _can_be_sent(text: str) -> bool:
    """Whether a shell can hold the text."""
    surrogate = any("\ud800" <= character <= "\udfff" for character in text)
    return len(text) <= LONGEST_TEXT and "\0" not in text and not surrogate


@dataclass(frozen=True, slots=True)
class Call:
    """A probe ready to run: the command line, its standard input and the boundary of its answer."""

    line: str
    stdin: str
    boundary: str
    texts: tuple[str, ...] = ()


def call(look: Look, methods: Sequence[Method], password: str = "") -> Call:
    """The probe for ``look``. The password and texts travel with the script on standard input, never in the line."""
    boundary = f"ctys-{secrets.token_hex(12)}"
    items = [f"d:{path}" for path in look.directories]
    items += [f"f:{path}" for path in look.files] + [f"s:{path}" for path in look.states]
    items += [f"p:{path}" for path in look.paths] + [f"l:{path}" for path in look.beside]
    items += [f"g:{look.guest}"] if look.guest else []
    items += [f"n:{number}" for number in range(len(look.texts))]
    line = quote(("exec", "/bin/sh", "-s", "--", boundary, " ".join(methods), " ".join(look.wants), *items))
    given = {"PW": password, **{f"TEXT_{number}": text for number, text in enumerate(look.texts)}}
    told = "".join(f"{name}={shlex.quote(value)}\n" for name, value in given.items())
    return Call(line, told + script(), boundary, look.texts)


@cache
def script() -> str:
    """The text of the probe."""
    return (files("ctys_ls.runtime") / "probe.sh").read_text(encoding="utf-8")
