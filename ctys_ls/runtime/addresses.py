"""From a machine address to guests, by what a look at the host showed (ctys-facts 2 and 9). Pure.

Every part of an address must agree, a label matches exactly, a file name at a ``/``; several matches are all returned,
never the first one alone.
"""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ctys_ls.problems import either
from ctys_ls.requests import Address
from ctys_ls.runtime.snapshot import Conf, Snapshot
from ctys_ls.runtime.toolstacks import Domain

#: The port of VNC's display 0.
_FIRST_PORT = 5900


@dataclass(frozen=True, slots=True)
class Found:
    """A guest: its file, its running domain, or both."""

    conf: Conf | None
    domain: Domain | None

    @property
    def label(self) -> str:
        if self.domain is not None:
            return self.domain.name
        return self.conf.label if self.conf is not None else ""

    @property
    def path(self) -> str:
        return self.conf.path if self.conf is not None else ""

    @property
    def uuid(self) -> str:
        if self.domain is not None and self.domain.uuid:
            return self.domain.uuid
        return (self.conf.facts.uuid or "") if self.conf is not None else ""

    @property
    def macs(self) -> tuple[str, ...]:
        if self.domain is not None and self.domain.macs:
            return self.domain.macs
        return self.conf.facts.macs if self.conf is not None else ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """As the file's tags say, else as the running guest was found with."""
        return self._tagged or (self.domain.addresses if self.domain is not None else ())

    @property
    def address_source(self) -> str:
        """Where the addresses are from: conf, xenstore, neighbour; "" without any."""
        return "conf" if self._tagged else self.domain.address_source if self.domain is not None else ""

    @property
    def _tagged(self) -> tuple[str, ...]:
        return self.conf.facts.addresses if self.conf is not None else ()

    @property
    def disks(self) -> tuple[str, ...]:
        if self.domain is not None and self.domain.disks:
            return self.domain.disks
        return self.conf.facts.disks if self.conf is not None else ()

    @property
    def vncdisplay(self) -> int | None:
        """The display that is taken now, else the one that the file fixes."""
        if self.domain is not None and self.domain.vnc_port is not None:
            return self.domain.vnc_port - _FIRST_PORT
        return self.conf.facts.vncdisplay if self.conf is not None else None

    @property
    def state(self) -> str:
        """The domain's state, "absent" where it does not run."""
        return self.domain.state if self.domain is not None else "absent"


def guests(snapshot: Snapshot) -> tuple[Found, ...]:
    """Every file with the domain that came from it, then the domains that no file is known of.

    A domain belongs to every file that it can have been started from; more than one are copies.
    """
    pairs = [Found(conf, _domain_of(conf, snapshot.guests)) for conf in snapshot.confs]
    owned = {pair.domain.id for pair in pairs if pair.domain is not None}
    return (*pairs, *(Found(None, domain) for domain in snapshot.guests if domain.id not in owned))


def _domain_of(conf: Conf, domains: Iterable[Domain]) -> Domain | None:
    return next((domain for domain in domains if _came_from(domain, conf)), None)


def _came_from(domain: Domain, conf: Conf) -> bool:
    """Whether a domain can have been started from a file: same name, and nothing known that speaks against it.

    Copies of a file (a backup, another user's) often differ in nothing but the disks.
    """
    if domain.name != conf.label:
        return False
    theirs, ours = domain.uuid, conf.facts.uuid
    if theirs and ours and theirs != ours:
        return False
    disks = {disk for disk in conf.facts.disks if disk.startswith("/")}
    return not disks or not domain.disks or bool(disks & set(domain.disks))


def matches(address: Address, guest: Found) -> bool:
    """Whether every part of ``address`` agrees with ``guest``. BASEPATH limits the files that are looked at."""
    if address.label is not None and address.label != guest.label:
        return False
    if address.pathname is not None and posixpath.normpath(address.pathname) != _path_of(guest):
        return False
    if address.filename is not None and not _ends_with(_path_of(guest), address.filename):
        return False
    if address.uuid is not None and address.uuid.replace("-", "").lower() != guest.uuid:
        return False
    if address.mac is not None and address.mac.lower() not in guest.macs:
        return False
    return address.tcp is None or address.tcp in guest.addresses


def _path_of(guest: Found) -> str:
    if guest.path:
        return guest.path
    return derived_path(guest.domain) if guest.domain is not None else ""


def derived_path(domain: Domain) -> str:
    """Where the layout of the page puts a guest's file: beside its first disk, named after the directory."""
    if not domain.disks or not domain.disks[0].startswith("/") or domain.disks[0].startswith("/dev/"):
        return ""
    directory = posixpath.dirname(domain.disks[0])
    return posixpath.join(directory, posixpath.basename(directory) + ".conf")


def _ends_with(path: str, name: str) -> bool:
    name = name.removeprefix("./")
    return path == name or path.endswith("/" + name.lstrip("/")) if name else False


def find(address: Address, snapshot: Snapshot) -> tuple[Found, ...]:
    """All guests that ``address`` fits."""
    return tuple(guest for guest in guests(snapshot) if matches(address, guest))


def running(found: Iterable[Found]) -> tuple[Found, ...]:
    """The running ones, each domain once however many copies of its file there are."""
    seen: dict[int, Found] = {}
    for guest in found:
        if guest.domain is not None:
            seen.setdefault(guest.domain.id, guest)
    return tuple(seen.values())


def shortest(guest: Found, others: Sequence[Found]) -> str:
    """The shortest address that fits ``guest`` and none of ``others``."""
    tail = guest.path.split("/")
    tries = [Address(label=guest.label)]
    tries += [Address(filename="/".join(tail[-count:])) for count in range(1, len(tail))]
    tries += [Address(pathname=guest.path)] if guest.path else []
    tries += [Address(uuid=guest.uuid)] if guest.uuid else []
    rest = [other for other in others if (other.path, other.domain) != (guest.path, guest.domain)]
    for address in tries:
        if matches(address, guest) and not any(matches(address, other) for other in rest):
            return str(address)
    return f"l:{guest.label}"


def near(address: Address, snapshot: Snapshot) -> tuple[str, ...]:
    """Labels or paths that look like what was asked for."""
    known = guests(snapshot)
    if address.label is not None:
        return nearest(address.label, {guest.label for guest in known})
    wanted = address.pathname or address.filename
    if wanted is None:
        return ()
    names = {posixpath.basename(guest.path): guest.path for guest in known if guest.path}
    return tuple(names[name] for name in nearest(posixpath.basename(wanted), names))


def nearest(word: str, names: Iterable[str]) -> tuple[str, ...]:
    """At most three names that look like ``word``, the nearest first and equals in the order of the alphabet."""
    found = difflib.get_close_matches(word, sorted(names), 9)
    found.sort(key=lambda name: (-difflib.SequenceMatcher(None, word, name).ratio(), name))
    return tuple(found[:3])


def did_you_mean(near: Sequence[str]) -> str | None:
    """The cure that asks whether one of these was meant; None where there is none."""
    return f"Did you mean {either(near)}?" if near else None
