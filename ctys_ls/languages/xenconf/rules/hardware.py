"""Pass-through of hardware: pci, ioports, irqs, iomem (checks xl-059 to xl-062)."""

from __future__ import annotations

import re

from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.languages.xenconf.rules.reader import Item, Reader
from ctys_ls.languages.xenconf.rules.spec import (
    Finding,
    Mend,
    Part,
    doubt,
    first_list,
    judge,
    refuse,
    split,
    strings,
)
from ctys_ls.languages.xenconf.values import Block
from ctys_ls.schema.load import xen_subs

_U32 = 2**32 - 1
_HEX = r"[ \t\n\v\f\r]*[+-]?(?:0[xX](?=[0-9a-fA-F]))?[0-9a-fA-F]+"
_PORT = re.compile(rf"({_HEX})(?:(-)({_HEX})?)?")
_IRQ = re.compile(r"[ \t\n\v\f\r]*([+-]?)(\d+)")
_IOMEM = re.compile(rf"{_HEX},{_HEX}(?:@{_HEX})?")
_UNSIGNED = r"[ \t\n\v\f\r]*(?:\+|-(?=0+(?![0-9a-f])))?(?:0x)?[0-9a-f]+"
_BDF = re.compile(rf"(?:([0-9a-f]+):)?([0-9a-f]+):({_UNSIGNED})(?:\.(\*|{_UNSIGNED}))?", re.IGNORECASE)
_SLOT = re.compile(r"[ \t\n\v\f\r]*\+?(?:0x)?([0-9a-f]+)", re.IGNORECASE)


def check(reader: Reader) -> None:
    """Every string of every such key; a list inside ioports, irqs or iomem is refused."""
    for name, read in (("ioports", read_ports), ("irqs", read_irq), ("iomem", read_iomem)):
        if name not in reader.tree.by_name:
            continue
        for line, block in reader.blocks(name) or ():
            index = block.kept(first_list)
            judge(reader, [(line, block if index is None else Block(block.items[:index]))], read)
            if index is not None:
                where = Item(block.items[index], line).span
                reader.error("nested-list", where, f"xl refuses a list inside {name}.")
                break
    if "pci" in reader.tree.by_name:
        judge(reader, strings(reader, "pci"), read_pci)


def _number(text: str) -> int:
    """What strtoul with base 16 gives."""
    bare = text.strip()
    value = int(bare.lstrip("+-"), 16)
    return (-value) % 2**64 if bare.startswith("-") else value


def read_ports(text: str) -> tuple[Finding, ...]:
    """I/O ports: HEX or HEX-HEX."""
    whole = (0, len(text))
    found = _PORT.match(text)
    if not found:
        return (refuse("port", *whole, f"“{text}” is no port: HEX or HEX-HEX."),)
    first = _number(found[1])
    last = first
    if found[2]:
        if not found[3] or found.end() != len(text):
            return (refuse("port", *whole, f"“{text}” is no range of ports."),)
        last = _number(found[3])
        if first > last:
            return (refuse("port", *whole, "The range runs backwards."),)
    if first > _U32 or last > _U32:
        return (refuse("port", *whole, "There is no such port."),)
    if found.end() != len(text):
        rest = text[found.end() :]
        return (
            doubt(
                "port",
                found.end(),
                len(text),
                f"xl complains about “{rest}” and drops it.",
                Mend("Remove it", found.end(), len(text), ""),
            ),
        )
    if last > 0xFFFF:
        return (doubt("port", *whole, "Ports end at ffff."),)
    return ()


def read_irq(text: str) -> tuple[Finding, ...]:
    """An interrupt: a plain decimal number."""
    found = _IRQ.fullmatch(text)
    if not found:
        mends: tuple[Mend, ...] = ()
        if re.fullmatch(r"0x[0-9a-fA-F]+", text):
            number = str(int(text, 16))
            # A bare number is replaced by a bare number, a string by the text inside its quotes.
            mends = (Mend(f"Write {number}", 0, len(text), number),)
        return (refuse("irq", 0, len(text), f"“{text}” is no interrupt: a decimal number.", *mends),)
    value = int(found[2])
    if (found[1] == "-" and value) or value > _U32:
        return (refuse("irq", 0, len(text), "There is no such interrupt."),)
    return ()


def read_iomem(text: str) -> tuple[Finding, ...]:
    """Memory pages: HEX,HEX or HEX,HEX@HEX."""
    if _IOMEM.fullmatch(text):
        return ()
    stripped = text.strip()
    mends = (
        (Mend("Remove the blanks", 0, len(text), stripped),)
        if stripped != text and _IOMEM.fullmatch(stripped)
        else ()
    )
    return (
        refuse(
            "iomem",
            0,
            len(text),
            f"“{text}” is no range of pages: START,COUNT or START,COUNT@GUEST, hexadecimal.",
            *mends,
        ),
    )


def read_pci(text: str) -> tuple[Finding, ...]:
    """A PCI device: [DDDD:]BB:SS.F[@SLOT][,key=value…] or bdf=/name= among the pairs."""
    mends: tuple[Mend, ...] = ()
    if re.search(r"\s", text):
        tight = re.sub(r"\s+", "", text)
        if not any(finding.severity == 1 for finding in read_pci(tight)):
            mends = (Mend("Remove the blanks", 0, len(text), tight),)
    bad, device = None, ""
    findings: list[Finding] = []
    parts = split(text.removesuffix(","), empty=True)
    for number, part in enumerate(parts):
        if number == 0 and "=" not in part.text:
            bad, device = _bdf(part.text, part.start, part.end)[0], "bdf"
        else:
            bad, device = _option(part, device, findings)
        if bad:
            return (bad._replace(mends=mends or bad.mends),)
    if not device:
        return (refuse("pci", 0, len(text), "A PCI device is [DDDD:]BB:SS.F, such as 01:00.0.", *mends),)
    return tuple(findings)


def _option(part: Part, device: str, findings: list[Finding]) -> tuple[Finding | None, str]:
    """One key=value: what xl refuses in it, and how the device is named so far (bdf, name or not at all)."""
    known = xen_subs()["pci"]
    start, end = part.start, part.end
    key, equals, value = part.text.partition("=")
    if not equals or key not in known:
        guess = near(key.strip(), [name for name in known if name != "vslot"])
        good = f"{guess}=1" if guess and not equals and known[guess].kind == "bool" else guess
        own = (Mend(f"Write {good}", start, end if not equals else start + len(key), good),) if good else ()
        message = f"xl knows no “{part.text}” for a PCI device; it is key=value without blanks."
        return refuse("pci", start, end, message, *own), device
    if key in {"bdf", "name"}:
        if device and device != key:
            return refuse("pci", start, end, "A PCI device has an address or a name, not both."), device
        bad, odd = _bdf(value, start + 4, end, keyed=True) if key == "bdf" else (None, None)
        findings += [odd] if odd else []
        return bad, key
    if key == "vslot":
        return _slot(value, start + 6, end, keyed=True), device
    if key == "rdm_policy" and value not in {"strict", "relaxed"}:
        return refuse("pci", start, end, "rdm_policy is strict or relaxed."), device
    if known[key].kind == "bool" and value not in {"0", "1"}:
        word = {"yes": "1", "true": "1", "on": "1"}.get(value.lower())
        own = (Mend(f"Write {key}={word}", start, end, f"{key}={word}"),) if word else ()
        message = f"“{value}” counts as {_atoi(value)}: xl wants 0 or 1."
        findings.append(doubt("pci-boolean", start, end, message, *own))
    return None, device


def _bdf(text: str, start: int, end: int, *, keyed: bool = False) -> tuple[Finding | None, Finding | None]:
    """What xl refuses in an address, and what else is wrong with it.

    Behind ``bdf=`` xl passes over what follows the function, and makes one up where there is none.
    """
    device, slot, where = text.partition("@")
    found = _BDF.match(device)
    rest = device[found.end() :] if found else device
    good = found and ((found[4] and not rest) or (keyed and (found[4] or rest[:1] not in {".", ":"})))
    if not found or not good:
        message = f"“{text}” is no PCI device: [DDDD:]BB:SS.F, hexadecimal, such as 01:00.0."
        return refuse("pci", start, end, message), None
    domain, bus, place, function = (0 if part in {None, "*"} else int(part, 16) for part in found.groups())
    if domain > 0xFFFF or bus > 0xFF or place > 0x1F or function > 7:
        message = "Domains end at ffff, buses at ff, slots at 1f and functions at 7."
        return refuse("pci", start, end, message), None
    if keyed and (rest or slot or not found[4]):
        at = start + found.end()
        message = (
            "The function is missing; xl makes one up."
            if not found[4]
            else "xl passes over what follows the function."
        )
        return None, doubt("pci-rest", at, end, message)
    return (_slot(where, start + len(device) + 1, end) if slot else None), None


def _slot(text: str, start: int, end: int, *, keyed: bool = False) -> Finding | None:
    found = _SLOT.match(text) if keyed else _SLOT.fullmatch(text)
    if found and int(found[1], 16) <= 0x1F:
        return None
    return refuse("pci", start, end, f"“{text}” is no slot of the guest: 0 to 1f, hexadecimal.")


def _atoi(text: str) -> int:
    found = re.match(r"\s*([+-]?\d+)", text)
    return int(found[1]) if found else 0
