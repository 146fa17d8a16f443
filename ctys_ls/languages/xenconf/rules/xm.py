"""The rules of xm of Xen 4.0 for a file in its dialect (checks xm-001 to xm-021)."""

from __future__ import annotations

import re
from typing import Any

from ctys_ls.languages.xenconf.python import COMPUTED, Script, read
from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.problems import Problem, Severity
from ctys_ls.schema.load import xen_keys
from ctys_ls.text import Position, Span

_VIF = frozenset(
    [
        "backend",
        "bridge",
        "ip",
        "mac",
        "script",
        "type",
        "vifname",
        "rate",
        "model",
        "accel",
        "policy",
        "label",
    ]
)
_VFB = frozenset(
    [
        "vnclisten",
        "vncunused",
        "vncdisplay",
        "display",
        "videoram",
        "xauthority",
        "sdl",
        "vnc",
        "vncpasswd",
        "opengl",
        "keymap",
        "serial",
        "monitor",
        "type",
    ]
)
_PCI = re.compile(
    r"(?:[0-9a-fA-F]{1,4}[:,])?[0-9a-fA-F]{1,2}[:,][0-9a-fA-F]{1,2}[.,][0-7*](?:@[01]?[0-9a-fA-F])?(?:,.*)?"
)
_LEAF = re.compile(r"(?:0x)?[0-9a-fA-F]+(?:,(?:0x)?[0-9a-fA-F]+)?:")
_REGISTER = re.compile(r"e[abcd]x=")


def check(text: str, vmid: str) -> list[Problem]:
    """What xm would refuse, and what it would drop without a word."""
    script = read(text, vmid)
    problems = [
        Problem(f"xenconf.{fault.code}", Severity.ERROR, fault.span, fault.message) for fault in script.faults
    ]
    if script.faults:
        return problems
    if "name" not in script.values:
        message = "Without a name xm takes the file's own name for the guest."
        problems.append(Problem("xenconf.xm-nameless", Severity.INFORMATION, _at(script, "name"), message))
    _dropped(script, problems)
    for name, judge in (
        ("disk", _disk),
        ("vif", _vif),
        ("vfb", _vfb),
        ("pci", _pci),
        ("ioports", _ioports),
        ("vtpm", _vtpm),
        ("vscsi", _vscsi),
        ("vusb", _vusb),
        ("access_control", _access),
        ("cpuid", _cpuid),
    ):
        value = script.values.get(name)
        if isinstance(value, list | str):
            message = next((said for item in value if isinstance(item, str) and (said := judge(item))), "")
            if name == "access_control" and not message and len(value) > 1:
                message = "xm takes one access_control only."
            if message:
                problems.append(Problem("xenconf.xm-device", Severity.ERROR, _at(script, name), message))
    if script.values.get("nfs_root") and "nfs_server" not in script.values:
        problems.append(
            Problem(
                "xenconf.xm-device", Severity.ERROR, _at(script, "nfs_root"), "nfs_root needs nfs_server."
            )
        )
    _misspelt(script, problems)
    _refused_by_xend(script, problems)
    if "nics" in script.values:
        message = "nics is deprecated; use an empty vif for each interface."
        problems.append(
            Problem("xenconf.deprecated-key", Severity.WARNING, _at(script, "nics"), message, deprecated=True)
        )
    return problems


def _at(script: Script, name: str) -> Span:
    return script.places.get(name, Span(Position(0, 0), Position(0, 0)))


def _dropped(script: Script, problems: list[Problem]) -> None:
    """Values of types that xm drops (xm-002)."""
    known = xen_keys()
    for name, where in script.places.items():
        value: Any = script.values.get(name)
        key = known.get(name)
        if key is None or not (key.xm or key.xm_only) or value is COMPUTED:
            continue
        if isinstance(value, bool) or not isinstance(value, str | list | int | float):
            message = f"xm drops {name} without a word: it takes texts, lists and numbers, not {value!r}."
            problems.append(Problem("xenconf.xm-dropped", Severity.WARNING, where, message))


def _misspelt(script: Script, problems: list[Problem]) -> None:
    """Names like those of keys (xm-003). Any other name may be a helper of the file's own."""
    keys = [name for name, key in xen_keys().items() if key.xm or key.xm_only]
    for name, where in script.places.items():
        meant = None if name in keys else near(name, keys)
        if meant and meant not in script.places:
            message = f"xm reads no “{name}” and says nothing; {meant} is a key."
            problems.append(Problem("xenconf.unknown-key", Severity.WARNING, where, message))


def _refused_by_xend(script: Script, problems: list[Problem]) -> None:
    """What xm itself takes and hands to xend, which does not (xm-019 to xm-021)."""

    def tell(name: str, message: str) -> None:
        problems.append(Problem("xenconf.xm-xend", Severity.WARNING, _at(script, name), message))

    for name in ("on_poweroff", "on_reboot", "on_crash"):
        mode = script.values.get(name)
        modes = xen_keys()[name].values
        if isinstance(mode, str) and mode and mode.replace("_", "-") not in modes:
            tell(name, f"xend knows no “{mode}” for {name}: {', '.join(modes)}.")
    memory, most = script.values.get("memory"), script.values.get("maxmem")
    if isinstance(memory, int) and isinstance(most, int) and 0 < most < memory:
        tell("maxmem", f"maxmem ({most} MiB) is below memory ({memory} MiB).")
    for name, part in (("disk", _device), ("vif", _mac)):
        value = script.values.get(name)
        seen: set[str] = set()
        for item in value if isinstance(value, list) else ():
            word = part(item) if isinstance(item, str) else ""
            if word and word in seen:
                tell(name, f"{word} stands in {name} twice.")
            seen.add(word)


def _device(disk: str) -> str:
    fields = disk.split(",")
    return fields[1].strip() if len(fields) > 1 else ""


def _mac(vif: str) -> str:
    pairs = (part.strip().partition("=") for part in vif.split(","))
    return next((value.strip().lower() for name, _, value in pairs if name == "mac"), "")


def _pairs(item: str, known: frozenset[str], name: str) -> str:
    if not item:
        return ""
    for part in item.split(","):
        key, equals, _ = part.strip().partition("=")
        if not equals:
            return f"“{part}” in {name} is no pair with an equals sign."
        if key.strip() not in known:
            return f"xm knows no “{key.strip()}” in {name}."
    return ""


def _disk(item: str) -> str:
    return "" if 3 <= len(item.split(",")) <= 5 else f"A disk of xm has three to five fields: “{item}”."


def _vif(item: str) -> str:
    return _pairs(item, _VIF, "vif")


def _vfb(item: str) -> str:
    return _pairs(item, _VFB, "vfb")


def _pci(item: str) -> str:
    return "" if _PCI.fullmatch(item) else f"“{item}” is no PCI device."


def _ioports(item: str) -> str:
    return "" if item.count("-") < 2 else f"“{item}” is no range of ports."


def _vtpm(item: str) -> str:
    return _pairs(item, frozenset({"backend", "instance", "uuid"}), "vtpm")


def _vscsi(item: str) -> str:
    return "" if 2 <= len(item.split(",")) <= 3 else f"A vscsi has two or three fields: “{item}”."


def _vusb(item: str) -> str:
    for part in item.split(","):
        key, equals, value = part.strip().partition("=")
        if not equals or not re.fullmatch(r"usbver|numports|port_\d+", key):
            return f"xm knows no “{part}” in vusb."
        if (key == "usbver" and value not in {"1", "2"}) or (
            key == "numports" and not (value.isdigit() and 1 <= int(value) <= 16)
        ):
            return f"“{value}” is no {key} of vusb."
    return ""


def _cpuid(item: str) -> str:
    leaf = _LEAF.match(item)
    parts = item[leaf.end() :].split(",") if leaf else []
    wrong = next((part for part in parts if not _REGISTER.match(part)), None)
    return (
        "" if wrong is None else f"“{wrong}” in cpuid is no register with its bits: (eax|ebx|ecx|edx)=BITS."
    )


def _access(item: str) -> str:
    keys = [part.partition("=")[0].strip() for part in item.split(",")]
    return (
        ""
        if sorted(keys) == ["label", "policy"] or (set(keys) <= {"policy", "label"} and keys)
        else f"“{item}” is no access_control."
    )
