"""ENUMERATE's record of 47 fields (ctys-facts 6.2) from what was read in a guest's file. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest

from ctys_ls.runtime.snapshot import Conf, Snapshot

#: Field number to the tag that fills it.
_TAGS = {
    11: "VNCBASEPORT", 12: "DIST", 13: "DISTREL", 14: "OS", 15: "OSREL", 16: "VERSION", 17: "SERNO", 18: "CATEGORY",
    19: "VMSTATE", 20: "INST_HYPERREL", 21: "STACKCAP", 22: "STACKREQ", 23: "HWCAP", 24: "HWREQ", 25: "EXECLOCATION",
    26: "RELOCCAP", 27: "SSHPORT", 30: "INST_ACCELERATOR", 34: "CTYSRELEASE", 36: "GUESTGATEWAY", 38: "ARCH",
    39: "PLATFORM", 42: "CSTRG", 43: "USTRG", 44: "UID", 45: "GID", 46: "DEFAULTHOSTS", 47: "DEFAULTCONSOLE",
}  # fmt: skip
_TCP = 7
#: Parts of ``IPn = ip%netmask%relay%ifname%sshport%gateway`` to their fields.
_ADDRESS_FIELDS = (7, 35, 37, 33, 27, 36)
#: What ENUMERATE shows without MATCHVSTAT.
_USUAL = ("ACTIVE", "DISABLED", "")


def records(snapshot: Snapshot, conf: Conf) -> Iterator[tuple[str, ...]]:
    """One record for each interface of a guest, at least one."""
    facts = conf.facts
    base = {number: facts.tags.get(tag, "") for number, tag in _TAGS.items()}
    base |= {1: snapshot.fqdn or snapshot.host, 2: "XEN", 3: conf.label, 4: conf.path, 5: facts.uuid or ""}
    base |= {40: _number(facts.memory), 41: _number(facts.vcpus) or "1"}
    interfaces = [_interface(facts.tags.get(f"IP{number}", "")) for number in range(len(facts.addresses))]
    for number, (mac, address, parts) in enumerate(zip_longest(facts.macs, facts.addresses, interfaces)):
        fields = base | {6: (mac or "").upper(), 7: address or "", 33: str(number)}
        fields |= {field: text for field, text in zip(_ADDRESS_FIELDS, parts or (), strict=False) if text}
        yield record(fields)
    if not facts.macs and not facts.addresses:
        yield record(base)


def _interface(tag: str) -> tuple[str, ...]:
    return tuple(tag.partition(",")[0].split("%"))


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def machine(snapshot: Snapshot) -> tuple[str, ...]:
    """The record of the host itself."""
    fqdn = snapshot.fqdn or snapshot.host
    label = (snapshot.name or fqdn).partition(".")[0]
    return record(
        {1: fqdn, 2: "PM", 3: label, 6: snapshot.mac, 7: snapshot.address, 18: "PM", 38: snapshot.machine}
    )


def named(known: tuple[str, ...], names: Mapping[str, str]) -> tuple[str, ...]:
    """A record with the address as a name, where the host's own table has one."""
    address = known[_TCP - 1]
    return (*known[: _TCP - 1], names.get(address, address), *known[_TCP:])


def record(fields: dict[int, str]) -> tuple[str, ...]:
    """47 fields from those that are known."""
    return tuple(fields.get(number, "") for number in range(1, 48))


def shown(conf: Conf, states: tuple[str, ...]) -> bool:
    """Whether MATCHVSTAT lets a guest through; without it the active and disabled ones, and those without a state."""
    state = conf.facts.tags.get("VMSTATE", "").upper()
    if not states:
        return state in _USUAL
    wanted = {word.upper() for word in states}
    return "ALL" in wanted or state in wanted or (not state and bool(wanted & {"EMPTY", "ACTIVE", "PRESENT"}))
