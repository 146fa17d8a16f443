"""A file against the hosts it is meant for: bridges, kernels and images, memory, and the guests that are there.

What is not known of a host never raises an alarm. Guests of one name are taken for the same guest, unless their uuids say
that they are not.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ctys_ls.facts import Equipment, Facts, Guest, Host, Refusal, mark_of
from ctys_ls.languages.xenconf.known import by_mark
from ctys_ls.languages.xenconf.meaning import size
from ctys_ls.languages.xenconf.options import Dialect
from ctys_ls.languages.xenconf.rules.disk import read_disk
from ctys_ls.languages.xenconf.rules.others import CALLED, another, own_marks
from ctys_ls.languages.xenconf.rules.reader import Item, Reader
from ctys_ls.languages.xenconf.rules.spec import split
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.problems import Fix, Problem, Severity
from ctys_ls.text import Edit, Position, Span

#: What two guests may not share wherever they run; disks and displays belong to a host.
_EVERYWHERE = frozenset({"uuid", "mac", "ip"})
_BOOTS = ("kernel", "ramdisk", "bootloader", "device_tree", "firmware_override", "device_model_override")
_RELEASE = re.compile(r"\d+\.\d+")


def targets(path: str, facts: Facts) -> tuple[Host, ...]:
    """The hosts that a file is meant for and that are known."""
    if not facts.targets:
        return ()
    meant = (*facts.targets.get("", ()), *facts.targets.get(path, ()))
    names = {destination.rpartition("@")[2] for destination in meant}
    return tuple(host for host in facts.hosts if host.name in names)


def for_its_hosts(tree: Tree, facts: Facts) -> Tree:
    """The tree to be read by the release of the hosts it is meant for, the oldest of several.

    It stays as it is where the settings name a release, or where none is known.
    """
    if tree.options.release:
        return tree
    found = [
        match[0] for host in targets(tree.path, facts) if (match := _RELEASE.match(host.xen_release or ""))
    ]
    if not found:
        return tree
    oldest = min(found, key=lambda text: tuple(map(int, text.split("."))))
    return replace(tree, options=replace(tree.options, release=oldest))


def check(reader: Reader, facts: Facts) -> None:
    """All of it; nothing where no host is known."""
    if not facts.guests and not facts.targets:
        return
    meant = targets(reader.tree.path, facts)
    _guests(reader, facts, frozenset(host.name for host in meant))
    for host in meant:
        if host.equipment is not None:
            _bridges(reader, host.name, host.equipment)
            _paths(reader, host.name, host.equipment)
            _memory(reader, host.name, host.equipment, facts)


def text_for_xl(tree: Tree) -> str:
    """The text that a host's own xl may be asked about: "" where only xm could read it, which would run it."""
    return "" if tree.dialect is Dialect.XM else "".join(tree.lines)


def refused(tree: Tree, facts: Facts) -> list[Problem]:
    """What the hosts that a file is meant for refuse about this very text, where nothing else was found to be an error."""
    verdicts = [(host, host.equipment.verdicts) for host in targets(tree.path, facts) if host.equipment]
    if not any(known for _, known in verdicts):
        return []
    mark = mark_of(text_for_xl(tree))
    return [
        Problem(
            "xenconf.host-refuses", Severity.ERROR, _line(tree, refusal.line or 0), _refusal(host, refusal)
        )
        for host, known in verdicts
        if (refusal := known.get(mark)) is not None
    ]


def _refusal(host: Host, refusal: Refusal) -> str:
    return f"xl create -n on {host.name} refuses the file: {refusal.words}"


def _line(tree: Tree, number: int) -> Span:
    number = min(number, len(tree.lines) - 1)
    return Span(Position(number, 0), Position(number, len(tree.lines[number].rstrip("\r\n"))))


def _bridges(reader: Reader, host: str, equipment: Equipment) -> None:
    bridges = equipment.bridges
    if bridges is None:
        return
    for item in _strings(reader, "vif"):
        parts = {part.text.strip().partition("=")[0]: part for part in split(item.text)}
        named = parts.get("bridge")
        if named is None or {"backend", "script"} & set(parts):
            # The bridge of a driver domain, or of a script that makes of the word what it likes.
            continue
        value = named.text.partition("=")[2].strip()
        if not value or value in bridges:
            continue
        where = item.part(named.end - len(named.text.partition("=")[2].lstrip()), named.end)
        have = f"it has {', '.join(bridges)}" if bridges else "it has none at all"
        fixes = (Fix(f"Write {one}", (Edit(where, one),), safe=False) for one in _likely(value, bridges))
        reader.warn("host-bridge", where, f"{host} has no bridge {value}; {have}.", *fixes)


def _likely(word: str, words: tuple[str, ...]) -> list[str]:
    """At most three words to take instead, the nearest first."""
    close = _near(word, words, 3)
    return [*close, *(one for one in words if one not in close)][:3]


def _near(word: str, words: Iterable[str], most: int) -> list[str]:
    # Few files need it, and loading it takes as long as checking a file.
    from difflib import get_close_matches

    return get_close_matches(word, list(words), most, 0.8)


def _paths(reader: Reader, host: str, equipment: Equipment) -> None:
    for path, where in named_paths(reader):
        if equipment.paths.get(path, True):
            continue
        folder, name = posixpath.split(path)
        others = {
            posixpath.basename(one): one for one in equipment.images if posixpath.dirname(one) == folder
        }
        close = [others[one] for one in _near(name, others, 1)]
        fixes = (Fix(f"Write {one}", (Edit(where, one),), safe=False) for one in close)
        reader.warn("host-path", where, f"There is no {path} on {host}.", *fixes)


def named_paths(reader: Reader) -> Iterator[tuple[str, Span]]:
    """The absolute paths that must be on the host: what boots the guest, and its disks."""
    for name in _BOOTS:
        found = reader.find(name)
        if found is not None and (found.text or "").startswith("/"):
            yield found.text or "", found.value.part(0, len(found.text or ""))
    for item in _strings(reader, "disk"):
        disk = read_disk(item.text)
        if disk.target and disk.target.startswith("/") and not disk.script and not disk.backend:
            yield disk.target, item.part(*disk.target_at)


def _strings(reader: Reader, name: str) -> Iterator[Item]:
    found = reader.find(name)
    yield from (item for item in (found.items if found is not None else ()) if not item.is_list)


def _memory(reader: Reader, host: str, equipment: Equipment, facts: Facts) -> None:
    memory, amount = reader.find("memory"), reader.long("memory")
    free = equipment.free_memory
    if memory is None or amount is None or free is None or amount <= free:
        return
    label = _label(reader)
    if any(guest.running and guest.label == label and guest.host == host for guest in facts.guests):
        # It has its memory already.
        return
    total = equipment.total_memory
    if total is not None and amount > total:
        message = f"The guest wants {size(amount)}, {host} has {size(total)} in all."
    else:
        message = f"The guest wants {size(amount)}, on {host} {size(free)} are free now (Domain-0 may give some back)."
    reader.warn("host-memory", memory.span, message)


def _label(reader: Reader) -> str:
    name = reader.find("name")
    return (name.text or "") if name is not None else ""


def _guests(reader: Reader, facts: Facts, meant: frozenset[str]) -> None:
    """Guests of hosts, configured or running, that have something which only one guest can have."""
    known = by_mark(facts.guests)
    marks = list(own_marks(reader, known))
    uuid = next((value for kind, value, _ in marks if kind == "uuid"), "")
    label, path = _label(reader), reader.tree.path
    for kind, value, where in marks:
        # The guest that is most in the way: on a host that is meant, and running.
        others = sorted(
            known.get((kind, value), ()), key=lambda other: (other.host not in meant, not other.running)
        )
        for other in others:
            same = other.label == label and not _differ(uuid, other.uuid)
            if same or (path and other.path == path) or (other.host not in meant and kind not in _EVERYWHERE):
                continue
            fixes = another(path, kind, value, where, facts)
            reader.warn(f"host-{kind}", where, _clash(kind, value, other), *fixes)
            break


def _differ(one: str, other: str | None) -> bool:
    return bool(one and other) and one != (other or "").replace("-", "").lower()


def _clash(kind: str, value: str, other: Guest) -> str:
    runs = "runs" if other.running else "is configured"
    whose = f" ({other.path})" if other.path else ""
    if kind == "name":
        return f"Another guest of the name {value} {runs} on {other.host}{whose}; its uuid is {other.uuid}."
    return (
        f"The guest {other.label}, which {runs} on {other.host}{whose}, has the same {CALLED[kind]}, {value}."
    )
