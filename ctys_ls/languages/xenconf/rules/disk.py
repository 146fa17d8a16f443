"""The strings of disk=, read as libxlutil reads them; what the parts of one are is :mod:`.diskparts`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ctys_ls.languages.xenconf.rules.diskparts import Disk, apply
from ctys_ls.languages.xenconf.rules.diskscan import longest
from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.languages.xenconf.rules.spec import Finding, Mend, Mention, doubt, judge, refuse, strings, twice
from ctys_ls.languages.xenconf.values import Atom, Value
from ctys_ls.problems import Related
from ctys_ls.schema.load import xen_subs


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
        name, stop = longest(text, at, trusts)
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
        apply(disk, name, text, at, stop)
        at = stop
    if not any(finding.severity == 1 for finding in disk.findings):
        _complete(disk, text)
    return disk


def _bad_mends(text: str, at: int) -> tuple[Mend, ...]:
    """A path with “=” needs target=, which takes everything to the end."""
    name = re.match(r"[A-Za-z-]+(?==)", text[at:])
    if name:
        guess = near(name[0], [row.name for row in xen_subs()["disk"].values() if row.kind != "flag"])
        if guess:
            return (Mend(f"Write {guess}", at, at + len(name[0]), guess),)
    return ()


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
