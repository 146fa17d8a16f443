"""Renaming of shared names in all files; a group's file is renamed with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pygls.exceptions import JsonRpcInvalidParams

from ctys_ls.handlers.base import CtysServer, in_thread
from ctys_ls.handlers.search import Json, Question, asked, is_whole, mentioned, same, uri
from ctys_ls.handlers.wire import span_out
from ctys_ls.text import Edit

if TYPE_CHECKING:
    from ctys_ls.facts import Facts
    from ctys_ls.handlers.mentions import Source
    from ctys_ls.languages.answers import Name


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
    new, facts = params["newName"], ls.facts()
    return in_thread(lambda: _rename(question, offer, new, facts))


def _rename(question: Question, offer: Callable[..., list[Edit]], new: str, facts: Facts) -> Json:
    name = question.name
    try:
        within = offer(question.document.tree, question.place, new)
        if name is not None:
            _check_name(name.kind, new)
    except ValueError as trouble:
        raise JsonRpcInvalidParams(str(trouble)) from None
    if name is None:
        return workspace_edit(question.ls, [(question.source, within)], [])
    found = question.sources(lambda other: other.kind == name.kind and other.text in (name.text, new))
    if reason := _refusal(question, name, new, found, facts):
        raise JsonRpcInvalidParams(reason)
    edits = [(source, [Edit(span, new) for span in mentioned(source, name)]) for source in found]
    return workspace_edit(question.ls, edits, _moves(name, new, found))


def _check_name(kind: str, name: str) -> None:
    """Raises ValueError where ``name`` cannot be such a name in a command line."""
    from ctys_ls.languages.cmdline.names import require_good

    require_good(kind, name)


def _refusal(question: Question, name: Name, new: str, found: list[Source], facts: Facts) -> str:
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
    running = {guest.host for guest in facts.guests if guest.label == name.text and guest.running}
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
        if any(other.definition and same(other, name) and is_whole(other.span) for other in source.names):
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
