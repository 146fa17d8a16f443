"""What xl accepts but libxl refuses, or quietly changes, when the guest is created (checks xl-039, xl-064, xl-088 to xl-098)."""

from __future__ import annotations

import re

from ctys_ls.languages.xenconf.rules.reader import Found, Reader
from ctys_ls.problems import Fix, Related
from ctys_ls.text import Edit

_VIDEORAM = {"stdvga": 16, "cirrus": 8, "qxl": 128}


def check(reader: Reader, guest: str) -> None:
    """Conflicts between keys that show only at the start."""
    _memory(reader, guest)
    if (
        reader.find("nestedhvm")
        and reader.long("nestedhvm")
        and (altp2m := _word(reader, "altp2m")) not in {"", "0", "disabled"}
    ):
        _both(reader, "nestedhvm", "altp2m", f"libxl refuses nestedhvm together with altp2m = {altp2m}.")
    if _word(reader, "passthrough") == "disabled" and (reader.blocks("pci") or reader.blocks("dtdev")):
        _both(
            reader,
            "passthrough",
            "pci" if reader.find("pci") else "dtdev",
            "Pass-through is disabled, but devices are listed.",
        )
    if reader.find("device_model_override") and not reader.find("device_model_version"):
        _one(
            reader,
            "device_model_override",
            "xl warns: device_model_version has to say which kind of model it is.",
        )
    if (reader.long("max_grant_version") or 0) > 2:
        _one(reader, "max_grant_version", "Grant tables have the versions 1 and 2; libxl refuses others.")
    if guest == "hvm":
        _hvm(reader)
        _reserved(reader)


def _reserved(reader: Reader) -> None:
    """A test that is the wrong way round in xl drops the whole key (check xl-064, measured on Xen 4.17)."""
    policy = next((part for part in _word(reader, "rdm").split(",") if part.startswith("policy=")), "")
    if policy in {"policy=strict", "policy=relaxed"}:
        _one(reader, "rdm", f"xl of Xen 4.17 drops all of rdm where {policy} stands in it, without a word.")


def _memory(reader: Reader, guest: str) -> None:
    memory, most = reader.long("memory"), reader.long("maxmem")
    found, limit = reader.find("memory"), reader.find("maxmem")
    if found and memory is not None and memory < 0:
        reader.warn("memory", found.span, "A guest cannot have negative memory.")
    if found and limit and memory is not None and most is not None and 0 < most < memory:
        fix = Fix(f"Raise maxmem to {memory}", (Edit(limit.span, str(memory)),), safe=False)
        reader.warn(
            "memory",
            found.span,
            f"memory ({memory} MiB) is above maxmem ({most} MiB).",
            fix,
            related=_to(limit),
        )
    elif found and memory is not None and 0 <= memory < 4:
        reader.warn("memory", found.span, f"{memory} MiB hardly start a guest; memory counts in MiB.")
    elif found and memory is not None and memory >= 2**22:
        small = memory // 2**20 if memory >= 2**30 else memory // 1024
        fix = Fix(f"Write {small} (MiB)", (Edit(found.span, str(small)),), safe=False)
        reader.warn("memory", found.span, f"This is {memory / 2**20:.4g} TiB: memory counts in MiB.", fix)
    if guest != "pv" and found and most and memory is not None and memory < most:
        other = next((name for name in ("pci", "vnuma", "altp2m") if reader.find(name)), None)
        if other:
            _both(reader, "maxmem", other, f"libxl refuses memory below maxmem together with {other}.")


def _hvm(reader: Reader) -> None:
    bios, model = _word(reader, "bios").lower(), _word(reader, "device_model_version")
    if bios == "rombios" and model in {"", "qemu-xen"}:
        _one(reader, "bios", 'rombios needs device_model_version = "qemu-xen-traditional".')
    elif bios in {"seabios", "ovmf"} and model == "qemu-xen-traditional":
        _one(reader, "bios", f'{bios} needs device_model_version = "qemu-xen".')
    if not reader.find("kernel"):
        for name in ("ramdisk", "cmdline"):
            if reader.find(name):
                _one(reader, name, f"An HVM guest uses {name} only together with kernel; libxl refuses it.")
    ram, vga = reader.long("videoram"), _word(reader, "vga")
    least = _VIDEORAM.get(vga or ("stdvga" if reader.long("stdvga") else "cirrus"))
    found = reader.find("videoram")
    if found and ram is not None and least and ram < least and model != "qemu-xen-traditional":
        fix = Fix(f"Write {least}", (Edit(found.span, str(least)),), safe=False)
        reader.warn("creation", found.span, f"{vga or 'cirrus'} needs at least {least} MiB of videoram.", fix)
    usb = [
        name for name in ("usb", "usbdevice") if reader.find(name) and (name != "usb" or reader.long("usb"))
    ]
    new = [name for name in ("usbversion", "spiceusbredirection") if reader.long(name)]
    if usb and new:
        _both(reader, new[0], usb[0], f"libxl refuses {new[0]} together with {usb[0]}.")
    if reader.long("spiceusbredirection") and not reader.long("spice"):
        _one(reader, "spiceusbredirection", "Without spice = 1 it is switched off.")
    vcpus = reader.find("vcpus")
    if vcpus and (reader.long("vcpus") or 0) > 128:
        reader.warn("creation", vcpus.span, "An HVM guest has at most 128 CPUs.")
    if reader.find("bios_path_override") and not bios:
        _one(reader, "bios_path_override", "xl warns: bios_path_override does nothing without bios.")


def _word(reader: Reader, name: str) -> str:
    found = reader.find(name)
    return found.text or "" if found else ""


def _one(reader: Reader, name: str, message: str) -> None:
    found = reader.find(name)
    if found:
        reader.warn("creation", found.whole, message)


def _both(reader: Reader, name: str, other: str, message: str) -> None:
    found, second = reader.find(name), reader.find(other)
    if found and second:
        reader.warn("creation", found.whole, message, related=_to(second))


def _to(found: Found) -> tuple[Related, ...]:
    return (Related(None, found.whole, f"{found.name} is here"),)


def octal(reader: Reader) -> None:
    """Numbers that a leading zero makes octal (check xl-015)."""
    for name in reader.names():
        key = reader.keys.get(name)
        if key is None or key.kind != "int":
            continue
        found = reader.find(name)
        if found is None or found.text is None:
            continue
        if re.fullmatch(r"0[0-7]*[1-7][0-7]*", found.text) and len(found.text) > 1 and int(found.text, 8) > 7:
            value, plain = int(found.text, 8), found.text.lstrip("0")
            unit = f" {key.unit}" if key.unit else ""
            reader.warn(
                "octal",
                found.span,
                f"A leading zero makes the number octal: xl reads {found.text} as {value}{unit}.",
                Fix(f"Write {value}, what it means now", (Edit(found.span, str(value)),)),
                Fix(f"Write {plain}, what it looks like", (Edit(found.span, plain),), safe=False),
            )
