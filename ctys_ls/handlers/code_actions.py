"""Code actions: the fixes of problems, all safe fixes at once, and what can be done with a command line."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, feature
from ctys_ls.handlers.sync import path_of
from ctys_ls.handlers.wire import diagnostic, span_in, workspace_edit
from ctys_ls.text import Edit, Span

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.problems import Fix, Problem

FIX_ALL = "source.fixAll.ctys"
KINDS = ("quickfix", FIX_ALL)
#: More hosts than these are not offered as actions; ``ctys.check`` takes any.
MOST_HOSTS = 6


def register(ls: CtysServer) -> None:
    """Register code actions."""

    @feature(
        ls,
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=list(KINDS), resolve_provider=False),
    )
    def code_actions(ls: CtysServer, params: types.CodeActionParams) -> list[dict[str, Any]]:
        document = ls.documents.get(params.text_document.uri)
        if document is None or document.language is None:
            return []
        raw = {
            edge: {"line": place.line, "character": place.character}
            for edge, place in (("start", params.range.start), ("end", params.range.end))
        }
        where = span_in(document.lines, raw, ls.client.encoding)
        only = params.context.only
        problems = ls.reports.problems(document)
        found: list[dict[str, Any]] = []
        if _wanted("quickfix", only):
            found += _quick_fixes(ls, document, problems, where)
        if _wanted(FIX_ALL, only):
            found += _fix_all(ls, document, problems, asked=only is not None)
        if _wanted("", only):
            found += _line_actions(document, where)
            found += _host_actions(ls, document, where)
        if ls.client.code_action_literals:
            return found
        # A client of old takes commands only; an edit cannot be sent to it as one.
        return [action["command"] for action in found if "command" in action]


def safe_edits(problems: Iterable[Problem]) -> list[Edit]:
    """The edits of all safe fixes that do not touch each other, the first one of each problem."""
    taken: list[Edit] = []
    #: The spans of those taken, in order: no two overlap, so that only the neighbours can touch another one.
    spans: list[Span] = []
    for problem in problems:
        fix = next((fix for fix in problem.fixes if fix.safe), None)
        if fix and not any(_touches_one_of(spans, edit.span) for edit in fix.edits):
            taken += fix.edits
            for edit in fix.edits:
                insort(spans, edit.span)
    return taken


def _touches_one_of(spans: list[Span], one: Span) -> bool:
    at = bisect_right(spans, one)
    return any(_touch(one, other) for other in spans[max(0, at - 1) : at + 1])


def _quick_fixes(
    ls: CtysServer, document: Document, problems: Iterable[Problem], where: Span
) -> list[dict[str, Any]]:
    client = ls.client
    found = []
    for problem in problems:
        if not problem.fixes or not _touch(problem.span, where):
            continue
        shown = diagnostic(
            document,
            problem,
            client.encoding,
            related=client.related_information,
        )
        found += [
            {
                "title": fix.title,
                "kind": "quickfix",
                "diagnostics": [shown],
                "isPreferred": number == 0 and fix.safe,
                "edit": _edit(ls, document, fix),
            }
            for number, fix in enumerate(problem.fixes)
        ]
    return found


def _fix_all(
    ls: CtysServer, document: Document, problems: Iterable[Problem], *, asked: bool
) -> list[dict[str, Any]]:
    edits = safe_edits(problems)
    if not edits or (len(edits) < 2 and not asked):
        return []
    edit = workspace_edit(document, edits, ls.client.encoding, versioned=ls.client.document_changes)
    return [{"title": "Apply all safe fixes", "kind": FIX_ALL, "edit": edit}]


def _line_actions(document: Document, where: Span) -> list[dict[str, Any]]:
    lines = getattr(document.language, "command_lines", None)
    if lines is None:
        return []
    return [
        {"title": title, "command": {"title": title, "command": command, "arguments": [argument | {"v": 1}]}}
        for span, text in lines(document.tree, where)
        if _touch(span, where)
        for title, command, argument in line_commands(text)
    ]


def _host_actions(ls: CtysServer, document: Document, where: Span) -> list[dict[str, Any]]:
    """On the name of a domain file's guest: check the file against a host."""
    name = getattr(document.language, "guest_name", None)
    place = name(document.tree) if name else None
    path = path_of(document.uri)
    if place is None or not path or not _touch(place, where):
        return []
    hosts = dict.fromkeys((*ls.world.targets(path), *ls.known_hosts()))
    return [
        {
            "title": title,
            "command": {
                "title": title,
                "command": "ctys.check",
                "arguments": [{"uri": document.uri, "hosts": [host], "show": True, "v": 1}],
            },
        }
        for host in list(hosts)[:MOST_HOSTS]
        for title in [f"Check against {host}"]
    ]


def line_commands(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """What can be done with a command line: title, command, argument."""
    argument = {"commandLine": text, "show": True}
    return [
        ("Run this command line", "ctys.run", argument),
        ("Show what this command line would run", "ctys.plan", argument),
        ("Explain this command line", "ctys.explain", argument),
    ]


def _edit(ls: CtysServer, document: Document, fix: Fix) -> dict[str, Any]:
    return workspace_edit(document, fix.edits, ls.client.encoding, versioned=ls.client.document_changes)


def _wanted(kind: str, only: Iterable[str] | None) -> bool:
    return only is None or any(kind == wish or kind.startswith(f"{wish}.") for wish in only)


def _touch(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end
