"""The -Z option: how a command gets root's rights on a host (ctys-facts 5.4). Pure: only argument lists change."""

from __future__ import annotations

from enum import StrEnum

from ctys_ls.requests import Privilege


class Method(StrEnum):
    """The ways to root, in the order in which they are tried."""

    ROOT = "root"
    KSU = "ksu"
    SUDO = "sudo"
    SUDO_PASSWORD = "sudo-password"
    PLAIN = "plain"


def methods(privilege: Privilege) -> tuple[Method, ...]:
    """What may be tried for a user who is not root."""
    wanted = ((Method.KSU, privilege.ksu), (Method.SUDO, privilege.sudo), (Method.PLAIN, True))
    return tuple(method for method, allowed in wanted if allowed)


def flags(privilege: Privilege) -> str:
    """-Z's value: KSU, SUDO or both."""
    return ",".join(name for name, wanted in (("KSU", privilege.ksu), ("SUDO", privilege.sudo)) if wanted)


def from_flags(text: str) -> Privilege:
    """The other way round."""
    words = text.split(",")
    return Privilege(ksu="KSU" in words, sudo="SUDO" in words)


#: What ksu runs in place of the command. ksu looks for no program in PATH, and its own exit status is 0 whatever that
#: of the command was, unless a signal ended it (seen with MIT Kerberos 1.20): so a failure becomes one.
_UNDER_KSU = ("/bin/sh", "-c", 'PATH=$PATH:/usr/sbin:/sbin; "$@" || kill -9 $$', "sh")


def wrap(argv: tuple[str, ...], method: Method) -> tuple[str, ...]:
    """``argv`` run with the rights of ``method``.

    A password for sudo comes on standard input (``-S``), never as an argument; ``-k`` makes sudo read it in every
    case, so that it is not left over for the command.
    """
    match method:
        case Method.KSU:
            return ("ksu", "-q", "-e", *_UNDER_KSU, *argv)
        case Method.SUDO:
            return ("sudo", "-n", "--", *argv)
        case Method.SUDO_PASSWORD:
            return ("sudo", "-k", "-S", "-p", "", "--", *argv)
        case _:
            return argv


def as_typed(argv: tuple[str, ...], method: Method) -> tuple[str, ...]:
    """``wrap`` as a person would type it: without what makes the answer of ksu reliable, and sudo only plain."""
    match method:
        case Method.KSU:
            return ("ksu", "-q", "-e", *argv)
        case Method.SUDO | Method.SUDO_PASSWORD:
            return ("sudo", *argv)
        case _:
            return argv


def title(privilege: Privilege) -> str:
    """The order of a plan in words: which ways would be tried."""
    names = {Method.KSU: "ksu", Method.SUDO: "sudo", Method.PLAIN: "without raised rights"}
    ways = ", then ".join(names[method] for method in methods(privilege))
    return f"as root, else {ways}"
