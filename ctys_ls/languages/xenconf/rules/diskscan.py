"""The scanner of disk strings: at each place the longest rule wins, then the first (check xl-065; xen-conf section 3)."""

from __future__ import annotations

import re
from functools import lru_cache

_PLAIN_PREFIXES = "tapdisk|tap2?|aio|ioemu|file|phy"

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
#: Rule name, the characters that it may begin with ("": any), its pattern, in the scanner's order. The second group of
#: names counts the rest of the string into its length, so that it beats every shorter rule.
_RULES: tuple[tuple[str, str, str, bool], ...] = (
    ("blank", " \t\n", r"[ \t\n]+(?=([^ \t\n][^\n]*)?)", True),
    ("format", "f", r"format=[^,]*,?", False),
    ("cdrom", "c", r"cdrom,?", False),
    ("cdrom", "d", r"devtype=cdrom,?", False),
    ("disk", "d", r"devtype=disk,?", False),
    ("devtype", "d", r"devtype=[^,]*,?", False),
    ("access", "a", r"access=[^,]*,?", False),
    ("backend", "b", r"backend=[^,]*,?", False),
    ("backendtype", "b", r"backendtype=[^,]*,?", False),
    ("specification", "s", r"specification=[^,]*,?", False),
    ("vdev", "v", r"vdev=[^,]*,?", False),
    ("script", "s", r"script=[^,]*,?", False),
    ("flag", "d", r"direct-io-safe,?", False),
    ("flag", "d", r"discard,?", False),
    ("flag", "n", r"no-discard,?", False),
    ("trust", "tu", r"(?:un)?trusted,?", False),
    ("grant_usage", "g", r"grant_usage=[^,]*,?", False),
    ("flag", "c", r"colo,?", False),
    ("flag", "n", r"no-colo,?", False),
    ("colo-host", "c", r"colo-host=[^,]*,?", False),
    ("colo-port", "c", r"colo-port=[^,]*,?", False),
    ("colo-export", "c", r"colo-export=[^,]*,?", False),
    ("active-disk", "a", r"active-disk=[^,]*,?", False),
    ("hidden-disk", "h", r"hidden-disk=[^,]*,?", False),
    ("target", "t", r"target=[^\n]*", False),
    ("unknown", _LETTERS, r"[a-z][-a-z0-9]*=[^,],?", False),
    ("format-prefix", "rqv", r"(?:raw|qcow2?|vhd):(?=([^\n]*))", True),
    ("script-prefix", "iend", r"(?:iscsi|e?nbd|drbd):(?=([^\n]*))", True),
    ("prefix", "taifp", rf"(?:{_PLAIN_PREFIXES}):(?=([^\n]*))", True),
    ("bad-prefix", _LETTERS, r"[a-z][a-z0-9]*:(?=((?:[^a-z0-9][^\n]*)?))", True),
    ("place", "", r"[^=,]*,|[^=,]+,?", False),
)


#: Rules of the scanners from 4.19 on.
_NEWER = frozenset({"trust", "grant_usage"})


def longest(text: str, at: int, trusts: bool) -> tuple[str, int]:
    """The name of the rule that wins at a place, "bad" where none fits, and where its match ends. ``trusts``: see
    :func:`ctys_ls.languages.xenconf.rules.disk.read_disk`.
    """
    best, found, stop = 0, "bad", at
    for name, pattern, rest in _beginning_with(text[at], trusts):
        match = pattern.match(text, at)
        if not match:
            continue
        length = match.end() - at + (len(match[1] or "") if rest else 0)
        if length > best:
            best, found, stop = length, name, match.end()
    return found, stop


@lru_cache(maxsize=256)
def _beginning_with(char: str, trusts: bool) -> list[tuple[str, re.Pattern[str], bool]]:
    """The rules that may begin with a character."""
    return [
        (name, re.compile(pattern), rest)
        for name, first, pattern, rest in _RULES
        if (not first or char in first) and (trusts or name not in _NEWER)
    ]
