"""The rows of the knowledge tables as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a key's value looks like."""

    STRING = "string"
    PATH = "path"
    UUID = "uuid"
    INT = "int"
    BOOL = "bool"
    ENUM = "enum"
    CPUS = "cpus"
    LIST = "list"
    SPECS = "specs"
    SPEC = "spec"
    LISTS = "lists"
    EITHER = "either"
    FLAG = "flag"
    MAC = "mac"
    RATE = "rate"
    BDF = "bdf"
    VDEV = "vdev"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a Xen domain file (``xen-keys.toml``).

    ``guests`` are the guest types for which xl reads it, empty for all; ``since`` the first release that does;
    ``case`` tells that the words of ``values`` are compared with case, ``open`` that other words pass unchecked;
    ``sub`` names the grammar inside its strings.
    """

    name: str
    kind: Kind
    guests: tuple[str, ...] = ()
    since: str = "4.1"
    values: tuple[str, ...] = ()
    case: bool = False
    open: bool = False
    xm: bool = False
    xm_only: bool = False
    arm: bool = False
    deprecated: str = ""
    instead: str = ""
    unit: str = ""
    sub: str = ""


@dataclass(frozen=True, slots=True)
class KeyText:
    """What a key means, in words (``xen-texts.toml``)."""

    name: str
    about: str
    section: str = ""
    default: str = ""
    needs: str = ""
    excludes: str = ""
    in_xl: str = ""
    #: The guests that the manual names, where they are not all.
    guests: str = ""


@dataclass(frozen=True, slots=True)
class SubKey:
    """One parameter inside a string such as a disk's (``xen-subs.toml``). ``place`` is its position, if it has one."""

    name: str
    kind: Kind
    place: str = ""
    values: tuple[str, ...] = ()
    open: bool = False
    required: bool = False
    default: str = ""
    since: str = "4.1"
    instead: str = ""
    deprecated: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Guest:
    """A whole guest to begin with (``xen-guests.toml``); ``text`` has ``${N:default}`` places to fill in."""

    name: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A code that a check may give (``problems-*.toml``), from which its page in the docs is made.

    ``beside`` tells what the example needs beside its text to draw the code: another file, a host, a setting.
    """

    code: str
    severity: str
    title: str
    cause: str
    example: str
    fix: str
    beside: str = ""
