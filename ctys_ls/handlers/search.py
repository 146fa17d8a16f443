"""Names that files share, looked for in all of them: macros, groups, hosts and labels.

Open documents speak for themselves; all other files are read again when they are asked about, so that the places and
the text of an answer belong together. The documents are those at the moment of the request. All of it is done in a
thread: files are read, and a long text has thousands of names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctys_ls.handlers.base import CtysServer
from ctys_ls.handlers.extras import uri_of
from ctys_ls.handlers.mentions import Source, load_all
from ctys_ls.handlers.sync import path_of
from ctys_ls.handlers.wire import place_in
from ctys_ls.languages.answers import Name
from ctys_ls.text import span

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.text import Position, Span

Json = dict[str, Any]
NOWHERE = span(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it came: the document, the place, the shared name there, and all open documents at that moment."""

    ls: CtysServer
    document: Document
    place: Position
    name: Name | None
    opened: tuple[Source, ...]

    def offer(self, name: str) -> Callable[..., Any] | None:
        """A function of the document's language."""
        return getattr(self.document.language, name, None)

    @property
    def source(self) -> Source:
        """The document as one of those that are searched."""
        return next(source for source in self.opened if source.uri == self.document.uri)

    def sources(self, wanted: Callable[[Name], bool]) -> list[Source]:
        """Every text that has a wanted name. Blocks."""
        return sources(self.ls, self.opened, wanted)


def asked(ls: CtysServer, params: Json) -> Question | None:
    """The question of a request; None for a document that is not open or none of ours."""
    document = ls.documents.get(params["textDocument"]["uri"])
    if document is None or document.language is None:
        return None
    place = place_in(document.lines, params["position"], ls.client.encoding)
    return Question(ls, document, place, name_at(document, place), tuple(open_sources(ls)))


def sources(ls: CtysServer, opened: Iterable[Source], wanted: Callable[[Name], bool]) -> list[Source]:
    """Every text that has a wanted name: open documents first, then files, read now. Blocks."""
    opened = tuple(opened)
    files = _files(ls, wanted, {source.path for source in opened})
    return [source for source in (*opened, *files) if any(map(wanted, source.names))]


def name_at(document: Document, place: Position) -> Name | None:
    """The shared name at a place."""
    offer = getattr(document.language, "name_at", None)
    return offer(document.tree, place) if offer is not None else None


def same(one: Name, other: Name) -> bool:
    """Whether two names are one, wherever they stand."""
    return (one.kind, one.text, one.file) == (other.kind, other.text, other.file)


def open_sources(ls: CtysServer) -> Iterator[Source]:
    """The open documents as they are now."""
    for document in ls.documents:
        if document.language is not None:
            yield Source(
                path_of(document.uri),
                document.lines,
                document.language,
                document.tree,
                document.version,
                document.uri,
            )


def _files(ls: CtysServer, wanted: Callable[[Name], bool], here: set[str]) -> list[Source]:
    """The files that have a wanted name. Blocks."""
    paths: list[str] = []
    if ls.mentions is not None:
        ls.mentions.refresh()
        paths += (path for path, names in ls.mentions.names().items() if any(map(wanted, names)))
    if ls.index is not None:
        paths += (
            path
            for path, guest in ls.index.guests().items()
            if any(
                wanted(Name("label", guest.label, NOWHERE, definition=defined)) for defined in (True, False)
            )
        )
    return load_all(sorted({*paths} - here))


def uri(source: Source) -> str:
    """The URI of a source."""
    return source.uri or uri_of(source.path)


def mentioned(source: Source, name: Name) -> list[Span]:
    """Where a source has the name, apart from the place where a whole file defines it."""
    return [other.span for other in source.names if same(other, name) and not is_whole(other.span)]


def is_whole(span: Span) -> bool:
    """Whether a name's place is none: the whole file is its definition."""
    return span.start == span.end
