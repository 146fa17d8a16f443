"""Call hierarchy: which macros, groups and command lines use a name, and what a macro or group is made of.

The hierarchy is one of *names*: a macro's text and a group's members are its outgoing calls, whatever file they are
written in. What leads back to itself says so in its detail.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ctys_ls.handlers.base import CtysServer, in_thread
from ctys_ls.handlers.mentions import Source, load_all
from ctys_ls.handlers.outline import SYMBOL_KINDS
from ctys_ls.handlers.search import NOWHERE, Json, Question, asked, open_sources, same, sources, uri
from ctys_ls.handlers.sync import path_of
from ctys_ls.handlers.wire import span_out
from ctys_ls.languages.answers import Name

if TYPE_CHECKING:
    from ctys_ls.languages.answers import Symbol
    from ctys_ls.text import Span

_KINDS = {"macro": "constant", "host": "namespace", "label": "object"}
#: What a name is called where nothing defines it.
_WORDS = {"macro": "macro", "host": "host", "label": "guest"}

#: Kind, text and file: what a name is, wherever it stands.
Key = tuple[str, str, str]
Calls = dict[Any, tuple[Json, list[Json]]]


def prepare(ls: CtysServer, params: Json) -> Any:
    """``textDocument/prepareCallHierarchy``: the name at a place, or the command line around it."""
    question = asked(ls, params)
    return in_thread(lambda: _prepared(question)) if question is not None else None


def _prepared(question: Question) -> list[Json] | None:
    ls, here, name = question.ls, question.source, question.name
    if name is not None:
        return [Items(ls, question.opened, [name]).of(name, here)]
    line = _line_around(here, question.place)
    return [_line_item(ls, here, line)] if line is not None else None


def incoming(ls: CtysServer, params: Json) -> Any:
    """``callHierarchy/incomingCalls``: the macros, groups and command lines that use the name."""
    name, opened = _name_of(params["item"]), tuple(open_sources(ls))
    return in_thread(lambda: _incoming(ls, opened, name)) if name is not None else []


def _incoming(ls: CtysServer, opened: tuple[Source, ...], name: Name) -> list[Json]:
    uses = [
        (source, other)
        for source in sources(ls, opened, lambda other: not other.definition and same(other, name))
        for other in source.names
        if not other.definition and same(other, name)
    ]
    items = Items(ls, opened, [_user(source, other) for source, other in uses if other.inside])
    calls: Calls = {}
    for source, other in uses:
        where = span_out(source.lines, other.span, ls.client.encoding)
        if other.inside:
            user = _user(source, other)
            calls.setdefault(_key(user), (items.of(user, source), []))[1].append(where)
        elif (line := _line_around(source, other.span.start)) is not None:
            calls.setdefault((uri(source), line.span), (_line_item(ls, source, line), []))[1].append(where)
    return [{"from": item, "fromRanges": ranges} for item, ranges in calls.values()]


def outgoing(ls: CtysServer, params: Json) -> Any:
    """``callHierarchy/outgoingCalls``: what a macro's text, a group or a command line names."""
    opened = tuple(open_sources(ls))
    return in_thread(lambda: _outgoing(ls, opened, params["item"]))


def _outgoing(ls: CtysServer, opened: tuple[Source, ...], item: Json) -> list[Json]:
    name = _name_of(item)
    here = next((source for source in opened if uri(source) == item["uri"]), None)
    found = [here] if here is not None else load_all([path_of(item["uri"])])
    uses = [
        (source, other, where)
        for source in found
        for other in source.names
        if not other.definition
        and _belongs(
            other, name, where := span_out(source.lines, other.span, ls.client.encoding), item["range"]
        )
    ]
    items = Items(ls, opened, [other for _, other, _ in uses])
    calls: Calls = {}
    for source, other, where in uses:
        calls.setdefault(_key(other), (items.of(other, source), []))[1].append(where)
    return [{"to": item, "fromRanges": ranges} for item, ranges in calls.values()]


def _belongs(other: Name, name: Name | None, where: Json, whole: Json) -> bool:
    """Whether a mention is part of a macro or group, or of the command line at ``whole``."""
    if name is not None:
        return bool(other.inside) and other.inside == name.text
    return _point(whole["start"]) <= _point(where["start"]) and _point(where["end"]) <= _point(whole["end"])


def _point(place: Json) -> tuple[int, int]:
    return place["line"], place["character"]


# -- items -------------------------------------------------------------------------------------------------------------


class Items:
    """Names as items of the protocol: at their definition where there is one, else where they are mentioned.

    Making one finds the definitions of ``names``, and what leads where. Blocks.
    """

    def __init__(self, ls: CtysServer, opened: tuple[Source, ...], names: Iterable[Name]) -> None:
        self.ls = ls
        self._defined: dict[Key, tuple[Source, Name]] = {}
        wanted = {_key(name) for name in names}
        for source in sources(ls, opened, lambda other: other.definition and _key(other) in wanted):
            for other in source.names:
                if other.definition:
                    self._defined.setdefault(_key(other), (source, other))
        known = ls.mentions.names() if ls.mentions is not None else {}
        self._uses = _graph({**known, **{source.path: source.names for source in opened}})

    def of(self, name: Name, here: Source) -> Json:
        """The item of a name that ``here`` mentions."""
        source, place = self._defined.get(_key(name), (here, name))
        details = (
            [_detail(place, source)] if place.definition else [f"{_WORDS[name.kind]}, defined nowhere here"]
        )
        if _key(name) in _reached(self._uses, _key(name)):
            details.append("leads back to itself")
        whole = _whole(source, place)
        return {
            "name": name.text,
            "kind": SYMBOL_KINDS[_KINDS[name.kind]],
            "detail": ", ".join(details),
            "uri": uri(source),
            "range": span_out(source.lines, whole, self.ls.client.encoding),
            "selectionRange": span_out(source.lines, place.span, self.ls.client.encoding),
            "data": {"kind": name.kind, "text": name.text, "file": name.file},
        }


def _detail(name: Name, source: Source) -> str:
    word = "group" if name.kind == "host" else _WORDS[name.kind]
    return f"{word} in {source.path.rpartition('/')[2] or 'this document'}"


def _whole(source: Source, name: Name) -> Span:
    """All that a name's definition fills; a group fills its file."""
    if not name.definition or name.span.start == name.span.end:
        return name.span
    around = (symbol.span for symbol in source.symbols if symbol.span.contains(name.span.start))
    return next((whole for whole in around if whole.contains(name.span.end)), name.span)


def _line_item(ls: CtysServer, source: Source, line: Symbol) -> Json:
    """A command line as an item; it has no ``data``, as nothing can call it."""
    return {
        "name": line.name,
        "kind": SYMBOL_KINDS["event"],
        "detail": f"{line.detail} in {source.path.rpartition('/')[2] or 'this document'}",
        "uri": uri(source),
        "range": span_out(source.lines, line.span, ls.client.encoding),
        "selectionRange": span_out(source.lines, line.selection, ls.client.encoding),
    }


def _line_around(source: Source, place: Any) -> Symbol | None:
    """The command line at a place; a domain file has none."""
    if getattr(source.language, "command_lines", None) is None or source.tree.kind in ("macros", "groups"):
        return None
    # They stand one behind the other: it is the last one that begins there or before.
    number = bisect_right(source.symbols, place, key=lambda symbol: symbol.span.start) - 1
    line = source.symbols[number] if number >= 0 else None
    return line if line is not None and line.span.contains(place) else None


def _name_of(item: Json) -> Name | None:
    """The name that an item was made of; None for a command line."""
    data = item.get("data")
    if not isinstance(data, dict) or data.get("kind") not in _KINDS:
        return None
    return Name(data["kind"], str(data.get("text", "")), NOWHERE, file=str(data.get("file", "")))


def _user(source: Source, name: Name) -> Name:
    """The macro or group whose text holds a name."""
    defined = next((other for other in source.names if other.definition and other.text == name.inside), None)
    return replace(defined, inside="") if defined is not None else Name("host", name.inside, NOWHERE)


def _key(name: Name) -> Key:
    return name.kind, name.text, name.file


# -- what leads where --------------------------------------------------------------------------------------------------


def _graph(files: Mapping[str, Sequence[Name]]) -> dict[Key, set[Key]]:
    """Every macro and group with what its text names."""
    found: dict[Key, set[Key]] = {}
    for names in files.values():
        own = {name.text: _key(name) for name in names if name.definition}
        for name in names:
            if name.inside in own:
                found.setdefault(own[name.inside], set()).add(_key(name))
    return found


def _reached(uses: Mapping[Key, set[Key]], start: Key) -> set[Key]:
    """All that a name leads to."""
    seen: set[Key] = set()
    waiting = list(uses.get(start, ()))
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting += uses.get(key, ())
    return seen
