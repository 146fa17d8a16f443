"""What is offered where: each ability asked through a real client in each kind of document, as ``TABLE`` says.

A "-" is as firm as a "yes": the answer has to be empty there, for the reason in ``WHY_NOT``.
"""

from __future__ import annotations

import asyncio
import sys
from typing import NamedTuple

import pytest
import pytest_asyncio
from wire_client import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROGRAM = (sys.executable, "-m", "ctys_ls", "--stdio")

TABLE = """
             ctys macros groups script Markdown org prompt
diagnostics  yes  yes    yes    yes    yes      yes yes
completion   yes  yes    yes    yes    yes      yes yes
hover        yes  yes    yes    yes    yes      yes -
signature    yes  -      yes    yes    yes      yes -
symbols      yes  yes    yes    yes    yes      yes -
folding      yes  -      yes    -      -        -   -
definition   yes  yes    yes    yes    yes      yes -
rename       yes  yes    yes    yes    yes      yes -
formatting   yes  -      -      -      -        -   -
"""
WHY_NOT = {
    ("folding", "script"): "the editor's own mode folds what is around the lines",
    ("folding", "Markdown"): "the editor's own mode folds what is around the lines",
    ("folding", "org"): "the editor's own mode folds what is around the lines",
    ("folding", "macros"): "a definition is rarely more than two lines",
    ("formatting", "macros"): "people line their columns up",
    ("formatting", "groups"): "people line their columns up",
    ("formatting", "script"): "the layout of a script is its owner's",
    ("formatting", "Markdown"): "an example in a text shows what its author wants to show",
    ("formatting", "org"): "an example in a text shows what its author wants to show",
    ("signature", "macros"): "the text of a macro may be any part of a line",
}
#: A prompt has one line and one request, ``ctys.complete``: choices, problems and fixes.
_HEAD, *_ROWS = (row.split() for row in TABLE.strip().splitlines())
WANTED = {(row[0], place): cell == "yes" for row in _ROWS for place, cell in zip(_HEAD, row[1:], strict=True)}

LINE = "ctys -t xen \\\n  -a create=l:tst100,CONSOLE:clo lab00'(-a list=macro:TAB)'"
TITLE = "create=l:tst100,CONSOLE:clo, list=macro:TAB on lab00"


class Place(NamedTuple):
    """A document; ``marked`` is the word with the problem, ``named`` the name to rename, ``folds`` first and last line."""

    path: str
    language: str
    text: str
    symbols: list[str]
    code: str = "ctys.unknown-value"
    marked: str = "clo"
    named: str = "tst100"
    folds: tuple[int, int] = (1, 2)


PLACES = {
    "ctys": Place("work/lines.ctys", "ctys", f"# 🐧\n{LINE}\n", [TITLE]),
    "macros": Place(
        "home/.ctys/macros/default",
        "ctys",
        "# 🐧\nTAB = tab_gen:3_Label_10\nWIDE = macro:TAB%%\\\n  1_PM_10\nWHO = l:tst100\nWHO = l:tst101\n",
        ["TAB", "WIDE", "WHO", "WHO"],
        code="ctys.duplicate-macro",
        marked="WHO",
        named="TAB",
    ),
    "groups": Place(
        "home/.ctys/groups/all",
        "ctys",
        "# 🐧\nlab00'(\n  -a create=l:tst100,CONSOLE:clo )'\nlab01'(-a list=macro:TAB)'\n",
        ["create=l:tst100,CONSOLE:clo on lab00", "list=macro:TAB on lab01"],
    ),
    "script": Place("work/start.sh", "shellscript", f"#!/bin/sh\necho '🐧' && {LINE}\n", [TITLE]),
    "Markdown": Place("work/notes.md", "markdown", f"🐧\n\n```sh\n$ {LINE}\n```\n", [TITLE]),
    "org": Place("work/notes.org", "org", f"#+begin_src sh\n# 🐧\n{LINE}\n#+end_src\n", [TITLE]),
}
PROMPT = LINE.replace(" \\\n ", "")


class Desk:
    """A server that knows the documents, all of them open, and what was published of each."""

    def __init__(self, wire, folder):
        self.wire, self.folder, self.problems = wire, folder, {}

    def uri(self, name):
        return (self.folder / PLACES[name].path).as_uri()

    async def ask(self, method, name, word="", shift=0, **more):
        asked = {"textDocument": {"uri": self.uri(name)}} | more
        if word:
            asked["position"] = spot(PLACES[name].text, word, shift)["start"]
        return await self.wire.call(f"textDocument/{method}", asked)

    async def prompt(self, word):
        asked = {"v": 1, "line": PROMPT, "cursor": PROMPT.index(word) + 1}
        return await self.wire.call(
            "workspace/executeCommand", {"command": "ctys.complete", "arguments": [asked]}
        )


def spot(text, word, shift=0):
    """The range of the last of a word in a text in UTF-16 units, its first ``shift`` characters left out."""
    start = text.rindex(word)
    first, last = (_place(text[:at]) for at in (start + shift, start + len(word)))
    return {"start": first, "end": last}


def _place(before):
    units = len(before.rpartition("\n")[2].encode("utf-16-le")) // 2
    return {"line": before.count("\n"), "character": units}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places")
    for place in PLACES.values():
        (folder / place.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / place.path).write_text(place.text, encoding="utf-8")
    environ = {"HOME": str(folder / "home"), "CTYS_STATE_DIR": str(folder / "state"), "CTYS_SSH_CONFIG": ""}
    wire = await Wire.start(command=PROGRAM, **environ)
    abilities = {
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "rename": {"prepareSupport": True},
        "hover": {"contentFormat": ["markdown"]},
    }
    await wire.initialize(
        {"textDocument": abilities, "workspace": {"workspaceEdit": {"documentChanges": True}}},
        root=(folder / "work").as_uri(),
    )
    made = Desk(wire, folder)
    for name, place in PLACES.items():
        start = await wire.open(place.text, place.language, made.uri(name))
        made.problems[name] = await wire.diagnostics(made.uri(name), start=start)
    # The user's macros are read in the background.
    await asyncio.wait_for(macros_known(made), 30)
    yield made
    await wire.stop()


async def macros_known(desk):
    shown = None
    while "tab_gen:3_Label_10" not in str(shown):
        await asyncio.sleep(0.05)
        shown = await desk.ask("hover", "ctys", "macro:TAB", 7)


# -- one question for each ability: an empty answer, or a checked one --------------------------------------------------


async def diagnostics(desk, name):
    if name == "prompt":
        problems = (await desk.prompt("clo"))["problems"]
        assert [problem["code"] for problem in problems] == ["ctys.unknown-value"]
        return problems
    place = PLACES[name]
    assert [problem["code"] for problem in desk.problems[name]] == [place.code]
    assert desk.problems[name][0]["range"] == spot(place.text, place.marked)
    return desk.problems[name]


async def completion(desk, name):
    if name == "prompt":
        found = await desk.prompt("clo")
        assert PROMPT[found["start"] : found["end"]] == "clo"
        assert {"cli", "emacsam"} <= {choice["insert"] for choice in found["choices"]}
        return found["choices"]
    found = await desk.ask("completion", name, "macro:TAB", 7)
    edits = {item["label"]: item["textEdit"] for item in found["items"]}
    assert {"TAB", "WIDE", "TAB_CPORT"} <= set(edits)
    assert edits["WIDE"]["range"] == spot(PLACES[name].text, "macro:TAB", 6)
    return found["items"]


async def hover(desk, name):
    shown = await desk.ask("hover", name, "macro:TAB", 7)
    # In a line the reference is what is explained, in a macro file its name.
    assert shown["range"] == spot(PLACES[name].text, "macro:TAB", 6 if name == "macros" else 0)
    assert "tab_gen:3_Label_10" in shown["contents"]["value"]
    return shown


async def signature(desk, name):
    word = "macro:TAB" if name == "macros" else "CONSOLE:clo"
    shown = await desk.ask("signatureHelp", name, word, 9)
    if not shown:
        return shown
    (only,) = shown["signatures"]
    assert only["label"].startswith("CREATE=LABEL:LABEL,CONSOLE:CLI|XTERM|")
    assert "CLI0" not in only["label"], "ctys's own words are not offered"
    assert shown["activeParameter"] == 1
    return shown


async def symbols(desk, name):
    found = await desk.ask("documentSymbol", name)
    assert [symbol["name"] for symbol in found] == PLACES[name].symbols
    return found


async def folding(desk, name):
    found = await desk.ask("foldingRange", name)
    if found:
        assert [(fold["startLine"], fold["endLine"]) for fold in found] == [PLACES[name].folds]
    return found


async def definition(desk, name):
    found = await desk.ask("definition", name, "macro:TAB", 7)
    macros = PLACES["macros"].text
    start = _place(macros[: macros.index("TAB =")])
    end = start | {"character": start["character"] + 3}
    assert found == [{"uri": desk.uri("macros"), "range": {"start": start, "end": end}}]
    return found


async def rename(desk, name):
    place = PLACES[name]
    where = spot(place.text, place.named)
    assert await desk.ask("prepareRename", name, place.named, 1) == where
    edit = await desk.ask("rename", name, place.named, 1, newName="fresh")
    (change,) = (one for one in edit["documentChanges"] if one["textDocument"]["uri"] == desk.uri(name))
    assert {"range": where, "newText": "fresh"} in change["edits"]
    assert len(change["edits"]) == place.text.replace("TAB_", "").count(place.named)
    return edit


async def formatting(desk, name):
    edits = await desk.ask("formatting", name, options={"tabSize": 4, "insertSpaces": True})
    if edits:
        assert [edit["newText"] for edit in edits] == [PROMPT]
    return edits


ABILITIES = {
    function.__name__: function
    for function in (
        *(diagnostics, completion, hover, signature, symbols),
        *(folding, definition, rename, formatting),
    )
}


@pytest.mark.parametrize(
    ("ability", "place"),
    [each for each in WANTED if each[1] != "prompt" or WANTED[each]],
    ids=lambda word: word,
)
async def test_what_the_table_says(desk, ability, place):
    answer = await ABILITIES[ability](desk, place)
    assert bool(answer) == WANTED[ability, place], WHY_NOT.get((ability, place), "")


async def test_the_table_is_whole():
    assert {ability for ability, _ in WANTED} == set(ABILITIES)
    assert {place for _, place in WANTED} == {*PLACES, "prompt"}
    absent = {each for each, wanted in WANTED.items() if not wanted and each[1] != "prompt"}
    assert absent == set(WHY_NOT)
