"""The strings of disk=, read as libxlutil's scanner reads them: at each place the longest rule wins, then the first
(check xl-065; xen-conf section 3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.languages.xenconf.rules.spec import Finding, Mend, Mention, doubt, judge, refuse, strings, twice
from ctys_ls.languages.xenconf.values import Atom, Value
from ctys_ls.problems import Related
from ctys_ls.schema.load import xen_subs

_FORMATS = {
    "": "raw",
    "raw": "raw",
    "qcow": "qcow",
    "qcow2": "qcow2",
    "vhd": "vhd",
    "qed": "qed",
    "empty": "empty",
}
_ACCESS = {"": True, "w": True, "rw": True, "r": False, "ro": False}
_BACKENDS = frozenset({"phy", "tap", "qdisk", "standalone"})
_SCRIPTS = {"iscsi": "block-iscsi", "nbd": "block-nbd", "enbd": "block-enbd", "drbd": "block-drbd"}
_PLAIN_PREFIXES = "tapdisk|tap2?|aio|ioemu|file|phy"

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
#: Rule name, the characters that it may begin with ("": any), its pattern, in the scanner's order. The second group of
#: names counts the rest of the string into its length, so that it beats every shorter rule.
_RULES: tuple[tuple[str, str, str, bool], ...] = (
    ("blank", " \t\n", r"[ \t\n]+(?=([^ \t\n][^\n]*)?)", True),
    ("format", "f", r"format=[^,]*,?", False),
    ("cdrom", "c", r"cdrom,?", False),
    ("cdrom", "d", r"devtype=cdrom,?", False),
    ("disk", "d", r"devtype=disk,?", False),
    ("devtype", "d", r"devtype=[^,]*,?", False),
    ("access", "a", r"access=[^,]*,?", False),
    ("backend", "b", r"backend=[^,]*,?", False),
    ("backendtype", "b", r"backendtype=[^,]*,?", False),
    ("specification", "s", r"specification=[^,]*,?", False),
    ("vdev", "v", r"vdev=[^,]*,?", False),
    ("script", "s", r"script=[^,]*,?", False),
    ("flag", "d", r"direct-io-safe,?", False),
    ("flag", "d", r"discard,?", False),
    ("flag", "n", r"no-discard,?", False),
    ("trust", "tu", r"(?:un)?trusted,?", False),
    ("grant_usage", "g", r"grant_usage=[^,]*,?", False),
    ("flag", "c", r"colo,?", False),
    ("flag", "n", r"no-colo,?", False),
    ("colo-host", "c", r"colo-host=[^,]*,?", False),
    ("colo-port", "c", r"colo-port=[^,]*,?", False),
    ("colo-export", "c", r"colo-export=[^,]*,?", False),
    ("active-disk", "a", r"active-disk=[^,]*,?", False),
    ("hidden-disk", "h", r"hidden-disk=[^,]*,?", False),
    ("target", "t", r"target=[^\n]*", False),
    ("unknown", _LETTERS, r"[a-z][-a-z0-9]*=[^,],?", False),
    ("format-prefix", "rqv", r"(?:raw|qcow2?|vhd):(?=([^\n]*))", True),
    ("script-prefix", "iend", r"(?:iscsi|e?nbd|drbd):(?=([^\n]*))", True),
    ("prefix", "taifp", rf"(?:{_PLAIN_PREFIXES}):(?=([^\n]*))", True),
    ("bad-prefix", _LETTERS, r"[a-z][a-z0-9]*:(?=((?:[^a-z0-9][^\n]*)?))", True),
    ("place", "", r"[^=,]*,|[^=,]+,?", False),
)


#: Rules of the scanners from 4.19 on.
_NEWER = frozenset({"trust", "grant_usage"})


@dataclass
class Disk:
    """One disk. The fields are those of libxl's device; what was not given is None."""

    target: str | None = None
    format: str | None = None
    vdev: str | None = None
    vdev_at: tuple[int, int] = (0, 0)
    target_at: tuple[int, int] = (0, 0)
    writable: bool | None = None
    cdrom: bool = False
    script: str | None = None
    backend: str | None = None
    backendtype: str | None = None
    specification: str | None = None
    other: dict[str, str] = field(default_factory=dict)
    #: An old prefix stood before the target: there is no place for the format then.
    prefixed: bool = False
    placed_access: bool = False
    findings: list[Finding] = field(default_factory=list)


def check(reader: Reader) -> None:
    """Every string of disk=."""
    from ctys_ls.languages.xenconf.rules.keys import release

    new = release(reader.tree.options.release)
    trusts = not new or new >= (4, 19)
    blocks = strings(reader, "disk")
    judge(reader, blocks, _findings_now if trusts else _findings_before)
    for vdev, item, other in twice(blocks, _vdevs_now if trusts else _vdevs_before):
        reader.warn(
            "duplicate-vdev",
            item.part(vdev.start, vdev.end),
            f"The guest has two disks {vdev.word}; xl notices only when it starts.",
            related=(Related(None, other.span, "the other one"),),
        )


def _findings_now(text: str) -> list[Finding]:
    return read_disk(text).findings


def _findings_before(text: str) -> list[Finding]:
    return read_disk(text, trusts=False).findings


def _vdevs_now(items: Sequence[Value]) -> list[Mention]:
    return _vdevs(items, trusts=True)


def _vdevs_before(items: Sequence[Value]) -> list[Mention]:
    return _vdevs(items, trusts=False)


def _vdevs(items: Sequence[Value], *, trusts: bool) -> list[Mention]:
    """The device names of the guest that disks are given."""
    atoms = [(item, read_disk(item.value, trusts)) for item in items if isinstance(item, Atom)]
    return [Mention(disk.vdev, item, *disk.vdev_at) for item, disk in atoms if disk.vdev]


@lru_cache(maxsize=4096)
def read_disk(text: str, trusts: bool = True) -> Disk:
    """One disk, with what libxlutil refuses in it. ``trusts``: the release knows trusted and untrusted (4.19)."""
    disk = Disk()
    at, end = 0, text.find("\0") if "\0" in text else len(text)
    while at < end and not any(finding.severity == 1 for finding in disk.findings):
        name, stop = _longest(text, at, trusts)
        if name == "bad" and at + 1 == end and text[at].isascii():
            disk.findings.append(
                doubt(
                    "disk-stray-end",
                    at,
                    end,
                    f"libxlutil drops the “{text[at]}” at the end without a word.",
                    Mend("Remove it", at, end, ""),
                )
            )
            break
        if name == "bad":
            disk.findings.append(
                refuse(
                    "disk-syntax",
                    at,
                    end,
                    "libxlutil cannot read the disk from here on.",
                    *_bad_mends(text, at),
                )
            )
            break
        _apply(disk, name, text, at, stop)
        at = stop
    if not any(finding.severity == 1 for finding in disk.findings):
        _complete(disk, text)
    return disk


def _longest(text: str, at: int, trusts: bool) -> tuple[str, int]:
    best, found, stop = 0, "bad", at
    for name, pattern, rest in _beginning_with(text[at], trusts):
        match = pattern.match(text, at)
        if not match:
            continue
        length = match.end() - at + (len(match[1] or "") if rest else 0)
        if length > best:
            best, found, stop = length, name, match.end()
    return found, stop


@lru_cache(maxsize=256)
def _beginning_with(char: str, trusts: bool) -> list[tuple[str, re.Pattern[str], bool]]:
    """The rules that may begin with a character."""
    return [
        (name, re.compile(pattern), rest)
        for name, first, pattern, rest in _RULES
        if (not first or char in first) and (trusts or name not in _NEWER)
    ]


def _apply(disk: Disk, name: str, text: str, at: int, stop: int) -> None:
    end = stop - (1 if text[at:stop].endswith(",") else 0)
    piece = text[at:end]
    value_at = at + piece.find("=") + 1
    value = text[value_at:end]
    if name == "place":
        _place(disk, piece, at, end)
    elif name == "format":
        _format(disk, value, value_at, end)
    elif name == "cdrom":
        disk.cdrom = True
    elif name == "disk":
        disk.cdrom = False
    elif name == "devtype":
        disk.findings.append(_word("devtype", value, value_at, end))
    elif name == "access":
        _access(disk, value, value_at, end)
    elif name == "backendtype":
        if value in _BACKENDS:
            disk.backendtype = value
        else:
            disk.findings.append(_word("backendtype", value, value_at, end))
    elif name == "specification":
        if value in {"xen", "virtio"}:
            disk.specification = value
        else:
            disk.findings.append(_word("specification", value, value_at, end))
    elif name in {"vdev", "script", "backend", "target"}:
        _save(disk, name, value, value_at, end)
    elif name == "colo-port":
        if not _atoi(value):
            disk.findings.append(refuse("disk-value", value_at, end, f"“{value}” is no port."))
    elif name in {"colo-host", "colo-export", "active-disk", "hidden-disk"}:
        if disk.other.get(name):
            disk.findings.append(refuse("disk-twice", at, end, f"{name} is given twice."))
        disk.other[name] = value
    elif name == "unknown":
        _unknown(disk, text, at)
    elif name == "format-prefix":
        disk.prefixed = True
        _format(disk, text[at : stop - 1], at, stop - 1)
    elif name == "script-prefix":
        disk.prefixed = True
        _save(disk, "script", _SCRIPTS[text[at : stop - 1]], at, stop - 1)
    elif name == "prefix":
        disk.prefixed = True
    elif name == "bad-prefix":
        guess = near(
            text[at : stop - 1],
            ["raw", "qcow", "qcow2", "vhd", "tap", "tap2", "aio", "file", "phy", "iscsi", "nbd", "drbd"],
        )
        mends = (Mend(f"Write {guess}:", at, stop, f"{guess}:"),) if guess else ()
        disk.findings.append(
            refuse(
                "disk-prefix",
                at,
                stop,
                f"xl knows no prefix “{text[at:stop]}”; a target with a colon needs target=.",
                *mends,
            )
        )


def _place(disk: Disk, piece: str, at: int, end: int) -> None:
    """A parameter known by its place: target, format (not behind an old prefix), vdev, access."""
    if disk.target is None:
        disk.target, disk.target_at = piece, (at, end)
    elif not disk.prefixed and disk.format is None:
        if not disk.target and _with_kind(disk, piece, at, end):
            disk.format = "empty"
        else:
            _format(disk, piece, at, end)
    elif disk.vdev is None:
        if not _with_kind(disk, piece, at, end):
            disk.vdev, disk.vdev_at = piece, (at, end)
    elif not disk.placed_access:
        disk.placed_access = True
        _access(disk, piece, at, end)
    else:
        disk.findings.append(_too_many(piece, at, end))


def _with_kind(disk: Disk, piece: str, at: int, end: int) -> bool:
    """The old form ``vdev:cdrom`` or ``vdev:disk``; False where there is no colon."""
    name, colon, kind = piece.partition(":")
    if not colon:
        return False
    if kind not in {"cdrom", "disk"}:
        message = f"“{kind}” is no kind of device: cdrom or disk."
        disk.findings.append(refuse("disk-value", at + len(name) + 1, end, message))
        return True
    disk.cdrom = kind == "cdrom"
    _save(disk, "vdev", name, at, at + len(name))
    return True


def _too_many(piece: str, at: int, end: int) -> Finding:
    flags = [row.name for row in xen_subs()["disk"].values() if row.kind == "flag"]
    guess = near(piece.strip(), flags)
    mends = (
        (Mend(f"Write {guess}", at, end, guess),)
        if guess
        else (Mend("Remove it", at - 1, end, "", safe=False),)
    )
    if piece.strip() in {"trusted", "untrusted"}:
        return refuse(
            "disk-newer",
            at,
            end,
            f"{piece.strip()} is documented, but xl reads it from 4.19 on.",
            Mend("Remove it", at - 1, end, ""),
        )
    return refuse(
        "disk-places", at, end, "Only four parameters have a place: target, format, vdev, access.", *mends
    )


def _format(disk: Disk, value: str, at: int, end: int) -> None:
    if value not in _FORMATS:
        mends: tuple[Mend, ...] = ()
        stripped = value.strip().lower()
        if stripped in _FORMATS and stripped:
            mends = (Mend(f"Write {stripped}", at, end, stripped),)
        elif guess := near(value, [name for name in _FORMATS if name]):
            mends = (Mend(f"Write {guess}", at, end, guess),)
        if disk.target is not None and re.fullmatch(r"(?:xvd|hd|sd|vd)[a-z]+\d*(?::\w+)?", value):
            mends = (Mend("Insert an empty format", at, at, ","),)
        disk.findings.append(
            refuse("disk-value", at, end, f"“{value}” is no format; the second place is the format.", *mends)
        )
        return
    if disk.format not in {None, _FORMATS[value]}:
        disk.findings.append(refuse("disk-twice", at, end, f"The format is {disk.format} already."))
        return
    disk.format = _FORMATS[value]


def _access(disk: Disk, value: str, at: int, end: int) -> None:
    if value not in _ACCESS:
        if value == "w!":
            disk.findings.append(
                refuse(
                    "disk-access",
                    at,
                    end,
                    "w! was xm's; xl knows r, ro, w and rw.",
                    Mend("Write w", at, end, "w"),
                )
            )
            return
        plain = value.strip().lower()
        mends = (
            (Mend(f"Write {plain}", at, end, plain),)
            if plain in _ACCESS and plain
            else (Mend("Write rw", at, end, "rw", safe=False),)
        )
        disk.findings.append(
            refuse("disk-access", at, end, f"“{value}” is no access: r, ro, w or rw.", *mends)
        )
        return
    disk.writable = _ACCESS[value]


def _save(disk: Disk, name: str, value: str, at: int, end: int) -> None:
    """Set a text once; an empty one may be set again."""
    if getattr(disk, name):
        disk.findings.append(refuse("disk-twice", at, end, f"{name} is given twice."))
        return
    setattr(disk, name, value)
    if name in {"vdev", "target"}:
        setattr(disk, f"{name}_at", (at, end))


def _word(name: str, value: str, at: int, end: int) -> Finding:
    known = xen_subs()["disk"][name].values
    guess = near(value, known)
    mends = (Mend(f"Write {guess}", at, end, guess),) if guess else ()
    return refuse("disk-value", at, end, f"“{value}” is no {name}: {', '.join(known)}.", *mends)


def _unknown(disk: Disk, text: str, at: int) -> None:
    name = text[at:].split("=", 1)[0]
    guess = near(name, [row.name for row in xen_subs()["disk"].values() if row.kind != "flag"])
    mends = (Mend(f"Write {guess}", at, at + len(name), guess),) if guess else ()
    disk.findings.append(refuse("disk-key", at, at + len(name), f"xl knows no “{name}” in a disk.", *mends))


def _bad_mends(text: str, at: int) -> tuple[Mend, ...]:
    """A path with “=” needs target=, which takes everything to the end."""
    name = re.match(r"[A-Za-z-]+(?==)", text[at:])
    if name:
        guess = near(name[0], [row.name for row in xen_subs()["disk"].values() if row.kind != "flag"])
        if guess:
            return (Mend(f"Write {guess}", at, at + len(name[0]), guess),)
    return ()


def _atoi(text: str) -> int:
    found = re.match(r"\s*([+-]?\d+)", text)
    return int(found[1]) if found else 0


def _complete(disk: Disk, text: str) -> None:
    end = len(text)
    if disk.vdev is None:
        message = "The disk has no vdev."
        if disk.target is not None and ",vdev=" in disk.target:
            message = "target= takes everything to the end of the string; it must come last."
        disk.findings.append(refuse("disk-vdev", 0, end, message, *_reordered(text)))
    elif disk.target is None and not disk.cdrom:
        disk.findings.append(refuse("disk-target", 0, end, "The disk has no target."))
    elif not re.fullmatch(r"(?:xvd|hd|sd|vd)[a-z]+\d*|d\d+(?:p\d+)?|\d+|0x[0-9a-f]+", disk.vdev):
        disk.findings.append(
            doubt(
                "disk-vdev-name",
                *disk.vdev_at,
                f"xl reads “{disk.vdev}” but libxl knows no such device when the guest starts.",
            )
        )
    if disk.format == "qed":
        disk.findings.append(
            doubt("disk-format-old", 0, end, "qed is no longer developed; qcow2 is its successor.")
        )


def _reordered(text: str) -> tuple[Mend, ...]:
    """Put target= last."""
    found = re.match(r"(.*?)\btarget=([^,]*),((?:[a-z-]+(?:=[^,]*)?,?)+)$", text)
    if not found:
        return ()
    return (Mend("Put target= last", 0, len(text), f"{found[1]}{found[3].rstrip(',')},target={found[2]}"),)
