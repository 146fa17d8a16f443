"""What ctys makes of a file: its tags, and the VNC settings it recommends (ctys-facts 7)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ctys_ls.languages.xenconf.facts import NEVER, enumerated
from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.languages.xenconf.tree import HEAD
from ctys_ls.problems import Fix, Related
from ctys_ls.schema.load import xen_tags
from ctys_ls.text import Edit, Position, Span, span

TAG = re.compile(r"[ \t]*#@#([A-Za-z][\w-]*)(?:([ \t]*=[ \t]*)([\"']?)([^\"'\r\n]*))?")
_START = Span(Position(0, 0), Position(0, 0))


def check(reader: Reader) -> None:
    """Tags and VNC."""
    _tags(reader)
    _vnc(reader)


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
    tagged = reader.tree.tagged
    if not tagged:
        return
    _layout(reader, [found[1].upper() for _, line in tagged if (found := TAG.match(line))])
    known = xen_tags()
    name, uuid = reader.find("name"), reader.find("uuid")
    for number, line in tagged:
        found = TAG.match(line)
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
    if not enumerated(reader.tree.lines[:HEAD], tags) and NEVER.isdisjoint(tags):
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
