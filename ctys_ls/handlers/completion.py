"""Completion: items are made once per choice and kept as JSON, an answer is little more than joining them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, JsonText, hot
from ctys_ls.handlers.wire import markup, place_in, span_out
from ctys_ls.languages import for_language
from ctys_ls.text import slice_of

if TYPE_CHECKING:
    from ctys_ls.languages.answers import Choice, Completion

#: Characters after which a client asks by itself: suboption and address separators, values, paths.
TRIGGERS = ("=", ":", ",", "/", "%", "-", '"', "'", "@", " ", "(", "{")
#: More choices than this are cut; the client then asks again with each character typed.
LIMIT = 200

#: So many items are made ready in one step.
_STEP = 40

NOTHING = JsonText("null")
_AGAIN = {"title": "Complete again", "command": "editor.action.triggerSuggest"}


class Items:
    """The prepared items of one client: JSON by choice, and choices by the number that resolve brings back."""

    def __init__(self, ls: CtysServer) -> None:
        self._ls = ls
        self._texts: WeakKeyDictionary[Choice, str] = WeakKeyDictionary()
        self._choices: WeakValueDictionary[int, Choice] = WeakValueDictionary()
        self._numbers = count(1)
        #: The choices of the last answer and their texts. They live until the next one: some were made for it alone.
        self._last: list[Choice] = []
        self._last_texts: list[str] = []
        self._joined = ""
        #: What stands between two prepared texts, and after the last one: a place in the text where items hold it.
        self._tail = ""

    def answer(self, found: Completion, lines: Any) -> JsonText:
        """The completion list of an answer."""
        client = self._ls.client
        choices, cut = found.choices, len(found.choices) > LIMIT
        if cut:
            # The client filters what it gets: of too many, those that begin with what is typed come first.
            typed = slice_of(lines, found.replace).casefold()
            choices = [choice for choice in choices if choice.label.casefold().startswith(typed)][:LIMIT]
        more = "true" if found.incomplete or cut else "false"
        span = json.dumps(span_out(lines, found.replace, client.encoding), separators=(",", ":"))
        # Without a common range, prepared texts end just before the place where theirs goes.
        tail = "" if client.edit_range else f'"range":{span}}}}}'
        choices = list(choices)
        # Choices compare by identity: while somebody types the same ones come again and again.
        if (new := choices != self._last) or tail != self._tail:
            if new:
                self._last_texts = [self._texts.get(choice) or self._prepare(choice) for choice in choices]
            self._joined = f"{tail},".join(self._last_texts) + tail if choices else ""
            self._last, self._tail = choices, tail
        common = f'"itemDefaults":{{"editRange":{span}}},' if client.edit_range else ""
        return JsonText(f'{{"isIncomplete":{more},{common}"items":[{self._joined}]}}')

    def resolve(self, item: dict[str, Any]) -> dict[str, Any]:
        """The item with its documentation."""
        number = item.get("data")
        choice = self._choices.get(number) if isinstance(number, int) else None
        if choice is None or not choice.documentation:
            return item
        return item | {"documentation": markup(choice.documentation, self._ls.client.item_formats)}

    def prepare(self, choices: Sequence[Choice]) -> None:
        """Make the items of choices that will be wanted soon."""
        for choice in choices:
            if choice not in self._texts:
                self._prepare(choice)

    def _prepare(self, choice: Choice) -> str:
        client = self._ls.client
        number = next(self._numbers)
        self._choices[number] = choice
        item: dict[str, Any] = {"label": choice.label, "kind": KINDS.get(choice.kind, 1), "data": number}
        if choice.detail:
            item["detail"] = choice.detail
        if choice.sort:
            item["sortText"] = choice.sort
        if choice.filter and choice.filter != choice.label:
            item["filterText"] = choice.filter
        if choice.deprecated:
            item["tags"] = [1]
        if choice.again and client.name.startswith("Visual Studio Code"):
            item["command"] = _AGAIN
        text = choice.insert or choice.label
        if choice.snippet is not None and client.snippets:
            item["insertTextFormat"] = 2
            text = choice.snippet
        if client.edit_range:
            if text != choice.label:
                item["textEditText"] = text
            prepared = json.dumps(item, separators=(",", ":"))
        else:
            prepared = json.dumps(item | {"textEdit": {"newText": text}}, separators=(",", ":"))[:-2] + ","
        self._texts[choice] = prepared
        return prepared


def register(ls: CtysServer) -> None:
    """Register completion and its resolving."""
    items = Items(ls)
    ls.warm_steps.append(lambda: _first_items(items))

    @hot(
        ls,
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=list(TRIGGERS), resolve_provider=True),
    )
    def complete(ls: CtysServer, params: Any) -> JsonText:
        document = ls.documents.get(params["textDocument"]["uri"])
        place = params["position"]
        if document is None or document.language is None:
            return NOTHING
        found = document.language.complete(
            document.tree, place_in(document.lines, place, ls.client.encoding), ls.facts()
        )
        return items.answer(found, document.lines) if found else NOTHING

    @hot(ls, types.COMPLETION_ITEM_RESOLVE)
    def resolve(_ls: CtysServer, params: Any) -> dict[str, Any]:
        return items.resolve(params)


def _first_items(items: Items) -> Iterator[Callable[[], object]]:
    """The steps that make ready what the first completion in a language will offer."""
    for language in map(for_language, ("xenconf", "ctys")):
        warm = getattr(language, "warm", None)
        if warm is not None:
            choices = list(warm())
            yield from (
                partial(items.prepare, choices[at : at + _STEP]) for at in range(0, len(choices), _STEP)
            )


#: Our kinds in the protocol's numbers (CompletionItemKind).
KINDS = {
    "text": 1,
    "method": 2,
    "function": 3,
    "constructor": 4,
    "field": 5,
    "variable": 6,
    "class": 7,
    "interface": 8,
    "module": 9,
    "property": 10,
    "unit": 11,
    "value": 12,
    "enum": 13,
    "keyword": 14,
    "snippet": 15,
    "color": 16,
    "file": 17,
    "reference": 18,
    "folder": 19,
    "enumMember": 20,
    "constant": 21,
    "struct": 22,
    "event": 23,
    "operator": 24,
    "typeParameter": 25,
}

__all__ = ["KINDS", "LIMIT", "TRIGGERS", "Items", "register"]
