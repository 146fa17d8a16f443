"""The parser of xl's grammar (xen-conf section 2), one chunk at a time.

A chunk is what must be parsed together: a line with its statements, or the lines of a list up to the line end at which
the statement is complete or, after an error, at which libxlutil goes on. Most lines are one plain statement; these are
recognised by one expression and taken apart only when somebody asks for their settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from ctys_ls.languages.xenconf import complaints
from ctys_ls.languages.xenconf.automaton import Automaton
from ctys_ls.languages.xenconf.rows import ATOM, Kept
from ctys_ls.languages.xenconf.values import Rows, Setting
from ctys_ls.problems import Problem

T = TypeVar("T")

_PLAIN = re.compile(
    rf"""[ \t]*+ ([a-z][_0-9a-z.]*+) [ \t]*+ = [ \t]*+
    (?: {ATOM} | \[ [ \t]*+ (?: {ATOM} [ \t]*+ (?: , [ \t]*+ {ATOM} [ \t]*+ )* (?: , [ \t]*+ )? )? \] )
    [ \t]*+ (?: \# [^\n]*+ )? \n""",
    re.VERBOSE,
)
_TRIVIA = re.compile(r"[ \t]*+(?:#[^\n]*+\n|\n)")
#: A line that libxlutil gives up at its first or second token: it sets nothing, and something is wrong with it.
_HOPELESS = re.compile(
    rf"""[ \t]*+ (?: (?: {ATOM} | [=\[\],] | \+= ) [^\n\r]*+ \n
    | [a-z][_0-9a-z.]*+ [ \t]*+ (?: \n | (?: \# | [a-z0-9\[\],;] | {ATOM} ) [^\n\r]*+ \n ) )""",
    re.VERBOSE,
)


class Chunk:
    """Whole lines parsed together. ``settings`` is None for a plain line, which is taken apart when somebody asks.

    ``rows`` are the lines of a long list that can be taken over after an edit; the first stands ``rows_at`` lines below
    the chunk's first line. ``python``: how strongly the lines look like Python, as far as xl refuses them.
    """

    __slots__ = ()

    height: int = 1
    names: tuple[str, ...] = ()
    settings: tuple[Setting, ...] | None = ()
    problems: tuple[Problem, ...] = ()
    python: int = 0
    rows: Sequence[Rows] = ()
    rows_at: int = 0

    @property
    def flawed(self) -> bool:
        """Whether the grammar refuses something in it."""
        return bool(self.problems)

    @property
    def windows(self) -> bool:
        """Whether all that is wrong is one carriage return."""
        return len(self.problems) == 1 and self.problems[0].code == "xenconf." + complaints.CRLF


class _Parsed(Chunk):
    """What the automaton has read."""

    __slots__ = ("height", "names", "problems", "python", "rows", "rows_at", "settings")

    def __init__(self, parser: Automaton, settings: tuple[Setting, ...]) -> None:
        self.height = parser.at - parser.first
        self.names = tuple(setting.name for setting in settings)
        self.settings = settings
        self.problems, self.python = tuple(parser.problems), parser.python
        self.rows, self.rows_at = parser.rows, parser.rows_at


class _Plain(Chunk):
    """A line with one plain setting; of a key there is one for all its lines."""

    __slots__ = ("_name",)

    settings: tuple[Setting, ...] | None = None

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        """The one key."""
        return (self._name,)


class _Long(_Plain):
    """A plain line that is too long to be taken apart each time: it may hold a list of thousands of elements."""

    __slots__ = ("settings",)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.settings: tuple[Setting, ...] | None = None


class _Hopeless(Chunk):
    """A line that is refused as a whole. What is wrong with it is said when somebody asks: it may be one of thousands."""

    __slots__ = ("_line", "_said")

    flawed = True
    windows = False

    def __init__(self, line: str) -> None:
        self._line = line
        self._said: tuple[Problem, ...] | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:  # type: ignore[override]
        """What is wrong."""
        if self._said is None:
            self._said = _parsed((self._line, ""), 0).problems
        return self._said

    @property
    def python(self) -> int:  # type: ignore[override]
        """How much the line looks like Python."""
        return complaints.python_score(self._line)


#: Every empty line and every comment is this one chunk.
TRIVIA = Chunk()
#: The chunks that lines share, by key or by text: files of thousands of short lines are many times the same few.
_PLAINS: dict[str, _Plain] = {}
_HOPELESS_LINES: dict[str, _Hopeless] = {}
#: So many are kept; and longer lines than this are not, as each key typed into one makes another.
_KEPT, _SHORT = 5000, 400


def parse_chunk(lines: Sequence[str], first: int, kept: Kept | None = None) -> Chunk:
    """The chunk that begins at line ``first``; ``kept`` are rows of an earlier text that are still there."""
    line = lines[first]
    found = _PLAIN.fullmatch(line)
    if found:
        return _shared(_PLAINS, found[1], _Plain) if len(line) <= _SHORT else _Long(found[1])
    if _TRIVIA.fullmatch(line) or not line:
        return TRIVIA
    if _HOPELESS.fullmatch(line):
        return _shared(_HOPELESS_LINES, line, _Hopeless) if len(line) <= _SHORT else _Hopeless(line)
    return _parsed(lines, first, kept)


def _parsed(lines: Sequence[str], first: int, kept: Kept | None = None) -> Chunk:
    parser = Automaton(lines, first, kept)
    return _Parsed(parser, tuple(parser.parsed()))


def _shared(known: dict[str, T], text: str, make: Callable[[str], T]) -> T:
    found = known.get(text)
    if found is None:
        if len(known) >= _KEPT:
            known.clear()
        found = known[text] = make(text)
    return found


def parse_all(lines: Sequence[str], first: int = 0, last: int | None = None) -> list[Chunk]:
    """The chunks from line ``first`` on, until one ends at or behind ``last``."""
    chunks = []
    end = len(lines) if last is None else last
    while first < end:
        chunk = parse_chunk(lines, first)
        chunks.append(chunk)
        first += chunk.height
    return chunks


def settings_of(chunk: Chunk, lines: Sequence[str], first: int) -> tuple[Setting, ...]:
    """The settings of a chunk that begins at line ``first``."""
    if chunk.settings is not None:
        return chunk.settings
    if not isinstance(chunk, _Long):
        return _settings_in(lines[first])
    chunk.settings = _read(lines[first])
    return chunk.settings


def _read(line: str) -> tuple[Setting, ...]:
    return tuple(Automaton((line, ""), 0).parsed())


#: The lines of a file that are looked at by each check: the last of every key.
_settings_in = lru_cache(maxsize=2048)(_read)
