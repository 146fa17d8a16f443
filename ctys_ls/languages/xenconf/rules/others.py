"""The other guests of the workspace: what no two of them may share, and what to take instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from uuid import NAMESPACE_OID, UUID, uuid5

from ctys_ls.facts import Facts, Mark
from ctys_ls.languages.xenconf.known import by_mark
from ctys_ls.languages.xenconf.rules.ctys import TAG
from ctys_ls.languages.xenconf.rules.disk import read_disk
from ctys_ls.languages.xenconf.rules.network import completed, named_macs
from ctys_ls.languages.xenconf.rules.reader import Item, Reader
from ctys_ls.languages.xenconf.rules.spec import Mention, Mentions
from ctys_ls.languages.xenconf.values import Atom, Value
from ctys_ls.problems import Fix, Related
from ctys_ls.text import Edit, Position, Span, span

_START = Span(Position(0, 0), Position(0, 0))


def check(reader: Reader, facts: Facts) -> None:
    """The same name, uuid, MAC, address, disk or VNC display in another file of the workspace."""
    path = reader.tree.path
    if not path or all(guest.path == path for guest in facts.files[:2]):
        return
    known = by_mark(facts.files)
    for kind, value, where in own_marks(reader, known):
        others = known.get((kind, value), ())
        other = next((guest for guest in others if guest.path != path), None)
        if other is not None:
            place = next((place for mark, place in other.places if mark == (kind, value)), _START)
            what = CALLED[kind]
            rest = sum(guest.path != path for guest in others) - 1
            more = f" and {rest} more" if rest else ""
            shown = spelled(kind, value)
            file = (other.path or "").rpartition("/")[2]
            whose = (
                f"{file}{more} has a guest of"
                if kind == "name"
                else f"{other.label or file} ({file}){more} has"
            )
            message = f"In this workspace {whose} the same {what}, {shown}."
            line = dict(other.lines).get(place.start.line, "")
            related = (
                (Related(_uri(other.path), place, f"{what} {shown} is here, too", line),)
                if other.path
                else ()
            )
            fixes = another(path, kind, value, where, facts)
            reader.warn(f"workspace-{kind}", where, message, *fixes, related=related)


def spelled(kind: str, value: str) -> str:
    """A mark's value as people write it."""
    return str(UUID(value)) if kind == "uuid" and len(value) == _DIGITS else value


def another(path: str, kind: str, value: str, where: Span, facts: Facts) -> tuple[Fix, ...]:
    """A value that no known guest has, where one can be made up; the same one whenever it is asked for."""
    taken = (by_mark(facts.files), by_mark(facts.guests))
    if kind == "uuid":
        fresh = f'"{uuid5(NAMESPACE_OID, f"ctys {path} {value}")}"'
        return (Fix("Write a new uuid", (Edit(where, fresh),), safe=False),)
    if kind == "mac":
        macs_ = (completed([], f"{path} {value} {number}") for number in count())
        fresh = next(mac for mac in macs_ if not any(("mac", mac) in known for known in taken))
    elif kind == "vnc":
        displays = (str(number) for number in count())
        fresh = next(one for one in displays if not any(("vnc", one) in known for known in taken))
    else:
        return ()
    return (Fix(f"Write {fresh}, which is free", (Edit(where, fresh),), safe=False),)


#: The hexadecimal digits of a uuid.
_DIGITS = 32
#: What people call the kinds of marks.
CALLED = {
    "name": "name",
    "uuid": "uuid",
    "mac": "MAC",
    "ip": "address",
    "disk": "disk",
    "vnc": "VNC display",
}


def own_marks(reader: Reader, known: Mapping[Mark, object]) -> Iterator[tuple[str, str, Span]]:
    """What no other guest may share with this one: kind, value, place. Disks that are only read may be shared.

    Interfaces and disks of which no other guest is ``known`` to have one may be left out: there may be thousands.
    """
    name, uuid = reader.find("name"), reader.find("uuid")
    if name and name.text:
        yield "name", name.text, name.span
    digits = (uuid.text or "").replace("-", "").lower() if uuid else ""
    if uuid and digits:
        yield "uuid", digits, uuid.span
    for kind, key, mentions in (("mac", "vif", named_macs), ("disk", "disk", _images)):
        for line, block in reader.blocks(key) or ():
            if not known.keys().isdisjoint(block.kept(_marks, kind, mentions)):
                for word, string, start, end in block.kept(mentions):
                    yield kind, word, Item(string, line).part(start, end)
    display, number = reader.find("vncdisplay"), reader.long("vncdisplay")
    if display and number is not None and not reader.long("vncunused"):
        yield "vnc", str(number), display.span
    yield from _addresses(reader)


def _images(items: Sequence[Value]) -> list[Mention]:
    """The images that the strings of disk= may write to."""
    disks = [(item, read_disk(item.value)) for item in items if isinstance(item, Atom)]
    return [
        Mention(disk.target, item, *disk.target_at)
        for item, disk in disks
        if disk.target and not disk.cdrom and disk.writable is not False
    ]


def _marks(items: Sequence[Value], kind: str, mentions: Mentions) -> frozenset[Mark]:
    return frozenset((kind, mention.word) for mention in mentions(items))


def _addresses(reader: Reader) -> Iterator[tuple[str, str, Span]]:
    """The addresses of the tags ``IPn = ip[%netmask…][,next]``."""
    for number, line in reader.tree.tagged:
        found = TAG.match(line) if "#@#IP" in line else None
        if found and found[4] and re.fullmatch(r"IP\d{0,3}", found[1].upper()):
            at = found.start(4)
            for entry in found[4].split(","):
                address = entry.split("%", 1)[0].strip()
                if address:
                    start = at + entry.index(address)
                    yield "ip", address, span(number, start, start + len(address))
                at += len(entry) + 1


def _uri(path: str | None) -> str | None:
    from urllib.parse import quote

    return "file://" + quote(path) if path else None
