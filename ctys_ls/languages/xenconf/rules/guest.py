"""Who the guest is and how it boots: name, type, uuid, kernel (checks xl-020 to xl-026, xl-032 to xl-037)."""

from __future__ import annotations

import re
import uuid as uuids

from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.problems import Fix, Related, Severity
from ctys_ls.text import Edit, Position, Span

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX32 = re.compile(r"[0-9a-fA-F]{32}")

#: In the order in which xl compares; an abbreviation takes the first that fits.
_TYPES = ("hvm", "pv", "pvh")
_BUILDERS = {"hvm": "hvm", "generic": "pv"}


def guest_type(reader: Reader) -> str:
    """The type of the guest: pv, pvh or hvm; silent, so that others may ask before the rules have run."""
    found = reader.find("type")
    if found and found.text is not None:
        for name in _TYPES:
            # xl refuses capitals; the rest of the file is meant for that type all the same.
            if name.startswith(found.text) or name == found.text.lower():
                return name
    found = reader.find("builder")
    if found and found.text is not None and "hvm".startswith(found.text):
        return "hvm"
    return "pv"


def check(reader: Reader, *, whole: bool = True) -> None:
    """Name, type, uuid and what the guest boots from.

    What is missing is only said where the ``whole`` file could be read: a broken line may hold it.
    """
    _name(reader, whole=whole)
    _type(reader)
    _uuid(reader)
    _boot(reader, whole=whole)


def _name(reader: Reader, *, whole: bool) -> None:
    found = reader.string("name")
    if found is None and reader.find("name") is not None:
        reader.error("name-missing", reader.find("name").span, "The name must be a single string.")  # type: ignore[union-attr]
    elif found is None and whole and "name" not in reader.tree.by_name:
        top = Span(Position(0, 0), Position(0, 0))
        name = _name_from(reader.tree.path)
        fix = Fix(
            f'Add name = "{name}"',
            (Edit(Span(_insertion(reader), _insertion(reader)), f'name = "{name}"\n'),),
        )
        reader.error("name-missing", top, 'The guest has no name: xl wants name = "…".', fix)


def _insertion(reader: Reader) -> Position:
    """Behind the comments that head the file."""
    for number, line in enumerate(reader.tree.lines):
        if line.strip() and not line.lstrip().startswith("#"):
            return Position(number, 0)
    return Position(0, 0)


def _name_from(path: str) -> str:
    stem = path.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return re.sub(r"[^\w.-]", "_", stem) or "guest"


def _type(reader: Reader) -> None:
    kind = reader.string("type")
    old = reader.string("builder")
    chosen = ""
    if kind and kind.text is not None:
        chosen = next((name for name in _TYPES if name.startswith(kind.text)), "")
        if not chosen:
            near = kind.text.lower() if kind.text.lower() in _TYPES else ""
            fixes = [Fix(f'Write "{near}"', (Edit(kind.span, f'"{near}"'),))] if near else []
            reader.error(
                "guest-type",
                kind.span,
                f"There is no guest type “{kind.text}”: xl knows pv, pvh and hvm.",
                *fixes,
            )
        elif chosen != kind.text:
            fix = Fix(f'Write "{chosen}"', (Edit(kind.span, f'"{chosen}"'),))
            reader.warn(
                "guest-type-short", kind.span, f"xl takes “{kind.text}” for “{chosen}”, without a word.", fix
            )
    if not old or old.text is None:
        return
    built = next((to for name, to in _BUILDERS.items() if name.startswith(old.text)), "")
    if not built:
        fixes = []
        if old.text in {"linux", "pv"}:
            fixes.append(Fix('Write type = "pv"', (Edit(old.whole, 'type = "pv"'),)))
        reader.error(
            "guest-type", old.span, f"xl knows the builders hvm and generic, not “{old.text}”.", *fixes
        )
    elif kind and chosen and built != chosen:
        fix = Fix("Remove builder", (Edit(_line(reader, old.whole), ""),), safe=False)
        reader.error(
            "guest-type-conflict",
            old.span,
            f"builder means {built}, but type says {chosen}.",
            fix,
            related=(Related(None, kind.whole, "the type"),),
        )
    elif kind is None:
        fix = Fix(f'Write type = "{built}"', (Edit(old.whole, f'type = "{built}"'),))
        message = "builder is the old name; since Xen 4.10 it is type."
        reader.report("deprecated-key", Severity.HINT, old.name_span, message, fix, deprecated=True)


def _line(reader: Reader, where: Span) -> Span:
    """The whole lines of a setting, if nothing else stands on them."""
    (first, _), (last, end) = where
    lines = reader.tree.lines
    if (
        lines[first][: where.start.column].strip()
        or lines[last][end:].split("#")[0].strip()
        or last + 1 >= len(lines)
    ):
        return where
    return Span(Position(first, 0), Position(last + 1, 0))


def _uuid(reader: Reader) -> None:
    found = reader.string("uuid")
    if found is None or found.text is None or _UUID.fullmatch(found.text):
        return
    digits = found.text.strip().replace("-", "").replace("{", "").replace("}", "").removeprefix("urn:uuid:")
    fixes = [
        Fix(
            "Write a new random uuid",
            (Edit(found.span, f'"{_fresh(reader.tree.path + found.text)}"'),),
            safe=False,
        )
    ]
    message = "This is no uuid: xl wants 8-4-4-4-12 hexadecimal digits."
    if _HEX32.fullmatch(digits):
        good = str(uuids.UUID(digits))
        fixes.insert(0, Fix("Write it with hyphens", (Edit(found.span, f'"{good}"'),)))
        message = "xl refuses a uuid without its hyphens (xm accepted it)."
    reader.error("uuid", found.span, message, *fixes)


def _fresh(seed: str) -> str:
    """A new uuid; derived from the text, so that asking twice gives the same answer."""
    return str(uuids.uuid5(uuids.NAMESPACE_OID, "ctys " + seed))


def _boot(reader: Reader, *, whole: bool) -> None:
    kind = guest_type(reader)
    kernel, loader, firmware = (reader.string(name) for name in ("kernel", "bootloader", "firmware"))
    if reader.string("cmdline"):
        for name in ("root", "extra"):
            other = reader.string(name)
            if other:
                reader.warn(
                    "cmdline-wins",
                    other.whole,
                    f"{name} is ignored, because cmdline is given.",
                    _merge(reader),
                )
    if kind == "hvm":
        if kernel and kernel.text and kernel.text.rsplit("/", 1)[-1] == "hvmloader":
            reader.warn(
                "hvmloader",
                kernel.whole,
                "xl ignores hvmloader as kernel; another firmware file is given by firmware_override.",
                Fix("Remove it", (Edit(_line(reader, kernel.whole), ""),)),
            )
        return
    if kernel is None and loader is None and firmware is None:
        if not whole:
            return
        where = reader.find("type") or reader.find("name")
        span = where.whole if where else Span(Position(0, 0), Position(0, 0))
        reader.error(
            "boot-missing", span, f"A {kind.upper()} guest needs a kernel, a bootloader or firmware."
        )
    elif firmware is not None and firmware.text is not None:
        if kernel is not None:
            reader.error(
                "boot-conflict",
                firmware.whole,
                f"A {kind.upper()} guest boots from a kernel or from firmware, not from both.",
                Fix("Remove firmware", (Edit(_line(reader, firmware.whole), ""),), safe=False),
                related=(Related(None, kernel.whole, "the kernel"),),
            )
        elif not any(name.startswith(firmware.text) for name in ("pvgrub32", "pvgrub64")):
            reader.error(
                "firmware", firmware.span, f"For a {kind.upper()} guest firmware is pvgrub32 or pvgrub64."
            )


def _merge(reader: Reader) -> Fix:
    """Put root and extra into cmdline and remove them."""
    parts, edits = [], []
    for name, before in (("root", "root="), ("extra", "")):
        found = reader.string(name)
        if found and found.text is not None:
            parts.append(before + found.text)
            edits.append(Edit(_line(reader, found.whole), ""))
    line = reader.find("cmdline")
    if line and line.text is not None:
        text = " ".join([line.text, *parts]).replace("\\", "\\\\").replace('"', '\\"')
        edits.append(Edit(line.span, f'"{text}"'))
    return Fix("Put root and extra into cmdline", tuple(edits), safe=False)
