"""CPU lists: cpus=, cpus_soft=, and the virtual CPUs they belong to (checks xl-025 to xl-028)."""

from __future__ import annotations

import re
from functools import lru_cache

from ctys_ls.languages.xenconf.rules.reader import Found, Item, Reader
from ctys_ls.languages.xenconf.rules.spec import Finding, Mend, Part, doubt, refuse, report, split
from ctys_ls.problems import Fix, Related
from ctys_ls.text import Edit

_RANGE = re.compile(r"\s*\+?(\d+)(?:-\s*\+?(\d+))?")
#: Whatever host it is, it has no CPU of this number; all above count as this one.
_MOST_CPUS = 4096


def int32(value: int) -> int:
    """A long stored in a C int."""
    return (value + 2**31) % 2**32 - 2**31


def most_vcpus(reader: Reader) -> int:
    """The number of virtual CPUs that xl reckons with; 0 where the file gives none."""
    most = reader.long("maxvcpus")
    if most is not None and int32(most):
        return int32(most)
    vcpus = reader.long("vcpus")
    return int32(vcpus) if vcpus is not None else 0


def check(reader: Reader) -> None:
    """The number of virtual CPUs, and the CPUs they may run on."""
    _vcpus(reader)
    most = most_vcpus(reader)
    for name in ("cpus", "cpus_soft"):
        found = reader.find(name)
        if found is None:
            continue
        if found.is_list:
            _list(reader, name, found, most)
        elif found.text is not None:
            report(reader, found.value, read_cpus(found.text, filled=name == "cpus" and most > 0))


def _list(reader: Reader, name: str, found: Found, most: int) -> None:
    for number, item in enumerate(found.items):
        if item.is_list:
            if number < most:
                reader.error("nested-list", item.span, f"A list inside {name} makes xl crash.")
            else:
                reader.warn("nested-list", item.span, f"A list inside {name}: it belongs to no virtual CPU.")
        elif number < most:
            report(reader, item, read_cpus(item.text, filled=name == "cpus"))
        else:
            _unread(reader, name, item, most)
            break


def _unread(reader: Reader, name: str, item: Item, most: int) -> None:
    if most:
        reader.hint(
            "cpus-extra",
            item.span,
            f"The guest has {most} virtual CPUs; this element of {name} belongs to none.",
        )


def _vcpus(reader: Reader) -> None:
    vcpus, most = reader.long("vcpus"), reader.long("maxvcpus")
    found, limit = reader.find("vcpus"), reader.find("maxvcpus")
    if vcpus is not None and found is not None and int32(vcpus) < 0:
        reader.error("vcpus", found.span, "A guest cannot have this number of CPUs.")
    elif most is not None and limit is not None and int32(most) and int32(most) < int32(vcpus or 0):
        where = found or limit
        fix = Fix(f"Raise maxvcpus to {vcpus or 1}", (Edit(limit.span, str(vcpus or 1)),), safe=False)
        related = (Related(None, limit.whole, "the limit"),) if found else ()
        reader.error(
            "vcpus", where.span, f"vcpus ({vcpus or 0}) is above maxvcpus ({most}).", fix, related=related
        )


@lru_cache(maxsize=4096)
def read_cpus(text: str, *, filled: bool) -> tuple[Finding, ...]:
    """What is wrong with one CPU list; ``filled``: xl refuses an empty set here."""
    chosen: set[int] = set()
    unknown = False
    for part in split(text):
        bad = _part(part)
        if bad:
            return (bad,)
        bare = part.text.strip()
        out = bare.startswith("^")
        bare = bare.removeprefix("^")
        if bare == "all" or bare.startswith(("node:", "nodes:")):
            unknown = unknown or not out
            continue
        found = _RANGE.fullmatch(bare)
        if found:
            first, last = (min(int(number[:9]), _MOST_CPUS) for number in (found[1], found[2] or found[1]))
            cpus = set(range(first, last + 1))
            chosen = chosen - cpus if out else chosen | cpus
    if filled and not chosen and not unknown:
        if not text.strip(" ,"):
            return (refuse("cpus-empty", 0, len(text), "The list names no CPU; xl refuses an empty set."),)
        return (refuse("cpus-empty", 0, len(text), "No CPU is left in the set; xl refuses it."),)
    if filled and chosen and min(chosen) >= 1024 and not unknown:
        return (
            doubt(
                "cpus-host",
                0,
                len(text),
                "Hardly a host has such CPUs; xl refuses a set of which its host has none.",
            ),
        )
    return ()


def _part(part: Part) -> Finding | None:
    text, start, end = part
    bare = text.lstrip(" \t\n\v\f\r")
    start = end - len(bare)
    minus = bare.startswith("^")
    core = bare.removeprefix("^")
    if core == "all":
        return refuse("cpus-range", start, end, "^ cannot be combined with all.") if minus else None
    for word in ("nodes:", "node:"):
        core = core.removeprefix(word)
    found = _RANGE.fullmatch(core)
    if not found:
        stripped = text.strip()
        good = re.sub(r"\s+", "", stripped)
        mends = (
            (Mend(f"Write {good}", start, end, good),)
            if good != bare and _RANGE.fullmatch(good.removeprefix("^"))
            else ()
        )
        if re.fullmatch(r"0x[0-9a-fA-F]+", stripped):
            number = str(int(stripped, 16))
            mends = (Mend(f"Write {number}", start, end, number),)
        return refuse(
            "cpus-range",
            start,
            max(end, start),
            f"“{text}” is no CPU or range of CPUs: N, N-M, all, node:N, each with ^ to leave out.",
            *mends,
        )
    if found[2] and int(found[1]) > int(found[2]):
        swapped = bare.replace(core, f"{found[2]}-{found[1]}")
        return refuse(
            "cpus-range",
            start,
            end,
            f"The range “{bare}” runs backwards.",
            Mend(f"Write {swapped}", start, end, swapped),
        )
    return None
