"""Definitions and references of shared names: macros, groups, hosts and labels, in all files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ctys_ls.handlers.base import CtysServer, in_thread
from ctys_ls.handlers.extras import uri_of
from ctys_ls.handlers.search import Json, Question, asked, same, uri
from ctys_ls.handlers.wire import span_out

if TYPE_CHECKING:
    from ctys_ls.languages.answers import Name, Place
    from ctys_ls.text import Span


def definition(ls: CtysServer, params: Json) -> Any:
    """``textDocument/definition``: in this document, else in any file, else where facts say."""
    question = asked(ls, params)
    offer = question.offer("definition") if question else None
    if question is None or offer is None:
        return []
    facts = ls.facts()

    def known() -> list[Place]:
        found: list[Place] = offer(question.document.tree, question.place, facts)
        return found

    if question.name is None:
        return [_known_place(question, one) for one in known()]
    name = question.name
    return in_thread(lambda: _definition(question, name, known()))


def _definition(question: Question, name: Name, known: list[Place]) -> list[Json]:
    places = [_known_place(question, one) for one in known]
    if any(not one.target for one in known):
        return places
    found = question.sources(lambda other: other.definition and same(other, name))
    return [
        place
        for source in found
        for place in _locations(
            question.ls,
            uri(source),
            source.lines,
            (other.span for other in source.names if other.definition and same(other, name)),
        )
    ] or places


def _known_place(question: Question, place: Place) -> Json:
    target = uri_of(place.target) if place.target else question.document.uri
    lines = next((source.lines for source in question.opened if source.uri == target), ())
    return {"uri": target, "range": span_out(lines, place.span, question.ls.client.encoding)}


def references(ls: CtysServer, params: Json) -> Any:
    """``textDocument/references``: in all files for a shared name, else within the document."""
    question = asked(ls, params)
    if question is None:
        return []
    if question.name is not None:
        name, declared = question.name, (params.get("context") or {}).get("includeDeclaration", True)
        return in_thread(lambda: _references(question, name, declared=declared))
    offer, document = question.offer("references"), question.document
    spans = offer(document.tree, question.place) if offer is not None else []
    return _locations(ls, document.uri, document.lines, spans)


def _references(question: Question, name: Name, *, declared: bool) -> list[Json]:
    return [
        location
        for source in question.sources(lambda other: same(other, name))
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
