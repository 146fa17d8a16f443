"""The policy in ``cpuid``: xl mentions a mistake in it and starts the guest without that part (check xl-085).

Measured on xl of Xen 4.17: tests/languages/xenconf/test_cpuid.py holds every rule against the installed one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.languages.xenconf.rules.reader import Item, Reader, c_long
from ctys_ls.problems import Fix
from ctys_ls.schema.load import xen_cpuid_flags
from ctys_ls.text import Edit

#: What a bit may be: cleared, set, the default, the host's at first, the host's always.
_BITS = "01xks"
_LEAF = re.compile(r"(?:0x[0-9a-fA-F]+|\d+)(?:,(?:0x[0-9a-fA-F]+|\d+))?")


def check(reader: Reader) -> None:
    """Both forms: words behind "host", and a list of leaves with the bits of their registers."""
    found = reader.find("cpuid")
    if found is None or found.last.setting.appends:
        return
    if found.is_list:
        for item in found.items:
            if not item.is_list and (told := _leaf(item.text)):
                reader.warn("cpuid", item.span, told)
        return
    _words(reader, found.value)


def _words(reader: Reader, item: Item) -> None:
    parts = [(start, word) for start, word in _parts(item.text) if word]
    if not parts:
        return
    start, first = parts[0]
    if first != "host":
        where = item.part(start, start + len(first))
        reader.warn("cpuid", where, "cpuid begins with the word host; xl passes over all of this.")
        return
    for start, word in parts[1:]:
        name, equals, value = word.partition("=")
        where = item.part(start, start + len(word))
        if not equals:
            reader.warn("cpuid", where, f"“{word}” has no value: xl wants {word}=0, 1, x, k or s.")
        elif name not in xen_cpuid_flags():
            meant = near(name.strip(), xen_cpuid_flags())
            # A flag that is like none of these may be one of a later Xen.
            if meant:
                place = item.part(start, start + len(name))
                fix = Fix(f"Write {meant}", (Edit(place, meant),))
                reader.warn("cpuid", place, f"xl knows no CPU flag “{name}”; {meant} is one.", fix)
        elif value[:1] not in tuple(_BITS) and c_long(value) is None:
            reader.warn("cpuid", where, f"“{value}” is no value of {name}: xl wants 0, 1, x, k or s.")


def _parts(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for word in text.split(","):
        yield start, word
        start += len(word) + 1


def _leaf(text: str) -> str:
    """What is wrong with ``LEAF[,SUBLEAF]:REGISTER=BITS,…``; empty where nothing is."""
    leaf, colon, rest = text.partition(":")
    if not colon or not _LEAF.fullmatch(leaf):
        return f"“{text}” does not begin with the number of a leaf and a colon; xl passes over it."
    for part in filter(None, rest.split(",")):
        register, _, bits = part.partition("=")
        if register not in {"eax", "ebx", "ecx", "edx"}:
            return f"“{register}” is no register: eax, ebx, ecx and edx are."
        if len(bits) != 32:
            return f"{register} has 32 bits, one letter of 0, 1, x, k, s for each; these are {len(bits)}."
    return ""
