"""Between our values and the protocol's JSON: places, spans, edits, problems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ctys_ls.text import Edit, Encoding, Position, Span, clamp, content_length, from_units, to_units

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.problems import Problem, Related

Json = dict[str, Any]

_MARKS = re.compile(r"\*\*|`|^#+ |\\(?=[\\`*_{}\[\]()#+\-.!|<>])", re.MULTILINE)


def place_in(lines: Sequence[str], raw: Json, encoding: Encoding) -> Position:
    """The client's position as ours; one outside the text is the nearest inside."""
    line, units = raw["line"], raw["character"]
    if not 0 <= line < len(lines):
        return clamp(lines, Position(line, units))
    text = lines[line]
    return Position(line, max(0, min(from_units(text, units, encoding), content_length(text))))


def span_in(lines: Sequence[str], raw: Json, encoding: Encoding) -> Span:
    """The client's range as ours."""
    return Span(place_in(lines, raw["start"], encoding), place_in(lines, raw["end"], encoding))


def raw_span(raw: Json) -> Span:
    """The client's range as it is, columns in the client's units."""
    start, end = raw["start"], raw["end"]
    return Span(Position(start["line"], start["character"]), Position(end["line"], end["character"]))


def place_out(lines: Sequence[str], place: Position, encoding: Encoding) -> Json:
    """Our position as the client's."""
    line, column = place
    return {
        "line": line,
        "character": to_units(lines[line], column, encoding) if line < len(lines) else column,
    }


def span_out(lines: Sequence[str], span: Span, encoding: Encoding) -> Json:
    """Our span as the client's range."""
    return {"start": place_out(lines, span.start, encoding), "end": place_out(lines, span.end, encoding)}


def _span_elsewhere(place: Related, encoding: Encoding) -> Json:
    """The place in another document; it lies in one line."""
    start, end = (
        {"line": at.line, "character": to_units(place.line, at.column, encoding)}
        for at in (place.span.start, place.span.end)
    )
    return {"start": start, "end": end}


def edits_out(document: Document, edits: Iterable[Edit], encoding: Encoding) -> list[Json]:
    """Edits of one document."""
    return [{"range": span_out(document.lines, edit.span, encoding), "newText": edit.text} for edit in edits]


def workspace_edit(document: Document, edits: Iterable[Edit], encoding: Encoding, *, versioned: bool) -> Json:
    """Edits of one document as a workspace edit; ``versioned`` lets the client refuse one that comes too late."""
    changes = edits_out(document, edits, encoding)
    if not versioned:
        return {"changes": {document.uri: changes}}
    target = {"uri": document.uri, "version": document.version}
    return {"documentChanges": [{"textDocument": target, "edits": changes}]}


def markup(markdown: str, formats: Sequence[str]) -> Json | str:
    """Documentation in the best format that the client takes."""
    if not formats:
        return _plain(markdown)
    return {"kind": formats[0], "value": markdown if formats[0] == "markdown" else _plain(markdown)}


def _plain(markdown: str) -> str:
    """Markdown without its marks, for clients that show text as it is."""
    return _MARKS.sub("", markdown)


def diagnostic(document: Document, problem: Problem, encoding: Encoding, *, related: bool) -> Json:
    """A problem as the client's diagnostic; places of other files stand in the message where it shows no others."""
    message = problem.message
    out: Json = {
        "range": span_out(document.lines, problem.span, encoding),
        "severity": int(problem.severity),
        "code": problem.code,
        "source": "ctys",
    }
    if problem.related and related:
        out["relatedInformation"] = [
            {
                "location": {
                    "uri": place.uri or document.uri,
                    "range": span_out(document.lines, place.span, encoding)
                    if place.uri is None
                    else _span_elsewhere(place, encoding),
                },
                "message": place.message,
            }
            for place in problem.related
        ]
    elif problem.related:
        message += "".join(
            f" ({place.message}: {place.uri + ', ' if place.uri else ''}line {place.span.start.line + 1})"
            for place in problem.related
        )
    out["message"] = message
    tags = [number for number, wanted in ((1, problem.unnecessary), (2, problem.deprecated)) if wanted]
    if tags:
        out["tags"] = tags
    return out
