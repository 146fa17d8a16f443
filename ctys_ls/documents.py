"""Open documents as frozen values: an edit makes a new one, so a snapshot taken stays true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ctys_ls.languages import Language, for_language
from ctys_ls.text import LARGEST, Encoding, Position, Span, clamp, from_units, replace, split_lines

#: A change as the client sends it: a span in the client's units (None: the whole text) and its new text.
ClientChange = tuple[Span | None, str]


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one open document. ``tree`` belongs to ``lines``; it is parsed on opening and kept in step."""

    uri: str
    language_id: str
    version: int
    lines: Sequence[str]
    tree: Any
    #: None where there is none for ``language_id``, and where the text is too large to be analysed.
    language: Language | None = field(repr=False)
    #: The language's options, the file's path and the length of the text in characters.
    options: Any = None
    path: str = ""
    size: int = 0

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.lines)

    @property
    def too_large(self) -> bool:
        """Whether there is too much of it to be analysed; it is kept in step all the same."""
        return self.size > LARGEST

    def edited(
        self, changes: Iterable[ClientChange], version: int, encoding: Encoding = Encoding.UTF32
    ) -> Document:
        """The document after ``changes`` in order, each on top of the last."""
        lines, tree, language, size = self.lines, self.tree, self.language, self.size
        for where, text in changes:
            change = replace(
                lines, _everything(lines) if where is None else _decoded(lines, where, encoding), text
            )
            first, last = change.first, change.first + change.added
            size -= sum(map(len, lines[first : first + change.removed]))
            size += sum(map(len, change.lines[first:last]))
            lines = change.lines
            if size > LARGEST:
                tree = language = None
            elif language is not None:
                tree = language.reparse(tree, change)
            elif (language := for_language(self.language_id)) is not None:
                tree = language.parse(lines, self.options, path=self.path)
        return Document(
            self.uri, self.language_id, version, lines, tree, language, self.options, self.path, size
        )


class Documents:
    """The open documents by URI."""

    def __init__(self) -> None:
        self._open: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(self._open.values())

    def get(self, uri: str) -> Document | None:
        """The newest snapshot, None where the document is not open."""
        return self._open.get(uri)

    def open(
        self, uri: str, language_id: str, version: int, text: str, options: Any = None, path: str = ""
    ) -> Document:
        """Take in a document; ``options`` are its language's options."""
        language = for_language(language_id) if len(text) <= LARGEST else None
        lines = split_lines(text)
        tree = language.parse(lines, options, path=path) if language else None
        document = Document(uri, language_id, version, lines, tree, language, options, path, len(text))
        self._open[uri] = document
        return document

    def change(
        self, uri: str, version: int, changes: Iterable[ClientChange], encoding: Encoding = Encoding.UTF32
    ) -> Document | None:
        """Apply a client's changes; None where the document is not open."""
        document = self._open.get(uri)
        if document is None:
            return None
        self._open[uri] = changed = document.edited(changes, version, encoding)
        return changed

    def close(self, uri: str) -> None:
        """Forget a document; one that is not open is no error."""
        self._open.pop(uri, None)


def _everything(lines: Sequence[str]) -> Span:
    return Span(Position(0, 0), Position(len(lines) - 1, len(lines[-1])))


def _decoded(lines: Sequence[str], where: Span, encoding: Encoding) -> Span:
    return Span(*(_place(lines, place, encoding) for place in where))


def _place(lines: Sequence[str], place: Position, encoding: Encoding) -> Position:
    if not 0 <= place.line < len(lines):
        return clamp(lines, place)
    return Position(place.line, from_units(lines[place.line], place.column, encoding))
