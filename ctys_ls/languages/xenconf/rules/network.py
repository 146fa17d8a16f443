"""The strings of vif= (checks xl-068 to xl-072). xl complains about most mistakes on standard error and goes on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.languages.xenconf.rules.reader import Item, Reader
from ctys_ls.languages.xenconf.rules.spec import (
    Finding,
    Mend,
    Mention,
    Part,
    doubt,
    judge,
    refuse,
    split,
    strings,
    twice,
)
from ctys_ls.languages.xenconf.values import Atom, Value
from ctys_ls.problems import Fix, Related
from ctys_ls.schema.load import xen_subs
from ctys_ls.text import Edit

_RATE = re.compile(r"(\d+)[GMK]?[Bb]/s")
_INTERVAL = re.compile(r"(\d+)([mu]?)s?")
_MAC = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}")
_U32, _U64 = 2**32 - 1, 2**64 - 1


def check(reader: Reader) -> None:
    """Every string of vif=, and MACs that two of them share."""
    blocks = strings(reader, "vif")
    judge(reader, blocks, read_vif)
    for mac, item, other in twice(blocks, named_macs):
        reader.warn(
            "duplicate-mac",
            item.part(mac.start, mac.end),
            f"Two interfaces of this guest have the MAC {mac.word}.",
            _other_mac(item, mac.word, mac.start, mac.end),
            related=(Related(None, other.span, "the other one"),),
        )


def named_macs(items: Sequence[Value]) -> list[Mention]:
    """The MACs of the strings of vif=."""
    return [
        Mention(mac, item, start, end)
        for item in items
        if isinstance(item, Atom)
        for mac, start, end in macs(item.value)
    ]


def _other_mac(item: Item, mac: str, start: int, end: int) -> Fix:
    fresh = completed([], f"{reader_seed(item)}{mac}")
    return Fix(f"Write {fresh}", (Edit(item.part(start, end), fresh),), safe=False)


def reader_seed(item: Item) -> str:
    """Something that tells this place from others."""
    return f"{item.span.start.line}:{item.span.start.column}"


@lru_cache(maxsize=4096)
def macs(text: str) -> tuple[tuple[str, int, int], ...]:
    """The MACs of one string in their usual form, with their columns."""
    found = []
    for part in split(text):
        bare = part.text.lstrip(" ")
        value = bare[4:]
        if bare.startswith("mac=") and _MAC.fullmatch(value):
            end = part.end
            found.append(
                (":".join(pair.zfill(2) for pair in value.lower().split(":")), end - len(value), end)
            )
    return tuple(found)


@lru_cache(maxsize=4096)
def read_vif(text: str) -> tuple[Finding, ...]:
    """What is wrong with one interface."""
    findings: list[Finding] = []
    for part in split(text):
        bare = part.text.lstrip(" ")
        start = part.end - len(bare)
        name, equals, value = bare.partition("=")
        row = xen_subs()["vif"].get(name)
        at = Part(value, start + len(name) + 1, part.end)
        if row is None or (bool(equals) == (row.kind == "flag")):
            if name.startswith("colo_") and equals:
                continue
            findings.append(_unknown(bare, start, part.end))
        elif name == "type" and value not in {"vif", "ioemu"}:
            findings.append(_type(at))
        elif name == "mac":
            findings += _mac(at)
        elif name == "rate":
            findings += rate(at)
        elif name in {"devid", "mtu"}:
            if not _unsigned(value):
                findings.append(
                    refuse("vif-number", at.start, at.end, f"{name} must be a number; xl ends here.")
                )
        elif name == "netdev":
            message = "netdev is the old name of gatewaydev; xl warns."
            findings.append(
                doubt(
                    "vif-old",
                    start,
                    start + 6,
                    message,
                    Mend("Write gatewaydev", start, start + 6, "gatewaydev"),
                )
            )
        elif name == "accel":
            findings.append(doubt("vif-old", start, part.end, "xl does not support accel and ignores it."))
    return tuple(findings)


def _unsigned(text: str) -> bool:
    """Whether C's strtoul with base 10 reads anything that is not the largest number."""
    found = re.match(r"[ \t\n\v\f\r]*([+-]?)(\d+)", text)
    if not found:
        return False
    value = int(found[2])
    if value > _U64:
        return False
    return (-value if found[1] == "-" else value) % 2**64 != _U64


def _unknown(bare: str, start: int, end: int) -> Finding:
    """An item that xl mentions and skips."""
    known = xen_subs()["vif"]
    name, equals, value = bare.partition("=")
    if name != name.strip() or (equals and name.strip() in known and name not in known):
        plain = name.strip()
        if plain in known:
            good = f"{plain}={value.strip()}" if equals else plain
            return doubt(
                "vif-blank",
                start,
                end,
                f"xl skips “{bare}”: there must be no blank around “=”.",
                Mend("Remove the blanks", start, end, good),
            )
    guess = near(name.strip(), known)
    if guess and guess != name.strip():
        return doubt(
            "vif-key",
            start,
            start + len(name),
            f"xl knows no “{name}” in a vif and skips it.",
            Mend(f"Write {guess}", start, start + len(name), guess),
        )
    return doubt("vif-key", start, end, f"xl knows no “{bare}” in a vif and skips it.")


def _type(at: Part) -> Finding:
    if at.text == "netfront":
        return doubt(
            "vif-type",
            at.start,
            at.end,
            "netfront was xm's word; xl skips it and knows vif and ioemu.",
            Mend("Write vif", at.start, at.end, "vif"),
        )
    guess = near(at.text, ("vif", "ioemu"))
    mends = (Mend(f"Write {guess}", at.start, at.end, guess),) if guess else ()
    return doubt(
        "vif-type",
        at.start,
        at.end,
        f"“{at.text}” is no type of interface, and xl skips it: vif or ioemu.",
        *mends,
    )


def _mac(at: Part) -> list[Finding]:
    text = at.text
    if _MAC.fullmatch(text):
        first = int(text.split(":", 1)[0], 16)
        if first & 1:
            return [
                doubt(
                    "mac-multicast", at.start, at.end, f"{text} is a multicast address; no card can have it."
                )
            ]
        return []
    pairs = re.findall(r"[0-9a-fA-F]{2}", text)
    digits = re.sub(r"[^0-9a-fA-F]", "", text)
    mends: list[Mend] = []
    if len(digits) == 12 and len(pairs) == 6:
        good = ":".join(digits[i : i + 2] for i in range(0, 12, 2)).lower()
        return [
            doubt(
                "mac-form",
                at.start,
                at.end,
                f"A MAC is six pairs with colons between them: {good}.",
                Mend(f"Write {good}", at.start, at.end, good),
            )
        ]
    known = [pair for pair in re.split(r"[:.-]", text) if re.fullmatch(r"[0-9a-fA-F]{1,2}", pair)][:5]
    made = completed(known or ["00", "16", "3e"], text)
    mends.append(Mend(f"Complete it: {made}", at.start, at.end, made, safe=False))
    return [
        doubt(
            "mac-half",
            at.start,
            at.end,
            f"“{text}” is not a whole MAC; xl complains, fills the rest with zeros and goes on.",
            *mends,
        )
    ]


def completed(pairs: list[str], seed: str) -> str:
    """A whole MAC that begins with ``pairs``; the rest is made from ``seed``, so that asking twice gives the same."""
    start = [pair.zfill(2).lower() for pair in pairs]
    if len(start) < 3:
        start = ["00", "16", "3e"]
    value = 2166136261
    for char in seed + "ctys":
        value = (value ^ ord(char)) * 16777619 % 2**32
    rest = [f"{value >> 8 * place & (0x7F if place == 0 else 0xFF):02x}" for place in range(3)]
    return ":".join([*start, *rest][:6])


def rate(at: Part) -> list[Finding]:
    """A rate such as ``10Mb/s@20ms`` (libxlutil's xlu_vif_parse_rate)."""
    speed, at_sign, interval = at.text.partition("@")
    found = _RATE.fullmatch(speed)
    if not found:
        mends = _rate_mends(at)
        return [
            refuse(
                "vif-rate",
                at.start,
                at.end,
                "A rate is NUMBER, K, M or G, and b/s or B/s, such as 10Mb/s; xl ends here.",
                *mends,
            )
        ]
    usecs = 50000
    if at_sign:
        span = _INTERVAL.fullmatch(interval)
        if not span:
            message = "The interval behind @ is NUMBER and s, ms or us; xl ends here."
            return [refuse("vif-rate", at.start, at.end, message)]
        usecs = int(span[1][:20]) * {"": 1000000, "m": 1000, "u": 1}[span[2]]
    amount = re.match(r"0[0-7]*|\d+", found[1])
    number = int(amount[0][:20], 8 if amount[0][0] == "0" else 10) if amount else 0
    if not 0 < number <= _U32 or not 0 < usecs <= _U32:
        return [refuse("vif-rate", at.start, at.end, "The rate is zero or too large; xl ends here.")]
    if interval and interval[-1:].isdigit():
        return [
            doubt(
                "vif-interval",
                at.end - len(interval),
                at.end,
                "An interval without a unit counts as seconds, whatever the manual says.",
                Mend("Write microseconds", at.end, at.end, "us", safe=False),
            )
        ]
    return []


def _rate_mends(at: Part) -> tuple[Mend, ...]:
    found = re.fullmatch(r"\s*(\d+)\s*([gmkGMK]?)([bB]?)(?:it|yte)?s?(?:/s|ps)?", at.text)
    if not found:
        return ()
    good = f"{found[1]}{found[2].upper()}{found[3] or 'b'}/s"
    return (Mend(f"Write {good}", at.start, at.end, good, safe=False),)
