"""Names that files share: definitions, references and renaming of macros, groups, hosts and labels in all of them.

Open documents speak for themselves; all other files are read again in a thread when they are asked about, so that the
places and the text of an answer belong together. The documents are those at the moment of the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pygls.exceptions import JsonRpcInvalidParams

from ctys_ls.handlers.base import CtysServer
from ctys_ls.handlers.extras import uri_of
from ctys_ls.handlers.mentions import Source, load_all
from ctys_ls.handlers.sync import path_of
from ctys_ls.handlers.wire import place_in, span_out
from ctys_ls.languages.answers import Name
from ctys_ls.text import Edit, span

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.languages.answers import Place
    from ctys_ls.text import Position, Span

Json = dict[str, Any]
NOWHERE = span(0, 0, 0)


# -- what is asked about -----------------------------------------------------------------------------------------------


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

    async def sources(self, wanted: Callable[[Name], bool]) -> list[Source]:
        """Every text that has a wanted name."""
        return await sources(self.ls, self.opened, wanted)


def asked(ls: CtysServer, params: Json) -> Question | None:
    """The question of a request; None for a document that is not open or none of ours."""
    document = ls.documents.get(params["textDocument"]["uri"])
    if document is None or document.language is None:
        return None
    place = place_in(document.lines, params["position"], ls.client.encoding)
    return Question(ls, document, place, name_at(document, place), tuple(open_sources(ls)))


async def sources(ls: CtysServer, opened: Iterable[Source], wanted: Callable[[Name], bool]) -> list[Source]:
    """Every text that has a wanted name: open documents first, then files, read now."""
    opened = tuple(opened)
    files = await asyncio.to_thread(_files, ls, wanted, {source.path for source in opened})
    return [source for source in (*opened, *files) if any(map(wanted, source.names))]


def name_at(document: Document, place: Position) -> Name | None:
    """The shared name at a place; of two that coincide the macro."""
    found = [name for name in names_of(document) if name.span.contains(place)]
    return next((name for name in found if name.kind == "macro"), found[0] if found else None)


def names_of(document: Document) -> list[Name]:
    """The shared names of a document."""
    offer = getattr(document.language, "names", None)
    return offer(document.tree) if offer is not None else []


def same(one: Name, other: Name) -> bool:
    """Whether two names are one, wherever they stand."""
    return (one.kind, one.text, one.file) == (other.kind, other.text, other.file)


def open_sources(ls: CtysServer) -> Iterator[Source]:
    """The open documents with their names, as they are now."""
    for document in ls.documents:
        if document.language is not None:
            yield Source(
                path_of(document.uri),
                document.lines,
                tuple(names_of(document)),
                document.language,
                document.tree,
                document.version,
                document.uri,
            )


def _files(ls: CtysServer, wanted: Callable[[Name], bool], here: set[str]) -> list[Source]:
    """The files that have a wanted name; blocks."""
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
    return [other.span for other in source.names if same(other, name) and not _empty(other.span)]


def _empty(span: Span) -> bool:
    return span.start == span.end


# -- definition and references -----------------------------------------------------------------------------------------


def definition(ls: CtysServer, params: Json) -> Any:
    """``textDocument/definition``: in this document, else in any file, else where facts say."""
    question = asked(ls, params)
    offer = question.offer("definition") if question else None
    if question is None or offer is None:
        return []
    known = offer(question.document.tree, question.place, ls.facts())
    places = [_known_place(question, one) for one in known]
    if question.name is None or any(not one.target for one in known):
        return places
    return _definition(question, question.name, places)


async def _definition(question: Question, name: Name, known: list[Json]) -> list[Json]:
    found = await question.sources(lambda other: other.definition and same(other, name))
    return [
        place
        for source in found
        for place in _locations(
            question.ls,
            uri(source),
            source.lines,
            (other.span for other in source.names if other.definition and same(other, name)),
        )
    ] or known


def _known_place(question: Question, place: Place) -> Json:
    target = uri_of(place.target) if place.target else question.document.uri
    other = question.ls.documents.get(target)
    lines = other.lines if other else ()
    return {"uri": target, "range": span_out(lines, place.span, question.ls.client.encoding)}


def references(ls: CtysServer, params: Json) -> Any:
    """``textDocument/references``: in all files for a shared name, else within the document."""
    question = asked(ls, params)
    if question is None:
        return []
    if question.name is not None:
        declared = (params.get("context") or {}).get("includeDeclaration", True)
        return _references(question, question.name, declared=declared)
    offer, document = question.offer("references"), question.document
    spans = offer(document.tree, question.place) if offer is not None else []
    return _locations(ls, document.uri, document.lines, spans)


async def _references(question: Question, name: Name, *, declared: bool) -> list[Json]:
    return [
        location
        for source in await question.sources(lambda other: same(other, name))
        for location in _locations(
            question.ls,
            uri(source),
            source.lines,
            (
                other.span
                for other in source.names
                if same(other, name) and (declared or not other.definition)
            ),
        )
    ]


def _locations(ls: CtysServer, where: str, lines: Any, spans: Iterable[Span]) -> list[Json]:
    return [{"uri": where, "range": span_out(lines, span, ls.client.encoding)} for span in spans]


# -- rename ------------------------------------------------------------------------------------------------------------


def prepare(ls: CtysServer, params: Json) -> Json | None:
    """``textDocument/prepareRename``."""
    question = asked(ls, params)
    offer = question.offer("renamable") if question else None
    span = offer(question.document.tree, question.place) if question and offer else None
    return span_out(question.document.lines, span, ls.client.encoding) if question and span else None


def rename(ls: CtysServer, params: Json) -> Any:
    """``textDocument/rename``: every mention in all files; a group's file is renamed with it."""
    question = asked(ls, params)
    offer = question.offer("rename") if question else None
    if question is None or offer is None:
        return {"changes": {}}
    new = params["newName"]
    try:
        within = offer(question.document.tree, question.place, new)
        if question.name is not None:
            return _rename(question, question.name, checked_name(question.name.kind, new))
    except ValueError as trouble:
        raise JsonRpcInvalidParams(str(trouble)) from None
    source = next(source for source in question.opened if source.uri == question.document.uri)
    return workspace_edit(ls, [(source, within)], [])


async def _rename(question: Question, name: Name, new: str) -> Json:
    found = await question.sources(lambda other: other.kind == name.kind and other.text in (name.text, new))
    if reason := _refusal(question, name, new, found):
        raise JsonRpcInvalidParams(reason)
    edits = [(source, [Edit(span, new) for span in mentioned(source, name)]) for source in found]
    return workspace_edit(question.ls, edits, _moves(name, new, found))


def checked_name(kind: str, name: str) -> str:
    """``name``; raises ValueError where it cannot be such a name in a command line."""
    from ctys_ls.languages.cmdline.names import require_good

    require_good(kind, name)
    return name


def _refusal(question: Question, name: Name, new: str, found: list[Source]) -> str:
    """Why a renaming would break something: the name is taken, the macro is ctys-ls's own, the guest runs."""
    from ctys_ls.schema import cmdline as schema

    defined = [other for source in found for other in source.names if other.definition]
    if new != name.text and any(other.text == new and other.file == name.file for other in defined):
        return f"There is a {_KINDS[name.kind]} {new} already."
    own = any(same(other, name) for other in defined)
    if name.kind == "macro" and not own and name.text in schema.rows().macros:
        return (
            f"{name.text} comes with ctys-ls; define a macro of your own in ~/.ctys/macros/default instead."
        )
    running = {
        guest.host for guest in question.ls.facts().guests if guest.label == name.text and guest.running
    }
    if name.kind == "label" and running:
        return f"{name.text} runs on {', '.join(sorted(running))} under this name; stop it first."
    if not question.ls.client.rename_files and (file := next(_group_files(name, found), None)):
        return (
            f"The group {name.text} is the file {file.path}, and this editor lets no server rename files: rename the"
            " file first, then the name where it is used."
        )
    return ""


_KINDS = {"macro": "macro", "label": "guest", "host": "group"}


def _group_files(name: Name, found: list[Source]) -> Iterator[Source]:
    """The files that are the group itself."""
    for source in found:
        if any(other.definition and same(other, name) and _empty(other.span) for other in source.names):
            yield source


def _moves(name: Name, new: str, found: list[Source]) -> list[tuple[str, str]]:
    """The group's own files and their new names."""
    old, fresh = quote(name.text), quote(new)
    return [
        (uri(source), uri(source).removesuffix(old) + fresh)
        for source in _group_files(name, found)
        if uri(source).endswith(f"/{old}")
    ]


def workspace_edit(
    ls: CtysServer, edits: Iterable[tuple[Source, list[Edit]]], moves: list[tuple[str, str]]
) -> Json:
    """Edits of several texts, in the client's units; then files get their new names."""
    client = ls.client
    per_file = [
        (
            source,
            [
                {"range": span_out(source.lines, edit.span, client.encoding), "newText": edit.text}
                for edit in changes
            ],
        )
        for source, changes in edits
        if changes
    ]
    if not client.document_changes:
        return {"changes": {uri(source): changes for source, changes in per_file}}
    found: list[Json] = [
        {"textDocument": {"uri": uri(source), "version": source.version}, "edits": changes}
        for source, changes in per_file
    ]
    found += ({"kind": "rename", "oldUri": old, "newUri": fresh} for old, fresh in moves)
    return {"documentChanges": found}
