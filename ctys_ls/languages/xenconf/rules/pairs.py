"""Strings of ``key=value`` parameters other than disks and interfaces (checks xl-073 to xl-082).

What xl refuses in each differs in small ways, as its readers were written by different hands: some trim blanks, some
stop at items without "=", some want certain parameters.
"""

from __future__ import annotations

import re
from functools import partial

from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.languages.xenconf.rules.spec import (
    Finding,
    Mend,
    Part,
    doubt,
    judge,
    refuse,
    report,
    split,
    strings,
)
from ctys_ls.schema.load import xen_subs

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PASSWORD = re.compile(r"(?<=passwd).+", re.DOTALL)
#: Parameters that releases after 4.17 know; what an older xl refuses is said by the release rule.
_READERS = ("vtpm", "p9", "pvcalls", "channel", "usbctrl", "usbdev", "vdispl", "vkb", "vfb")


def check(reader: Reader) -> None:
    """Every string of every such key."""
    for name in _READERS:
        if name in reader.tree.by_name:
            judge(reader, strings(reader, name), _PAIRS[name])
    rdm = reader.string("rdm")
    if rdm and rdm.text is not None:
        report(reader, rdm.value, _rdm(rdm.text))


def read_pairs(name: str, text: str) -> tuple[Finding, ...]:
    """What is wrong with one string of ``name``."""
    whole = (0, len(text))
    if name in {"vtpm", "p9", "pvcalls"}:
        return tuple(_exact(name, text, whole))
    if name == "channel":
        return tuple(_channel(text, whole))
    if name == "vfb":
        return tuple(_vfb(text))
    return tuple(_matched(name, text, whole))


#: By key, as what is found in a list is kept by its reader.
_PAIRS = {name: partial(read_pairs, name) for name in _READERS}


def _exact(name: str, text: str, whole: tuple[int, int]) -> list[Finding]:
    """vtpm, 9p and pvcalls: blanks before a key are passed over, not those behind it; an item without "=" ends the string."""
    known = xen_subs()[name]
    findings: list[Finding] = []
    seen: set[str] = set()
    for part in split(text):
        key, equals, value = part.text.lstrip().partition("=")
        if not equals:
            message = f"xl stops at “{part.text}”, which has no “=”, and drops the rest of the string."
            findings.append(doubt("spec-item", part.start, len(text), message))
            break
        if key not in known:
            findings.append(_unknown(name, part, key, fatal=True))
            continue
        seen.add(key)
        if key == "uuid" and not _UUID.fullmatch(value):
            findings.append(
                refuse("spec-value", part.end - len(value), part.end, "This is no uuid with hyphens.")
            )
        elif known[key].values and value not in known[key].values:
            findings.append(
                doubt(
                    "spec-value",
                    part.end - len(value),
                    part.end,
                    f"“{value}” is no {key}: {', '.join(known[key].values)}.",
                )
            )
    missing = [row.name for row in known.values() if row.required and row.name not in seen]
    if missing:
        findings.append(refuse("spec-missing", *whole, f"{name} needs {' and '.join(missing)}."))
    return findings


def _channel(text: str, whole: tuple[int, int]) -> list[Finding]:
    known = xen_subs()["channel"]
    findings: list[Finding] = []
    seen: dict[str, str] = {}
    for part in split(text):
        key, equals, value = part.text.partition("=")
        key, value = key.strip(), value.strip()
        if not equals or not part.text.partition("=")[0] or not part.text.partition("=")[2]:
            findings.append(refuse("spec-item", part.start, part.end, f"“{part.text}” is no key=value pair."))
            continue
        seen[key] = value
        if key not in known:
            findings.append(_unknown("channel", part, key, fatal=False))
    connection = seen.get("connection")
    if any(finding.severity == 1 for finding in findings):
        return findings
    if connection is None:
        findings.append(
            refuse("spec-missing", *whole, "A channel needs connection=pty or connection=socket.")
        )
    elif connection not in {"pty", "socket"}:
        at = text.find(connection, text.find("connection"))
        low = connection.lower()
        mends = (Mend(f"Write {low}", at, at + len(connection), low),) if low in {"pty", "socket"} else ()
        findings.append(
            refuse(
                "spec-value",
                at,
                at + len(connection),
                f"xl knows no connection “{connection}”: pty or socket, in lower case.",
                *mends,
            )
        )
    elif connection == "socket" and not seen.get("path"):
        findings.append(refuse("spec-missing", *whole, "connection=socket needs path=."))
    return findings


def _matched(name: str, text: str, whole: tuple[int, int]) -> list[Finding]:
    """usbctrl, usbdev, vdispl, vkb: blanks before a key are passed over, the key must be followed by "=" at once."""
    known = xen_subs()[name]
    findings: list[Finding] = []
    seen: dict[str, str] = {}
    for part in split(text):
        bare = part.text.lstrip(" ")
        if not bare:
            mend = Mend("Remove the blanks", part.start, part.end, "")
            findings.append(
                refuse(
                    "spec-key", part.start, part.end, f"{name} takes no blanks in place of a parameter.", mend
                )
            )
            continue
        at = Part(bare, part.end - len(bare), part.end)
        key, equals, value = bare.partition("=")
        if not equals or key not in known:
            findings.append(_unknown(name, at, key if equals else bare, fatal=True))
            continue
        seen[key] = value
        start = at.start + len(key) + 1
        words = known[key].values
        if key == "connectors":
            findings += _connectors(value, start, at.end)
        elif words and key in {"type", "backend-type"} and value.lower() not in words:
            guess = near(value, words)
            mends = (Mend(f"Write {guess}", start, at.end, guess),) if guess else ()
            findings.append(
                refuse(
                    "spec-value",
                    start,
                    at.end,
                    f"“{value}” is no {key} of {name}: {', '.join(words)}.",
                    *mends,
                )
            )
        elif known[key].kind in {"int", "bool"} or key in {"version", "ports"}:
            if not re.fullmatch(r"\s*\d+", value):
                findings.append(
                    doubt(
                        "spec-number",
                        start,
                        at.end,
                        f"“{value}” is no number; xl reads 0 or what digits there are.",
                    )
                )
            elif words and value not in words:
                findings.append(doubt("spec-value", start, at.end, f"{key} is one of {', '.join(words)}."))
    if any(finding.severity == 1 for finding in findings):
        return findings
    if name == "vdispl" and "connectors" not in seen:
        findings.append(
            refuse("spec-missing", *whole, "vdispl needs at least one connector: connectors=ID:WIDTHxHEIGHT.")
        )
    if name == "vkb":
        findings += _vkb(seen, whole)
    return findings


def _vkb(seen: dict[str, str], whole: tuple[int, int]) -> list[Finding]:
    if "backend-type" not in seen:
        return [refuse("spec-missing", *whole, "vkb needs backend-type=qemu or backend-type=linux.")]
    sizes = ("multi-touch-width", "multi-touch-height", "multi-touch-num-contacts")
    touch = re.match(r"\s*0*[1-9]", seen.get("feature-multi-touch", ""))
    if touch and not any(re.match(r"\s*\+?0*[1-9]", seen.get(size, "")) for size in sizes):
        return [refuse("spec-missing", *whole, f"feature-multi-touch needs {', '.join(sizes)}.")]
    return []


def _connectors(value: str, start: int, end: int) -> list[Finding]:
    parts = [part for part in value.split(";") if part]
    if not parts:
        return [refuse("spec-value", start, end, "A display without connectors makes xl crash.")]
    for part in parts:
        name, colon, size = part.partition(":")
        if not name or not colon or not size:
            return [
                refuse("spec-value", start, end, f"“{part}” makes xl crash: a connector is ID:WIDTHxHEIGHT.")
            ]
        if re.match(r"\s*[+-]?\d+x\s*[+-]?\d+", size):
            continue
        if re.match(r"\s*[+-]?\d", size):
            return [refuse("spec-value", start, end, f"“{size}” is no size; it is WIDTHxHEIGHT.")]
        return [doubt("spec-value", start, end, f"“{size}” is no size, and xl goes on without one.")]
    return []


def _vfb(text: str) -> list[Finding]:
    known = xen_subs()["vfb"]
    findings: list[Finding] = []
    for part in split(text):
        bare = part.text.lstrip(" ")
        start = part.end - len(bare)
        key, equals, value = bare.partition("=")
        if not equals:
            findings.append(
                doubt(
                    "vfb-end",
                    start,
                    len(text),
                    # A password that a slip has made part of the word is not repeated.
                    f"xl stops at “{_PASSWORD.sub('…', bare)}”, which has no “=”, and drops the rest without a word.",
                )
            )
            break
        if key == "type":
            message = "type= was xm's; xl ignores it, and VNC is on in a vfb anyway."
            end = part.end + (1 if part.end < len(text) else 0)
            findings.append(
                doubt(
                    "vfb-key",
                    start,
                    part.end,
                    message,
                    Mend(f"Write {value}=1", start, part.end, f"{value}=1")
                    if value in {"vnc", "sdl"}
                    else Mend("Remove it", start, end, ""),
                )
            )
        elif key not in known:
            guess = near(key.strip(), known)
            mends = (Mend(f"Write {guess}", start, start + len(key), guess),) if guess else ()
            findings.append(
                doubt(
                    "vfb-key",
                    start,
                    start + len(key),
                    f"xl knows no “{key}” in a vfb and ignores it without a word.",
                    *mends,
                )
            )
        elif known[key].kind in {"bool", "int"} and not re.match(r"\s*[+-]?\d", value):
            number = {"yes": "1", "true": "1", "on": "1", "no": "0", "false": "0", "off": "0"}.get(
                value.lower()
            )
            mends = (Mend(f"Write {number}", part.end - len(value), part.end, number),) if number else ()
            findings.append(doubt("spec-number", start, part.end, f"“{value}” counts as 0.", *mends))
    return findings


def _rdm(text: str) -> list[Finding]:
    findings: list[Finding] = []
    for part in split(text):
        key, _, value = part.text.strip().partition("=")
        if key == "strategy" and value != "host":
            findings.append(
                doubt(
                    "spec-value",
                    part.start,
                    part.end,
                    f"“{value}” is no strategy; xl says so and drops rdm.",
                    Mend("Write strategy=host", part.start, part.end, "strategy=host", safe=False),
                )
            )
        elif key == "policy" and value not in {"strict", "relaxed"}:
            findings.append(
                doubt("spec-value", part.start, part.end, f"“{value}” is no policy: strict or relaxed.")
            )
        elif key not in {"strategy", "policy"}:
            findings.append(
                doubt("spec-key", part.start, part.end, f"rdm has strategy= and policy=, no “{key}”.")
            )
    return findings


def _unknown(name: str, part: Part, key: str, *, fatal: bool) -> Finding:
    known = xen_subs()[name]
    plain = key.strip()
    mends: tuple[Mend, ...] = ()
    good, equals, value = part.text.partition("=")
    if plain in known and equals and plain != good:
        mends = (Mend("Remove the blanks", part.start, part.end, f"{plain}={value.strip()}"),)
        message = f"“{key}”: {name} takes no blanks around the key."
    else:
        guess = near(plain, known)
        if guess:
            mends = (Mend(f"Write {guess}", part.start, part.start + len(good), guess),)
        message = f"xl knows no “{plain}” in {name}."
        if plain == "id" and name == "vsnd":
            mends = (Mend("Write unique-id", part.start, part.start + 2, "unique-id"),)
    if fatal:
        return refuse("spec-key", part.start, part.end, message, *mends)
    return doubt("spec-key", part.start, part.end, message + " It ignores it.", *mends)
