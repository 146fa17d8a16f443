"""Pass-through of hardware: pci, ioports, irqs, iomem (checks xl-059 to xl-062)."""

from __future__ import annotations

import re
from functools import lru_cache

from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.languages.xenconf.rules.spec import Finding, Mend, doubt, refuse, report, strings
from ctys_ls.schema.load import xen_subs

_U32 = 2**32 - 1
_HEX = r"[ \t\n\v\f\r]*[+-]?(?:0[xX](?=[0-9a-fA-F]))?[0-9a-fA-F]+"
_PORT = re.compile(rf"({_HEX})(?:(-)({_HEX})?)?")
_IRQ = re.compile(r"[ \t\n\v\f\r]*([+-]?)(\d+)")
_IOMEM = re.compile(rf"{_HEX},{_HEX}(?:@{_HEX})?")
_BDF = re.compile(r"(?:([0-9a-fA-F]{1,4}):)?([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2})\.(\*|[0-9a-fA-F]{1,2})")


def check(reader: Reader) -> None:
    """Every string of every such key; a list inside ioports, irqs or iomem is refused."""
    for name, read in (("ioports", read_ports), ("irqs", read_irq), ("iomem", read_iomem)):
        if name not in reader.tree.by_name:
            continue
        for item in reader.items(name) or ():
            if item.is_list:
                reader.error("nested-list", item.span, f"xl refuses a list inside {name}.")
                break
            report(reader, item, read(item.text))
    if "pci" in reader.tree.by_name:
        for item in strings(reader, "pci"):
            report(reader, item, read_pci(item.text))


def _number(text: str) -> int:
    """What strtoul with base 16 gives."""
    bare = text.strip()
    value = int(bare.lstrip("+-"), 16)
    return (-value) % 2**64 if bare.startswith("-") else value


@lru_cache(maxsize=1024)
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


@lru_cache(maxsize=1024)
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


@lru_cache(maxsize=1024)
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


@lru_cache(maxsize=1024)
def read_pci(text: str) -> tuple[Finding, ...]:
    """A PCI device: [DDDD:]BB:SS.F[@SLOT][,key=value…] or bdf=/name= among the pairs."""
    mends: tuple[Mend, ...] = ()
    if re.search(r"\s", text):
        tight = re.sub(r"\s+", "", text)
        if not any(finding.severity == 1 for finding in read_pci(tight)):
            mends = (Mend("Remove the blanks", 0, len(text), tight),)
    known = xen_subs()["pci"]
    findings: list[Finding] = []
    parts = text.split(",")
    at = 0
    device = ""
    for number, part in enumerate(parts):
        start, end = at, at + len(part)
        at = end + 1
        key, equals, value = part.partition("=")
        if number == 0 and not equals:
            bad = _bdf(part, start, end)
            if bad:
                return (bad._replace(mends=mends or bad.mends),)
            device = part
            continue
        if not equals or key not in known or key == "vslot":
            guess = near(key.strip(), [name for name in known if name != "vslot"])
            good = f"{guess}=1" if guess and not equals and known[guess].kind == "bool" else guess
            own = (
                (Mend(f"Write {good}", start, end if not equals else start + len(key), good),) if good else ()
            )
            return (
                refuse(
                    "pci",
                    start,
                    end,
                    f"xl knows no “{part}” for a PCI device; it is key=value without blanks.",
                    *(mends or own),
                ),
            )
        if key == "bdf":
            if device:
                return (refuse("pci", start, end, "The device is given twice."),)
            bad = _bdf(value, start + 4, end)
            if bad:
                return (bad,)
            device = value
        elif key == "name":
            device = device or value
        elif key == "rdm_policy" and value not in {"strict", "relaxed"}:
            return (refuse("pci", start, end, "rdm_policy is strict or relaxed."),)
        elif known[key].kind == "bool" and value not in {"0", "1"}:
            word = {"yes": "1", "true": "1", "on": "1"}.get(value.lower())
            own = (Mend(f"Write {key}={word}", start, end, f"{key}={word}"),) if word else ()
            findings.append(
                doubt(
                    "pci-boolean", start, end, f"“{value}” counts as {_atoi(value)}: xl wants 0 or 1.", *own
                )
            )
    if not device:
        return (refuse("pci", 0, len(text), "A PCI device is [DDDD:]BB:SS.F, such as 01:00.0."),)
    return tuple(findings)


def _bdf(text: str, start: int, end: int) -> Finding | None:
    device, slot, where = text.partition("@")
    found = _BDF.fullmatch(device)
    if not found:
        return refuse(
            "pci", start, end, f"“{text}” is no PCI device: [DDDD:]BB:SS.F, hexadecimal, such as 01:00.0."
        )
    if int(found[3], 16) > 0x1F or (found[4] != "*" and int(found[4], 16) > 7):
        return refuse("pci", start, end, "Slots end at 1f and functions at 7.")
    if slot and not (re.fullmatch(r"[0-9a-fA-F]{1,2}", where) and int(where, 16) <= 0x1F):
        return refuse(
            "pci", start + len(device) + 1, end, f"“{where}” is no slot of the guest: 0 to 1f, hexadecimal."
        )
    return None


def _atoi(text: str) -> int:
    found = re.match(r"\s*([+-]?\d+)", text)
    return int(found[1]) if found else 0
