"""Reads a file's settings as xl's typed getters do (xen-conf section 2, checks xl-011 to xl-019).

The last setting of a key counts, ``+=`` joins strings or lists; a value of the wrong type draws a warning and counts
as absent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ctys_ls.languages.xenconf.tree import Located, Tree
from ctys_ls.languages.xenconf.values import Atom, Block, Items, Value
from ctys_ls.problems import Fix, Problem, Related, Severity
from ctys_ls.schema.load import xen_keys
from ctys_ls.schema.model import Key
from ctys_ls.text import Edit, Position, Span

#: What C's strtol accepts with base 0: blanks, a sign, and digits whose base the prefix tells.
_LONG = re.compile(r"[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
LONG_MAX = 2**63 - 1
#: More problems of one kind than this are counted: nobody reads them, and each takes far more room than its text.
MOST = 500


#: A kind of problem: one code may be an error at one place and a warning at another.
Sort = tuple[str, Severity]


def c_long(text: str) -> int | None:
    """A number as ``strtol(text, …, 0)`` reads all of ``text``; None where something is left over."""
    found = _LONG.fullmatch(text)
    if not found:
        return None
    digits = found[2]
    value = int(digits, 16) if digits[1:2] in {"x", "X"} else int(digits, 8 if digits[0] == "0" else 10)
    return -value if found[1] == "-" else value


@dataclass(slots=True, frozen=True, eq=False)
class Item:
    """One atom or list with the line its chunk begins at."""

    value: Value
    line: int

    @property
    def span(self) -> Span:
        """Its place in the file."""
        return self.value.span.shifted(self.line)

    @property
    def text(self) -> str:
        """The value of an atom; empty for a list."""
        return self.value.value if isinstance(self.value, Atom) else ""

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.value, Items)

    def part(self, start: int, end: int) -> Span:
        """The place of ``text[start:end]`` in the file."""
        if isinstance(self.value, Atom):
            return self.value.part(start, end).shifted(self.line)
        return self.span

    def inner(self) -> list[Item]:
        """The elements of a list."""
        return [Item(value, self.line) for value in self.value] if isinstance(self.value, Items) else []


@dataclass(frozen=True, eq=False)
class Found:
    """The effective setting of a key. ``lists`` are the settings of a list that ``+=`` joined."""

    name: str
    last: Located
    text: str | None
    lists: tuple[Located, ...]

    @cached_property
    def blocks(self) -> tuple[tuple[int, Block], ...]:
        """The elements of a list, from all its settings, each block with the line it counts from."""
        return tuple(
            (one.line + line, block)
            for one in self.lists
            if isinstance(one.setting.value, Items)
            for line, block in one.setting.value.blocks
        )

    @property
    def items(self) -> list[Item]:
        """The elements of a list one by one; rules for lists that may be long take the blocks."""
        return [Item(value, line) for line, block in self.blocks for value in block.items]

    @property
    def is_list(self) -> bool:
        """Whether the value is a list."""
        return self.text is None

    @property
    def value(self) -> Item:
        """The value of the setting that counts."""
        return Item(self.last.setting.value, self.last.line)

    @property
    def name_span(self) -> Span:
        """The place of the key."""
        return self.last.setting.name_span.shifted(self.last.line)

    @property
    def span(self) -> Span:
        """The place of the value."""
        return self.value.span

    @property
    def whole(self) -> Span:
        """The place of the setting."""
        return self.last.setting.span.shifted(self.last.line)


class Reader:
    """The settings of one tree, and the problems found so far."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.problems: list[Problem] = []
        self._found: dict[str, Found | None] = {}
        self._warned: set[tuple[str, str]] = set()
        #: How often each kind of problem was found, and where the last one stands that is only counted.
        self._counts: Counter[Sort] = Counter()
        self._beyond: dict[Sort, Span] = {}

    @cached_property
    def keys(self) -> dict[str, Key]:
        """The known keys."""
        return dict(xen_keys())

    def report(
        self,
        code: str,
        severity: Severity,
        where: Span,
        message: str,
        *fixes: Fix,
        related: tuple[Related, ...] = (),
        deprecated: bool = False,
        unnecessary: bool = False,
    ) -> None:
        """Add a problem; beyond the first :data:`MOST` of its kind it is counted only."""
        if self.full((code, severity)):
            self.count((code, severity), 1, where)
            return
        self._counts[code, severity] += 1
        self.problems.append(
            Problem(f"xenconf.{code}", severity, where, message, fixes, related, deprecated, unnecessary)
        )

    def full(self, sort: Sort) -> bool:
        """Whether so many problems of a kind are listed that more are only counted."""
        return self._counts[sort] >= MOST

    def count(self, sort: Sort, number: int, where: Span) -> None:
        """Add problems of a kind that is full; the last of them stands at ``where``."""
        self._counts[sort] += number
        self._beyond[sort] = where

    def error(
        self, code: str, where: Span, message: str, *fixes: Fix, related: tuple[Related, ...] = ()
    ) -> None:
        """Add a problem for which xl refuses the file."""
        self.report(code, Severity.ERROR, where, message, *fixes, related=related)

    def warn(
        self, code: str, where: Span, message: str, *fixes: Fix, related: tuple[Related, ...] = ()
    ) -> None:
        """Add a problem that xl only mentions, or keeps silent about."""
        self.report(code, Severity.WARNING, where, message, *fixes, related=related)

    def hint(
        self, code: str, where: Span, message: str, *fixes: Fix, related: tuple[Related, ...] = ()
    ) -> None:
        """Add a remark."""
        self.report(code, Severity.HINT, where, message, *fixes, related=related)

    def finish(self) -> list[Problem]:
        """All problems, those that were only counted as one of each kind at the place of the last.

        Elements of long lists are let go; what the rules found in them is kept with their text.
        """
        for (code, severity), where in self._beyond.items():
            more = self._counts[code, severity] - MOST
            message = f"There are {more} more problems like the {MOST} before, this is the last of them."
            self.problems.append(Problem(f"xenconf.{code}", severity, where, message))
        for found in self._found.values():
            # Blocks that no rule has asked for hold nothing.
            if found is not None and "blocks" in vars(found):
                for _, block in found.blocks:
                    block.forget()
        return self.problems

    def names(self) -> Iterator[str]:
        """Every key that the file sets."""
        return iter(self.tree.by_name)

    def find(self, name: str) -> Found | None:
        """The effective setting of a key, of any type."""
        if name not in self.tree.by_name:
            return None
        if name not in self._found:
            self._found[name] = self._effective(name)
        return self._found[name]

    def _effective(self, name: str) -> Found | None:
        found: Found | None = None
        for one in self.tree.found(name) if self.tree.appended(name) else self.tree.last(name):
            value = one.setting.value
            text = value.value if isinstance(value, Atom) else None
            lists = (one,) if text is None else ()
            if found is None or not one.setting.appends:
                found = Found(name, one, text, lists)
            elif found.text is not None and text is not None:
                found = Found(name, one, found.text + text, ())
            elif found.text is None and text is None:
                found = Found(name, one, None, found.lists + lists)
            else:
                self._mixed(name, one, found)
                return None
        return found

    def _mixed(self, name: str, one: Located, earlier: Found) -> None:
        kind = "list" if earlier.is_list else "string"
        value = Item(one.setting.value, one.line)
        fixes: tuple[Fix, ...] = ()
        if earlier.is_list:
            ends = (
                Edit(Span(value.span.start, value.span.start), "["),
                Edit(Span(value.span.end, value.span.end), "]"),
            )
            fixes = (Fix("Put it into a list", ends),)
        self.error(
            "syntax-append",
            value.span,
            f"“{name}” is a {kind} until here; += joins strings with strings and lists with lists.",
            *fixes,
            related=(Related(None, earlier.whole, "the value until here"),),
        )

    def string(self, name: str) -> Found | None:
        """A key that must be a single value; None and a warning where it is a list."""
        found = self.find(name)
        if found is None or not found.is_list:
            return found
        self._once(
            name,
            "list",
            "value-type",
            found.span,
            f"“{name}” takes a single value, not a list; xl ignores the list.",
        )
        return None

    def long(self, name: str) -> int | None:
        """A number or boolean; None and a warning where xl's getter complains and ignores the value."""
        found = self.string(name)
        if found is None or found.text is None:
            return None
        if found.last.setting.appends:
            self._once(
                name,
                "append",
                "number-append",
                found.whole,
                f"Numbers cannot be added to with +=; xl ignores “{name}”.",
                self._operator_fix(found),
            )
            return None
        value = c_long(found.text)
        if value is not None and -LONG_MAX - 1 <= value <= LONG_MAX:
            return value
        self._not_a_number(name, found)
        return None

    def blocks(self, name: str) -> tuple[tuple[int, Block], ...] | None:
        """The elements of a key that must be a list; None and a warning where it is a single value."""
        found = self.find(name)
        if found is None:
            return None
        if found.is_list:
            return found.blocks
        self._once(
            name,
            "single",
            "value-type",
            found.span,
            f"“{name}” takes a list; xl ignores the single value.",
            Fix("Put it into a list", _brackets(found.span)),
        )
        return None

    def _once(self, name: str, what: str, code: str, where: Span, message: str, *fixes: Fix) -> None:
        if (name, what) not in self._warned:
            self._warned.add((name, what))
            self.warn(code, where, message, *fixes)

    def _operator_fix(self, found: Found) -> Fix:
        setting = found.last.setting
        line = setting.line + found.last.line
        column = self.tree.lines[line].find("+=", setting.start)
        where = Span(Position(line, column), Position(line, column + 2))
        return Fix("Write =", (Edit(where, "="),))

    def _not_a_number(self, name: str, found: Found) -> None:
        text = (found.text or "").strip()
        key = self.keys.get(name)
        fixes: list[Fix] = []
        message = f"“{found.text}” is no number; xl ignores “{name}”."
        if (word := _WORDS.get(text.lower())) is not None:
            fixes.append(Fix(f"Write {word}", (Edit(found.span, word),)))
            message = f"“{found.text}” is no number: xl wants 0 or 1 and ignores “{name}”."
        elif c_long(text) is not None:
            fixes.append(
                Fix(f"Write {text}", (Edit(found.span, text if text[0].isdigit() else f'"{text}"'),))
            )
        elif (unit := _UNIT.fullmatch(text)) and key and key.unit in _SCALE:
            size = int(unit[1]) * _BYTES[unit[2].lower()] // _SCALE[key.unit]
            if size:
                fixes.append(Fix(f"Write {size} ({key.unit})", (Edit(found.span, str(size)),)))
            message = f"xl knows no units: “{found.text}” is no number, and “{name}” is ignored."
        elif text.isdigit():
            plain = text.lstrip("0") or "0"
            if len(plain) < 19:
                fixes.append(Fix(f"Write {plain}", (Edit(found.span, plain),)))
                message = f"“{found.text}” begins with 0 but is no octal number; xl ignores “{name}”."
            else:
                message = f"“{found.text}” is too large; xl ignores “{name}”."
        self._once(name, "number", "not-a-number", found.span, message, *fixes)


_WORDS = {"true": "1", "yes": "1", "on": "1", "false": "0", "no": "0", "off": "0"}
_UNIT = re.compile(r"(\d+)\s*([kmgt])(?:i?b)?", re.IGNORECASE)
_BYTES = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SCALE = {"MiB": 2**20, "KiB": 2**10}


def _brackets(where: Span) -> tuple[Edit, ...]:
    return (Edit(Span(where.start, where.start), "["), Edit(Span(where.end, where.end), "]"))
