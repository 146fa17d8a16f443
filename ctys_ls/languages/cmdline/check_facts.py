"""A command against what is known of hosts and guests. What is unknown never makes a problem."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from ctys_ls.facts import Facts, Guest
from ctys_ls.languages.cmdline.arguments import address_of, off, value_of
from ctys_ls.languages.cmdline.check_address import malformed
from ctys_ls.languages.cmdline.check_values import dynamic
from ctys_ls.languages.cmdline.cures import without_sub
from ctys_ls.languages.cmdline.findings import Finding, Repair, near, perhaps, replacements
from ctys_ls.languages.cmdline.layers import Call
from ctys_ls.languages.cmdline.nodes import Action, Command, Sub
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.languages.cmdline.resolve import matches, shortest
from ctys_ls.requests import Address
from ctys_ls.schema import cmdline as schema


def facts_findings(command: Command, found_calls: Sequence[Call], facts: Facts) -> list[Finding]:
    """Misspelt hosts, addresses that no guest or several guests have."""
    if command.program != "ctys" or not (facts.hosts or facts.guests):
        return []
    found: dict[tuple[str, int], Finding] = {}
    for call in found_calls:
        for finding in (*_host(call, facts), *_address(call, facts)):
            # The shared address of several hosts is marked once.
            found.setdefault((finding.code, finding.where.start), finding)
    return list(found.values())


def _host(call: Call, facts: Facts) -> Iterator[Finding]:
    """A name that differs from a known host's by a slip of letters. Another number is another host."""
    name = call.host
    if dynamic(name) or name.startswith("-") or not call.where.text.endswith(name) or not name:
        return
    known = {host.name for host in facts.hosts} | {guest.host for guest in facts.guests} | set(facts.groups)
    if name in known or name == "localhost" or "." in name or "/" in name:
        return
    digits = re.sub(r"\D", "", name)
    close = [other for other in near(name, known) if re.sub(r"\D", "", other) == digits]
    if close:
        where = call.where.cut(len(call.where.text) - len(name))
        yield Finding(
            "ctys.unknown-host",
            where,
            f"No host {name} is known.{perhaps(close)}",
            replacements(where, close, safe=False),
        )


def _address(call: Call, facts: Facts) -> Iterator[Finding]:
    option = call.options.get("a")
    action = option.action if option else None
    name = action.name.text.upper() if action else ""
    if action is None or name not in ("CREATE", "CANCEL") or value_of(call.options, "t").upper() != "XEN":
        return
    subs = address_subs(action)
    if not subs or any(sub.argument is None or dynamic(sub.argument.text) for sub in subs):
        return
    address = address_of(name, action.subs)
    if not address or address.all or address.dbrecord is not None:
        return
    found = matches(address, call.host, facts)
    cached = not (off(call.options, "c") or off(call.options, "C"))
    if len(found) > 1 and cached and value_of(call.options, "A").upper() not in ("1", "ON"):
        running = [guest for guest in found if guest.running]
        if not (name == "CANCEL" and len(running) == 1):
            yield _ambiguous(call, subs, found, facts)
    if not found and call.host in facts.complete_hosts and cached and not malformed(action):
        yield from _nothing(call, action, address, subs, facts)


def address_subs(action: Action) -> list[Sub]:
    """The suboptions of an action that say which machine, BASEPATH left out."""
    rows = schema.rows()
    name = action.name.text.upper()
    found = []
    for sub in action.subs:
        row = rows.sub(name, sub.key.text)
        if row is not None and row.address:
            found.append(sub)
    return found


def _ambiguous(call: Call, subs: list[Sub], found: list[Guest], facts: Facts) -> Finding:
    first, last = subs[0].whole, subs[-1].whole
    where = first if len(subs) == 1 else Piece("", first.start, last.end)
    # A part that names a file already is the one to make longer; otherwise the first part gives way.
    target = next((sub for sub in subs if sub.key.text.upper() in _FILES), subs[0]).whole
    repairs = []
    for guest in [] if call.inside else found:
        address = shortest(guest, found)
        repairs.append(Repair(f"Choose {address} ({_described(guest)})", ((target, address),), safe=False))
    names = "; ".join(_described(guest) for guest in found)
    return Finding(
        "ctys.ambiguous-address",
        where,
        f"{len(found)} machines on {call.host} have this address: {names}.",
        tuple(repairs),
        related=tuple((_file(guest, facts), _marks(guest)) for guest in found),
    )


def _file(guest: Guest, facts: Facts) -> str:
    """The file of a guest, where it is one of this workspace; what lies on a host cannot be opened from here."""
    here = any(file.path == guest.path for file in facts.files)
    return f"file://{quote(guest.path)}" if here and guest.path else ""


def _marks(guest: Guest) -> str:
    """A match with all that tells it from the others."""
    state = {True: "running", False: "not running", None: ""}[guest.running]
    marks = [f"UUID {guest.uuid}" if guest.uuid else "no UUID", *guest.macs, *guest.addresses, state]
    return f"{guest.label} on {guest.host}, {_described(guest)}: {', '.join(mark for mark in marks if mark)}"


_FILES = frozenset({"F", "FNAME", "FILENAME", "P", "I", "ID", "PNAME", "PATHNAME"})


def _described(guest: Guest) -> str:
    return guest.path or guest.uuid or guest.label


def _nothing(
    call: Call, action: Action, address: Address, subs: list[Sub], facts: Facts
) -> Iterator[Finding]:
    here = [guest for guest in facts.guests if guest.host == call.host]
    parts = [
        replace(Address(), **{name: value})
        for name in ("pathname", "filename", "label", "uuid", "mac", "tcp")
        if (value := getattr(address, name)) is not None
    ]
    first, last = subs[0].whole, subs[-1].whole
    where = Piece("", first.start, last.end) if len(subs) > 1 else first
    if len(parts) > 1 and all(matches(part, call.host, facts) for part in parts):
        yield Finding(
            "ctys.address-disagrees",
            where,
            f"Each part fits a machine on {call.host}, but all of them fit none.",
            tuple(_without_a_part(call, action, subs, facts)),
        )
        return
    label = next((sub.argument for sub in subs if sub.key.text.upper() in ("L", "LABEL")), None)
    close = near(address.label or "", [guest.label for guest in here]) if address.label else []
    # In a stack the label stands between brackets.
    words = [f"[{word}]" if call.inside else word for word in close]
    fixes = replacements(label, words, safe=False) if label is not None else ()
    yield Finding(
        "ctys.unknown-label",
        label if label is not None else where,
        f"No machine on {call.host} has this address.{perhaps(close) or _there(here)}",
        fixes,
    )


def _there(guests: list[Guest]) -> str:
    """The labels that a host has, where they are few enough to be read."""
    labels = sorted({guest.label for guest in guests if guest.label})
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return f" There are {', '.join(labels[:_SHOWN])}{more}." if labels else ""


#: How many labels a message names.
_SHOWN = 6


def _without_a_part(call: Call, action: Action, subs: list[Sub], facts: Facts) -> Iterator[Repair]:
    """The address without one of its parts, where the others mean one machine."""
    name = action.name.text.upper()
    for part in subs:
        rest = address_of(name, [sub for sub in action.subs if sub is not part])
        found = matches(rest, call.host, facts) if rest else []
        if len(found) == 1:
            title = f"Leave {part.whole.text} out: {_described(found[0])}"
            yield from without_sub(action.subs, part, title=title)
