"""Command lines in the four kinds of place, through the real server; characters outside the BMP stand before them."""

from __future__ import annotations

import sys

import pytest
import pytest_asyncio
from wire_client import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")
LINE = "ctys -t xen -a create=l:tst100,CONSOLE:clo lab00'(-Z KSU)'"
CAPABILITIES = {
    "textDocument": {
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
        "hover": {"contentFormat": ["markdown"]},
    }
}
#: Language, text in which LINE stands, number of its line.
PLACES = {
    "ctys": (f"# 🐧\n{LINE}\n", 1),
    "shellscript": (f"#!/bin/sh\necho '🐧' && {LINE}\n", 1),
    "markdown": (f"🐧 text\n\n```console\n🐧$ {LINE}\n```\n", 3),
    "org": (f"#+begin_src sh\necho '🐧' | {LINE}\n#+end_src\n", 1),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire():
    client = await Wire.start(command=[sys.executable, "-m", "ctys_ls", "--stdio"])
    client.announced = (await client.initialize(CAPABILITIES))["capabilities"]
    yield client
    await client.stop()


def units(line: str, column: int) -> int:
    """A column in UTF-16 units."""
    return len(line[:column].encode("utf-16-le")) // 2


@pytest.fixture(params=PLACES)
def where(request):
    """The document's URI and text, and a function that finds a word of LINE: its range."""
    language = request.param
    text, number = PLACES[language]
    line = text.split("\n")[number]

    def spot(word: str, start: int = 0):
        column = line.index(word, line.index("ctys -t") + start)
        return {
            "start": {"line": number, "character": units(line, column)},
            "end": {"line": number, "character": units(line, column + len(word))},
        }

    return language, f"file:///place.{language}", text, spot


async def test_a_problem_and_its_fix(wire, where):
    language, uri, text, spot = where
    start = await wire.open(text, language, uri)
    (problem,) = await wire.diagnostics(uri, start=start)
    assert (problem["code"], problem["range"]) == ("ctys.unknown-value", spot("clo"))
    actions = await wire.call(
        "textDocument/codeAction",
        {"textDocument": {"uri": uri}, "range": problem["range"], "context": {"diagnostics": []}},
    )
    assert any("cli" in str(action) for action in actions)


async def test_completion_replaces_the_word(wire, where):
    language, uri, text, spot = where
    await wire.open(text, language, uri)
    place = spot("clo")["start"]
    found = await wire.call("textDocument/completion", {"textDocument": {"uri": uri}, "position": place})
    edits = {item["label"]: item["textEdit"] for item in found["items"]}
    assert edits["emacsam"]["range"] == spot("clo")


async def test_hover_on_the_program_explains_the_line(wire, where):
    language, uri, text, spot = where
    await wire.open(text, language, uri)
    shown = await wire.call(
        "textDocument/hover", {"textDocument": {"uri": uri}, "position": spot("create")["start"]}
    )
    assert shown["range"] == spot("create")
    shown = await wire.call(
        "textDocument/hover", {"textDocument": {"uri": uri}, "position": spot("ctys")["start"]}
    )
    assert "CONSOLE has no value 'clo'" in str(shown["contents"])


async def test_symbols_signature_and_rename(wire, where):
    language, uri, text, spot = where
    await wire.open(text, language, uri)
    document = {"uri": uri}
    (symbol, *_) = await wire.call("textDocument/documentSymbol", {"textDocument": document})
    assert symbol["name"] == "create=l:tst100,CONSOLE:clo on lab00"
    at = {"textDocument": document, "position": spot("tst100")["end"]}
    signature = await wire.call("textDocument/signatureHelp", at)
    assert signature["signatures"][0]["label"].startswith("CREATE=LABEL:LABEL")
    renamed = await wire.call("textDocument/rename", at | {"newName": "tst7"})
    (edit,) = renamed["changes"][uri]
    assert edit == {"range": spot("tst100"), "newText": "tst7"}


async def test_a_line_at_a_prompt(wire):
    line = "ctys -t xen -a create=l:x,CONSOLE:em"
    found = await wire.call(
        "workspace/executeCommand",
        {"command": "ctys.complete", "arguments": [{"v": 1, "line": line, "cursor": len(line)}]},
    )
    assert line[found["start"] : found["end"]] == "em"
    assert {"emacs", "emacsam"} <= {choice["insert"] for choice in found["choices"]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ctys -t kvm -a list lab00", "This line cannot be run: -t has no value 'kvm'. Perhaps qemu?"),
        (
            "ctys -t xen -a create=web lab00,lab01",
            "This line cannot be run: CREATE has no suboption 'web'. Perhaps l:web? (1 more)",
        ),
    ],
)
async def test_a_line_that_cannot_be_run_is_refused_in_words_for_its_user(wire, line, said):
    asked = {"command": "ctys.run", "arguments": [{"v": 1, "commandLine": line}]}
    assert (await wire.refused("workspace/executeCommand", asked))["message"] == said
