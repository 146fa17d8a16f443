"""What ctys reads in a Xen domain file: by pattern, without parsing it, the first match wins (ctys-facts 7.2-7.4).

The file may be in either dialect and may be broken; Python text is never executed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice

from ctys_ls.facts import ConfFacts, Guest, Mark
from ctys_ls.text import Position, Span, split_lines

_TAG = re.compile(r"[ \t]*#@#([A-Za-z][\w-]*)(?:[ \t]*=[ \t]*[\"']?([^\"'\r\n]*))?")
_SETTING = re.compile(r"[ \t]*([a-z][a-z0-9_]*)[ \t]*=[ \t]*(?:\"([^\"\r\n]*)\"|'([^'\r\n]*)'|([^\s#;]+))")
_MAC = re.compile(r"\bmac[ \t]*=[ \t]*((?:[0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2})(?![0-9A-Fa-f:])")
_NATIVE = re.compile(r"(?:name|vif|disk|memory|bootloader|uuid|vcpus)[ \t]*\+?=")
_DISK = re.compile(r"^[ \t]*disk[ \t]*\+?=[ \t]*\[([^\]]*)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_QUOTED = re.compile(r"\"([^\"\r\n]*)\"|'([^'\r\n]*)'")
_PREFIX = re.compile(r"(?:raw|qcow2?|vhd|iscsi|nbd|enbd|drbd|tapdisk|tap2?|aio|ioemu|file|phy):")
_VNCDISPLAY = re.compile(r"\bvncdisplay[ \t]*=[ \t]*[\"']?(\d{1,5})")
_VNC = re.compile(
    r"^[ \t]*vnc[ \t]*=[ \t]*[\"']?0*[1-9]|^[ \t]*vfb[ \t]*=[ \t]*\[[^\]]*(?:type=vnc|vnc=1)", re.MULTILINE
)

#: So many characters are cut into lines at once.
_PIECE = 1 << 16
#: A file is a Xen guest's when it scores more than this: 99 for the MAGICID-XEN tag, one for a line with a native key.
_ENOUGH = 4
_MARK = "MAGICID-XEN"
#: Tags that keep a file out of ENUMERATE, whatever else it holds.
NEVER = frozenset({"MAGICID-IGNORE", "MAGICID-NOENUM"})


def enumerated(lines: Iterable[str], tags: Collection[str]) -> bool:
    """Whether ENUMERATE takes a file with these lines and these tags' names for a Xen guest's (ctys-facts 7.2)."""
    if not NEVER.isdisjoint(tags):
        return False
    native = (line for line in lines if _NATIVE.match(line))
    return _MARK in tags or len(list(islice(native, _ENOUGH + 1))) > _ENOUGH


def read_conf(text: str, path: str = "") -> ConfFacts:
    """What ctys knows of the guest whose domain file is ``text``."""
    tags: dict[str, str] = {}
    names: set[str] = set()
    settings: dict[str, str] = {}
    macs: list[str] = []
    for line in _lines(text):
        stripped = line.lstrip(" \t")
        if stripped.startswith("#"):
            if found := _TAG.match(line):
                key, value = found[1].upper(), (found[2] or "").replace("\t", "").split()
                names.add(key)
                if value and not tags.get(key):
                    tags[key] = value[-1]
            continue
        if found := _SETTING.match(line):
            settings.setdefault(found[1], next((part for part in found.groups()[1:] if part is not None), ""))
        if "mac" in line:
            macs.extend(_mac(found[1]) for found in _MAC.finditer(line))
    code = _COMMENT.sub("", text) if "disk" in text or "vnc" in text else ""
    display = _VNCDISPLAY.search(code)
    return ConfFacts(
        path=path,
        label=settings.get("name") or tags.get("LABEL", ""),
        uuid=_uuid(settings.get("uuid", "")) or _uuid(tags.get("UUID", "")),
        macs=tuple(dict.fromkeys(macs or _tagged_macs(tags))),
        addresses=tuple(dict.fromkeys(_addresses(tags))),
        disks=_disks(code),
        memory=_number(settings.get("memory") or tags.get("VRAM", "")),
        vcpus=_number(settings.get("vcpus") or tags.get("VCPU", "")),
        vnc=bool(_VNC.search(code)),
        vncdisplay=int(display[1]) if display else None,
        tags=tags,
        is_xen=enumerated(_lines(text), names),
    )


def _lines(text: str) -> Iterator[str]:
    """The lines, of a large text never all at once."""
    at = 0
    while at < len(text):
        end = text.find("\n", at + _PIECE) + 1 or len(text)
        yield from text[at:end].splitlines()
        at = end


def _mac(text: str) -> str:
    return ":".join(part.zfill(2) for part in text.lower().split(":"))


def _uuid(text: str) -> str | None:
    digits = text.strip().replace("-", "").lower()
    return digits if re.fullmatch(r"[0-9a-f]{32}", digits) else None


def _number(text: str) -> int | None:
    try:
        return int(text, 8 if re.fullmatch(r"0[0-7]+", text) else 0)
    except ValueError:
        return None


def _numbered(tags: dict[str, str], stem: str) -> list[str]:
    """The values of ``stem``, ``stem0``, ``stem1`` … in order of their number."""
    found = [
        (int(key[len(stem) :] or 0), value)
        for key, value in tags.items()
        if re.fullmatch(stem + r"\d{0,3}", key)
    ]
    return [value for _, value in sorted(found, key=lambda pair: pair[0])]


def _tagged_macs(tags: dict[str, str]) -> list[str]:
    return [_mac(value) for value in _numbered(tags, "MAC") if _MAC.match("mac=" + value)]


def _addresses(tags: dict[str, str]) -> list[str]:
    """The addresses of ``IPn = ip[%netmask[%relay…]][,next]``."""
    entries = (entry for value in _numbered(tags, "IP") for entry in value.split(","))
    return [address for entry in entries if (address := entry.split("%", 1)[0])]


def _disks(code: str) -> tuple[str, ...]:
    targets = []
    for block in _DISK.finditer(code):
        for quoted in _QUOTED.finditer(block[1]):
            spec = quoted[1] if quoted[1] is not None else quoted[2]
            named = re.search(r"(?:^|,)\s*target=(.*)", spec)
            target = named[1] if named else spec.split(",", 1)[0].strip()
            while not named and (prefix := _PREFIX.match(target)):
                target = target[prefix.end() :]
            if target and (named or "=" not in target):
                targets.append(target)
    return tuple(dict.fromkeys(targets))


def resembles(text: str) -> bool:
    """Whether a text looks like a Xen domain file to a person: ctys's tag, or a few keys that nothing else has together."""
    head = text[:20000]
    if "#@#MAGICID-XEN" in head:
        return True
    keys = {found[1] for found in _KEYS.finditer(head)}
    return len(keys) >= 3 and bool(
        keys & {"disk", "vif", "kernel", "bootloader", "builder", "vcpus", "memory"}
    )


_KEYS = re.compile(
    r"^[ \t]*(name|vif|disk|memory|bootloader|uuid|vcpus|kernel|type|builder|vnc|extra|ramdisk|on_reboot)[ \t]*\+?=",
    re.MULTILINE,
)


def as_guest(conf: ConfFacts, text: str = "") -> Guest:
    """A file of the workspace as one of the known guests, so that other files can be compared with it.

    With its ``text`` also the places of what it must not share.
    """
    guest = Guest(
        host="",
        label=conf.label,
        path=conf.path,
        uuid=conf.uuid,
        macs=conf.macs,
        addresses=conf.addresses,
        source="workspace",
        disks=conf.disks,
        vncdisplay=conf.vncdisplay,
    )
    if not text:
        return guest
    lines = split_lines(text)
    places = tuple(_places(guest, lines))
    numbers = sorted({where.start.line for _, where in places})
    return replace(
        guest,
        places=places,
        lines=tuple((number, lines[number]) for number in numbers if not lines[number].isascii()),
        bridges=_words(_BRIDGE, text),
        boots=_words(_BOOT, text),
    )


def _words(what: re.Pattern[str], text: str) -> tuple[str, ...]:
    """The different words that an expression finds, but of a text made to exhaust somebody's memory not all."""
    return tuple(dict.fromkeys(found[1] for found in islice(what.finditer(text), _MOST)))


#: A guest has fewer network cards and kernels than this.
_MOST = 1000
_BRIDGE = re.compile(r"\bbridge[ \t]*=[ \t]*([\w.-]+)")
_BOOT = re.compile(
    r"^[ \t]*(?:kernel|ramdisk|bootloader|firmware_override)[ \t]*=[ \t]*[\"'](/[^\"'\r\n]*)", re.MULTILINE
)


def _places(guest: Guest, lines: Sequence[str]) -> Iterator[tuple[Mark, Span]]:
    """Where each mark stands first: in a setting, or where no setting has it in a tag."""
    settings = (one for one in enumerate(lines) if not one[1].lstrip(" \t").startswith("#"))
    tags = (one for one in enumerate(lines) if "#@#" in one[1])
    missing = dict.fromkeys(guest.marks())
    for number, line in chain(settings, tags):
        for mark, start, end in _written(line, missing):
            if mark in missing:
                del missing[mark]
                yield mark, Span(Position(number, start), Position(number, end))


def _written(line: str, marks: Mapping[Mark, None]) -> list[tuple[Mark, int, int]]:
    """The marks that a line may hold, with their columns."""
    found: list[tuple[Mark, int, int]] = []
    for one in _NAMED.finditer(line):
        kind, value = _KINDS[one[1].lower()], one[2]
        value = _uuid(value) or "" if kind == "uuid" else value.lstrip("0") or "0" if kind == "vnc" else value
        found.append(((kind, value), *one.span(2)))
    found += [(("mac", _mac(one[1])), *one.span(1)) for one in _MACS.finditer(line)]
    plain = ((mark, line.find(mark[1])) for mark in marks if mark[0] in {"ip", "disk"})
    found += [(mark, at, at + len(mark[1])) for mark, at in plain if at >= 0]
    return found


_NAMED = re.compile(r"(?:\b|#@#)(name|uuid|vncdisplay|LABEL|UUID)[ \t]*=[ \t]*[\"']?([^\"'\s,;#\]]+)")
_KINDS = {"name": "name", "label": "name", "uuid": "uuid", "vncdisplay": "vnc"}
_MACS = re.compile(
    r"(?:\bmac|#@#MAC\d{0,3})[ \t]*=[ \t]*[\"']?((?:[0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2})(?![0-9A-Fa-f:])"
)
