"""What ctys makes of a file: its tags, the VNC settings it recommends, and the other guests around (ctys-facts 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ctys_ls.facts import Facts, Mark
from ctys_ls.languages.xenconf.facts import NEVER, enumerated
from ctys_ls.languages.xenconf.known import by_mark
from ctys_ls.languages.xenconf.rules.disk import read_disk
from ctys_ls.languages.xenconf.rules.network import named_macs
from ctys_ls.languages.xenconf.rules.reader import Item, Reader
from ctys_ls.languages.xenconf.rules.spec import Mention, Mentions
from ctys_ls.languages.xenconf.values import Atom, Value
from ctys_ls.problems import Fix, Related
from ctys_ls.schema.load import xen_tags
from ctys_ls.text import Edit, Position, Span, span

_TAG = re.compile(r"[ \t]*#@#([A-Za-z][\w-]*)(?:([ \t]*=[ \t]*)([\"']?)([^\"'\r\n]*))?")
#: So many lines of a file are searched for tags.
_HEAD = 2000
_START = Span(Position(0, 0), Position(0, 0))


def check(reader: Reader, facts: Facts) -> None:
    """Tags, VNC, and duplicates among the known guests."""
    _tags(reader)
    _vnc(reader)
    _others(reader, facts)


def _vnc(reader: Reader) -> None:
    """VNC without vncunused or a display: two guests on one host fight for port 5900 (the use-case page's trio)."""
    found = reader.find("vnc")
    if found is None or not reader.long("vnc"):
        return
    if (
        reader.find("vncunused") is None
        and reader.find("vncdisplay") is None
        and reader.find("vncconsole") is not None
    ):
        line = found.whole.end.line
        end = Position(line, len(reader.tree.lines[line].rstrip("\r\n")))
        reader.hint(
            "vnc-trio",
            found.whole,
            "The use-case page recommends vncunused = 1 beside vnc and vncconsole, so that each guest finds a free port.",
            Fix("Add vncunused = 1", (Edit(Span(end, end), "\nvncunused = 1"),)),
        )


def _tags(reader: Reader) -> None:
    """Tags that contradict the file, or that ctys does not know. Only the head of very long files is looked at."""
    tagged = [(number, line) for number, line in enumerate(reader.tree.lines[:_HEAD]) if "#@#" in line]
    if not tagged:
        return
    _layout(reader, [found[1].upper() for _, line in tagged if (found := _TAG.match(line))])
    known = xen_tags()
    name, uuid = reader.find("name"), reader.find("uuid")
    for number, line in tagged:
        found = _TAG.match(line)
        if not found:
            continue
        tag, value = found[1].upper(), (found[4] or "").replace("\t", "").strip()
        plain = re.sub(r"\d+$", "", tag)
        where = span(number, found.start(1), found.end(1))
        if (
            tag not in known
            and plain not in known
            and plain + "0" not in known
            and not tag.startswith(("MAGICID", "INST_"))
        ):
            reader.hint("tag-unknown", where, f"ctys knows no tag {tag}.")
        elif " " in value:
            last = value.split()[-1]
            place = span(number, found.start(4), found.start(4) + len(found[4].rstrip()))
            message = f"ctys reads the last word of a tag only: {last}."
            reader.warn(
                "tag-blank",
                place,
                message,
                Fix("Write _ for the blanks", (Edit(place, value.replace(" ", "_")),), safe=False),
            )
        for key, setting in (("LABEL", name), ("UUID", uuid)):
            if tag == key and value and setting and setting.text and not _same(key, value, setting.text):
                place = span(number, found.start(4), found.start(4) + len(found[4].rstrip()))
                reader.warn(
                    "tag-contradiction",
                    place,
                    f"The tag says {value}, but {setting.name} is {setting.text}; ctys goes by {setting.name}.",
                    Fix(f"Write {setting.text}", (Edit(place, setting.text),)),
                    related=(Related(None, setting.whole, "the setting"),),
                )


def _layout(reader: Reader, tags: Sequence[str]) -> None:
    """A file with ctys's tags that ENUMERATE passes over, or that is not called as ctys expects (ctys-facts 7.1, 7.2)."""
    name, path = reader.find("name"), reader.tree.path
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    if name and name.text and path.endswith(".conf") and stem != name.text:
        message = f"ctys expects {name.text}/{name.text}.conf for the guest {name.text}; LIST cannot tell this file's path."
        reader.hint("file-name", name.span, message)
    if not enumerated(reader.tree.lines[:_HEAD], tags) and NEVER.isdisjoint(tags):
        fix = Fix("Add #@#MAGICID-XEN", (Edit(_START, "#@#MAGICID-XEN\n"),))
        where = span(0, 0, len(reader.tree.lines[0].rstrip("\r\n")))
        reader.hint(
            "tag-magicid",
            where,
            "ctys's ENUMERATE passes over this file: it has neither the tag MAGICID-XEN nor five of ctys's keys.",
            fix,
        )


def _same(key: str, left: str, right: str) -> bool:
    if key == "UUID":
        return left.replace("-", "").lower() == right.replace("-", "").lower()
    return left == right


def _others(reader: Reader, facts: Facts) -> None:
    """The same name, uuid, MAC, address, disk or VNC display in another file of the workspace."""
    if not facts.files or not reader.tree.path:
        return
    known = by_mark(facts.files)
    for kind, value, where in own_marks(reader, known):
        others = known.get((kind, value), ())
        other = next((guest for guest in others if guest.path != reader.tree.path), None)
        if other is not None:
            place = next((place for mark, place in other.places if mark == (kind, value)), _START)
            what = CALLED[kind]
            count = sum(guest.path != reader.tree.path for guest in others) - 1
            more = f" and {count} more" if count else ""
            message = (
                f"The guest {other.label or other.path}{more} of this workspace has the same {what}, {value}."
            )
            related = (
                (Related(_uri(other.path), place, f"{what} {value} is here, too"),) if other.path else ()
            )
            reader.warn(f"workspace-{kind}", where, message, related=related)


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
    for number, line in enumerate(reader.tree.lines[:2000]):
        found = _TAG.match(line) if "#@#IP" in line else None
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
