"""What a value does, in one plain sentence: sizes, octal numbers, CPU lists, ports."""

from __future__ import annotations

from ctys_ls.languages.xenconf.rules.guest import _TYPES
from ctys_ls.languages.xenconf.rules.reader import c_long
from ctys_ls.languages.xenconf.values import Atom, Setting
from ctys_ls.schema.load import xen_keys
from ctys_ls.schema.model import Kind

_STEPS = (("TiB", 2**20), ("GiB", 2**10))


def size(mebibytes: int) -> str:
    """A size in MiB the way people say it."""
    for name, scale in _STEPS:
        if mebibytes >= scale:
            return f"{mebibytes / scale:.4g} {name}"
    return f"{mebibytes} MiB"


def meaning(setting: Setting) -> str:
    """What the value of a setting does; empty where nothing is to say."""
    return ", ".join(text for _, text in meanings(setting))


def meanings(setting: Setting) -> list[tuple[str, str]]:
    """The same in pieces, each with what it is about: a kind of note that can be switched off, or "" for none."""
    key = xen_keys().get(setting.name)
    if key is None:
        return []
    if not isinstance(setting.value, Atom):
        count = len(setting.value)
        return [("", f"{count} element{'s' if count != 1 else ''}")]
    text = setting.value.value
    if key.kind is Kind.CPUS:
        drawn = cpu_mask(text)
        return [("cpus", drawn)] if drawn else []
    if key.name == "type":
        return [("", f"a {name.upper()} guest") for name in _TYPES if name.startswith(text)][:1]
    if key.kind not in {Kind.INT, Kind.BOOL}:
        return []
    number = c_long(text)
    if number is None:
        return [("", f"“{text}” is no number; xl ignores the key")]
    if key.kind is Kind.BOOL:
        return [("", "on" if number else "off")]
    octal = text.startswith("0") and len(text) > 1 and text[1:2] not in "xX"
    found = [("octal", f"octal {text} is {number}")] if octal else []
    if key.unit == "MiB":
        found.append(("sizes", size(number)))
    elif key.unit == "KiB":
        found.append(("sizes", f"{number / 1024:.4g} MiB" if number >= 1024 else f"{number} KiB"))
    elif key.name == "vncdisplay":
        found.append(("ports", f"port {5900 + number}"))
    elif key.name == "cap":
        found.append(("shares", "no ceiling" if not number else f"{number / 100:.3g} physical CPUs"))
    elif key.unit:
        found.append(("", f"{number} {key.unit}"))
    return found


def cpu_mask(text: str) -> str:
    """A CPU list drawn: one sign per CPU, ``#`` for those in the set."""
    chosen: set[int] = set()
    for part in text.replace(" ", "").split(","):
        bare = part.removeprefix("^")
        first, _, last = bare.partition("-")
        if not first.isdigit() or (last and not last.isdigit()) or len(first) > 3 or len(last) > 3:
            return ""
        span = set(range(int(first), int(last or first) + 1))
        chosen = chosen - span if part.startswith("^") else chosen | span
    if not chosen or max(chosen) > 63:
        return ""
    width = max(8, max(chosen) + 1)
    drawn = "".join("#" if cpu in chosen else "." for cpu in range(width))
    return f"CPUs 0-{width - 1}: `{drawn}`"
