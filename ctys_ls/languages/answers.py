"""The languages' answers in an editor's terms, but without the protocol's types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ctys_ls.text import Position, Span, span


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Choice:
    """One completion. Made once from the schema where possible: choices compare by identity, so that the server can
    keep their converted form.

    ``kind`` is a completion item kind of the protocol in camelCase ("property", "value", "enumMember", "keyword",
    "reference", "file", "snippet"); ``insert`` is plain text, ``snippet`` the same with ``$1`` places or None;
    ``again`` asks the editor to complete again after this choice (the value that follows a key).
    """

    label: str
    kind: str
    detail: str = ""
    documentation: str = ""
    insert: str = ""
    snippet: str | None = None
    sort: str = ""
    filter: str = ""
    deprecated: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """All choices at one place; each replaces ``replace``. ``incomplete``: facts are missing, ask again later."""

    replace: Span
    choices: Sequence[Choice]
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class Hover:
    """An explanation in Markdown of the text at ``span``."""

    markdown: str
    span: Span


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named part of a document; ``kind`` is a symbol kind of the protocol in camelCase."""

    name: str
    kind: str
    span: Span
    selection: Span
    detail: str = ""
    children: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class Fold:
    """A foldable range of lines; ``kind`` is "comment", "region" or ""."""

    first: int
    last: int
    kind: str = ""


class Token(NamedTuple):
    """A semantic token: columns ``start`` to ``end`` of one line; ``kind`` and ``modifiers`` are names of the protocol's
    standard legend. Flat, as a long document has tens of thousands.
    """

    line: int
    start: int
    end: int
    kind: str
    modifiers: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """Where it stands."""
        return span(self.line, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Link:
    """A piece of text that names a file or page: ``target`` is an absolute path or a URI."""

    span: Span
    target: str
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A span of this document (``target`` is empty) or of another one, an absolute path or a URI."""

    span: Span
    target: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """A note shown between characters: what a value amounts to. ``kind`` is "type", "parameter" or "".

    ``topic`` is what it is about: the setting ``ctys.hints`` has a switch of that name.
    """

    place: Position
    label: str
    tooltip: str = ""
    kind: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """A name that other places share: ``kind`` is "macro", "label" or "host" (hosts and groups have one name space).

    ``definition`` tells the place that the others refer to; ``inside`` is the macro or group whose text holds the
    reference; ``file`` is the macro file it is defined in, empty for the default one.
    """

    kind: str
    text: str
    span: Span
    definition: bool = False
    inside: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """The form of what is being typed: ``parameters`` are pieces of ``label`` with their Markdown, ``active`` one of them
    (-1: none).
    """

    label: str
    documentation: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    active: int = -1
