"""Which of the known guests an address means (ctys-facts section 2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ctys_ls.facts import Facts, Guest
from ctys_ls.languages.cmdline.world import ends
from ctys_ls.requests import Address


def matches(address: Address, host: str, facts: Facts) -> list[Guest]:
    """The guests of a host that every part of the address fits, each configuration file once.

    A part that a guest has no value for does not fit. DBRECORD and ALL name no guest that facts could tell.
    """
    if address.dbrecord is not None or address.all or not address:
        return []
    found: dict[object, Guest] = {}
    for guest in facts.guests:
        if guest.host == host and fits(address, guest):
            key = guest.path or (guest.label, guest.uuid)
            if key not in found or guest.running:
                found[key] = guest
    paths = [guest for guest in found.values() if guest.path]
    # A guest seen running without its file is the same one as the file with its label.
    return paths or list(found.values())


def fits(address: Address, guest: Guest) -> bool:
    """Whether a guest agrees with every part of an address."""
    path = guest.path or ""
    return all(
        (
            address.label is None or address.label == guest.label,
            address.pathname is None or address.pathname == path,
            address.filename is None or path.endswith("/" + address.filename.lstrip("/")),
            address.uuid is None or address.uuid == (guest.uuid or "").replace("-", "").lower(),
            address.mac is None or address.mac in {mac.lower() for mac in guest.macs},
            address.tcp is None or address.tcp in guest.addresses,
            not address.basepath or _below(path, address.basepath),
        )
    )


def _below(path: str, directories: Iterable[str]) -> bool:
    """Whether a path lies below one of the directories; relative ones count from any home directory."""
    return any(
        path.startswith(directory.rstrip("/") + "/")
        if directory[:1] == "/"
        else f"/{directory.strip('/')}/" in path
        for directory in directories
    )


def shortest(guest: Guest, others: Sequence[Guest]) -> str:
    """The shortest address that means ``guest`` and none of ``others``, as a suboption."""
    rest = [other for other in others if other is not guest]
    if all(other.label != guest.label for other in rest):
        return f"l:{guest.label}"
    if guest.path is not None:
        for end in ends(guest.path):
            if not any((other.path or "").endswith("/" + end) for other in rest):
                return f"f:{end}"
        return f"p:{guest.path}"
    return f"u:{guest.uuid}" if guest.uuid else f"l:{guest.label}"
