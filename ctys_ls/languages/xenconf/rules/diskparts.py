"""What the pieces of a disk string say: each by its name, by its place or by the prefix of a target."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.languages.xenconf.rules.spec import Finding, Mend, refuse
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


def apply(disk: Disk, name: str, text: str, at: int, stop: int) -> None:
    """Take over what the piece from ``at`` to ``stop``, which the scanner calls ``name``, says."""
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


def _atoi(text: str) -> int:
    found = re.match(r"\s*([+-]?\d+)", text)
    return int(found[1]) if found else 0
