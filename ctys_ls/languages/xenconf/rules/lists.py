"""Keys whose value is a list of lists: vnuma and vsnd (checks xl-082 to xl-084)."""

from __future__ import annotations

import re

from ctys_ls.languages.xenconf.rules.cpus import int32
from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.languages.xenconf.rules.reader import Item, Reader
from ctys_ls.languages.xenconf.rules.spec import Mend, doubt, refuse, report, split
from ctys_ls.problems import Fix
from ctys_ls.schema.load import xen_subs
from ctys_ls.text import Edit, Span

_FORMATS = frozenset(
    [
        "s8",
        "u8",
        "s16_le",
        "s16_be",
        "u16_le",
        "u16_be",
        "s24_le",
        "s24_be",
        "u24_le",
        "u24_be",
        "s32_le",
        "s32_be",
        "u32_le",
        "u32_be",
        "f32_le",
        "f32_be",
        "f64_le",
        "f64_be",
        "iec958_subframe_le",
        "iec958_subframe_be",
        "mu_law",
        "a_law",
        "ima_adpcm",
        "mpeg",
        "gsm",
    ]
)
_COMMON = ("sample-rates", "sample-formats", "channels-min", "channels-max", "buffer-size")
_SOUND = {
    "CARD": ("backend", "short-name", "long-name", *_COMMON),
    "PCM": ("name", *_COMMON),
    "STREAM": ("unique-id", "type", *_COMMON),
}
_ULONG = re.compile(r"\s*\+?\d+")


def check(reader: Reader, guest: str) -> None:
    """Virtual NUMA and sound."""
    _vnuma(reader, guest)
    _vsnd(reader)


def _vnuma(reader: Reader, guest: str) -> None:
    found = reader.find("vnuma")
    if found is None or not found.is_list or not found.items:
        return
    if guest == "pv":
        reader.warn("vnuma-pv", found.name_span, "libxl refuses virtual NUMA for a PV guest when it starts.")
    vcpus: int | None = 0
    memory: int | None = 0
    for node in found.items:
        if not node.is_list:
            here = (
                Edit(Span(node.span.start, node.span.start), "[ "),
                Edit(Span(node.span.end, node.span.end), " ]"),
            )
            reader.error(
                "vnuma",
                node.span,
                "Each node of vnuma is a list of its own.",
                Fix("Put it into a list", here),
            )
            return
        for item in node.inner():
            if item.is_list:
                reader.warn("nested-list", item.span, "xl stops reading the node here without a word.")
                break
            good, cpus, size = _vnode(reader, item)
            if not good:
                return
            vcpus = None if vcpus is None or cpus is None else vcpus + cpus
            memory = None if memory is None or size is None else memory + size
    most = reader.long("maxvcpus")
    now = reader.long("vcpus")
    if vcpus is not None:
        if most is not None and int32(most):
            if int32(most) != vcpus:
                reader.error(
                    "vnuma-sum",
                    found.name_span,
                    f"The nodes have {vcpus} virtual CPUs, but maxvcpus is {most}.",
                )
        elif now is not None and now > vcpus:
            reader.error(
                "vnuma-sum", found.name_span, f"The nodes have {vcpus} virtual CPUs, but vcpus is {now}."
            )
    limit = reader.long("maxmem")
    if limit is not None and memory is not None and limit != memory:
        reader.error("vnuma-sum", found.name_span, f"The nodes have {memory} MiB, but maxmem is {limit} MiB.")


def _vnode(reader: Reader, item: Item) -> tuple[bool, int | None, int | None]:
    """Whether xl reads the parameter; the virtual CPUs and the memory that it adds, None where that is unclear."""
    text = item.text
    key, equals, value = text.partition("=")
    if not equals or not key or not value:
        report(reader, item, [refuse("vnuma", 0, len(text), f"“{text}” is no key=value pair.")])
        return False, 0, 0
    key, at = key.strip(), len(text) - len(value)
    known = xen_subs()["vnuma"]
    if key in {"pnode", "size"} or key == "vdistances":
        for part in split(value) if key == "vdistances" else split(value)[:1]:
            if not _ULONG.match(part.text):
                report(reader, item, [refuse("vnuma", at, len(text), f"“{part.text}” is no number.")])
                return False, 0, 0
        if key == "size":
            number = _ULONG.match(value)
            return True, 0, int(number[0]) if number else None
    elif key == "vcpus":
        count: int | None = 0
        for part in split(value):
            found = re.fullmatch(r"(\d+)(?:-(\d+))?", part.text)
            if not found or int(found[2] or found[1]) < int(found[1]):
                report(
                    reader,
                    item,
                    [
                        doubt(
                            "vnuma-cpus",
                            at,
                            len(text),
                            f"“{part.text}” is no range of CPUs, which xl does not notice.",
                        )
                    ],
                )
                return True, None, 0
            count = (count or 0) + int(found[2] or found[1]) - int(found[1]) + 1
        return True, count, 0
    elif key not in known:
        guess = near(key, known)
        mends = (Mend(f"Write {guess}", 0, len(key), guess),) if guess else ()
        report(
            reader,
            item,
            [doubt("spec-key", 0, len(text), f"xl knows no “{key}” in vnuma and ignores it.", *mends)],
        )
    return True, 0, 0


def _vsnd(reader: Reader) -> None:
    found = reader.find("vsnd")
    if found is None or not found.is_list:
        return
    for card in found.items:
        if not card.is_list:
            here = (
                Edit(Span(card.span.start, card.span.start), "[ "),
                Edit(Span(card.span.end, card.span.end), " ]"),
            )
            reader.error(
                "vsnd", card.span, "Each card of vsnd is a list of its own.", Fix("Put it into a list", here)
            )
            return
        for item in card.inner():
            if item.is_list:
                reader.warn("nested-list", item.span, "xl stops reading the card here without a word.")
                break
            _sound(reader, item)


def _sound(reader: Reader, item: Item) -> None:
    parts = split(item.text)
    if not parts:
        return
    kind = parts[0].text.strip(" ")
    known = _SOUND.get(kind.upper())
    if known is None:
        guess = near(kind, _SOUND)
        mends = (Mend(f"Write {guess}", parts[0].start, parts[0].end, guess),) if guess else ()
        report(
            reader,
            item,
            [
                refuse(
                    "vsnd", parts[0].start, parts[0].end, f"“{kind}” is neither CARD, PCM nor STREAM.", *mends
                )
            ],
        )
        return
    for part in parts[1:]:
        bare = part.text.lstrip(" ")
        start = part.end - len(bare)
        key, equals, value = bare.partition("=")
        if not equals or key not in known:
            guess = "unique-id" if key == "id" else near(key, known)
            mends = (Mend(f"Write {guess}", start, start + len(key), guess),) if guess else ()
            report(
                reader, item, [refuse("vsnd", start, part.end, f"xl knows no “{key}” for a {kind}.", *mends)]
            )
            return
        if key == "type" and value not in {"p", "c"}:
            report(
                reader,
                item,
                [refuse("vsnd", start, part.end, "A stream's type is p (playback) or c (capture).")],
            )
            return
        if key == "sample-formats":
            wrong = next((word for word in value.split(";") if word and word not in _FORMATS), None)
            if wrong is not None:
                report(reader, item, [refuse("vsnd", start, part.end, f"“{wrong}” is no sample format.")])
                return
