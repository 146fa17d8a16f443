"""What command lines get when guests are known, through the real server, in every place where a line may stand.

The server finds an inventory in which lab00 has three machines of one label: the example after UC-30.
"""

from __future__ import annotations

import sys

import pytest
import pytest_asyncio
from inventory import AMBIGUOUS, SHORTEST, remember
from wire_client import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")
LINE = "ctys -t xen -a cancel=l:tst100,POWEROFF:0 lab00'(-Z KSU)'"
CAPABILITIES = {
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
        "hover": {"contentFormat": ["markdown"]},
    }
}
#: Language, text in which LINE stands, number of its line; 🐧 stands before it where the place allows.
PLACES = {
    "ctys": (f"# 🐧\n{LINE}\n", 1),
    "shellscript": (f"#!/bin/sh\necho '🐧' && {LINE}\n", 1),
    "markdown": (f"🐧 text\n\n```console\n🐧$ {LINE}\n```\n", 3),
    "org": (f"#+begin_src sh\necho '🐧' | {LINE}\n#+end_src\n", 1),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire(tmp_path_factory):
    folder = tmp_path_factory.mktemp("known")
    remember(folder / "state")
    environ = {"HOME": str(folder), "CTYS_STATE_DIR": str(folder / "state"), "CTYS_SSH_CONFIG": ""}
    client = await Wire.start(command=[sys.executable, "-m", "ctys_ls", "--stdio"], **environ)
    client.announced = (await client.initialize(CAPABILITIES))["capabilities"]
    yield client
    await client.stop()


class Place:
    """A document with the line in it."""

    def __init__(self, language):
        self.language, self.uri = language, f"file:///known.{language}"
        self.text, self.number = PLACES[language]
        self.line = self.text.split("\n")[self.number]
        self.start = self.line.index("ctys -t")

    def spot(self, word, shift=0):
        """The range of a word of the line, in UTF-16 units."""
        column = self.line.index(word, self.start) + shift
        ends = (len(self.line[:at].encode("utf-16-le")) // 2 for at in (column, column + len(word)))
        start, end = ({"line": self.number, "character": units} for units in ends)
        return {"start": start, "end": end}

    def at(self, word, shift=0):
        return {"textDocument": {"uri": self.uri}, "position": self.spot(word, shift)["start"]}


@pytest_asyncio.fixture(params=PLACES, loop_scope="module")
async def place(request, wire):
    """Each place, open and judged with the inventory known."""
    made = Place(request.param)
    start = await wire.open(made.text, made.language, made.uri)

    def ambiguous(message):
        params = message.get("params") or {}
        codes = [problem["code"] for problem in params.get("diagnostics", ())]
        return params.get("uri") == made.uri and codes == ["ctys.ambiguous-address"]

    made.problems = (await wire.until(ambiguous, start))["params"]["diagnostics"]
    yield made
    wire.notify("textDocument/didClose", {"textDocument": {"uri": made.uri}})


async def test_an_ambiguous_address_is_marked_with_all_its_matches(wire, place):
    (problem,) = place.problems
    assert problem["range"] == place.spot("l:tst100")
    related = problem["relatedInformation"]
    assert [one["location"] for one in related] == [{"uri": place.uri, "range": problem["range"]}] * 3
    for path, one in zip(AMBIGUOUS, related, strict=True):
        assert path in one["message"]
        assert ("no UUID" in one["message"]) == ("-inst" in path)


async def test_each_choice_rewrites_to_the_shortest_address_and_cures(wire, place):
    asked = {
        "textDocument": {"uri": place.uri},
        "range": place.problems[0]["range"],
        "context": {"diagnostics": []},
    }
    actions = [
        each for each in await wire.call("textDocument/codeAction", asked) if each.get("kind") == "quickfix"
    ]
    (edits,) = zip(*(action["edit"]["changes"][place.uri] for action in actions), strict=True)
    assert [edit["newText"] for edit in edits] == SHORTEST
    assert {str(edit["range"]) for edit in edits} == {str(place.spot("l:tst100"))}
    start = len(wire.messages)
    change = {"range": edits[0]["range"], "text": edits[0]["newText"]}
    document = {"uri": place.uri, "version": 2}
    wire.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
    assert await wire.diagnostics(place.uri, version=2, start=start) == []


async def test_hover_on_the_program_tells_what_would_happen_where(wire, place):
    shown = await wire.call("textDocument/hover", place.at("ctys", 1))
    assert shown["range"] == place.spot("ctys")
    said = shown["contents"]["value"]
    assert "On **lab00** (rights: root, else ksu, then none): shut the Xen guest called `tst100`" in said
    assert "**3 machines** fit" in said


async def test_completion_knows_labels_and_where_they_are(wire, place):
    found = await wire.call("textDocument/completion", place.at("tst100", 3))
    (label,) = (item for item in found["items"] if item["label"] == "tst100")
    assert label["textEdit"]["range"] == place.spot("tst100")
    assert label["detail"] == "3 guests on lab00"


async def test_tokens_colour_every_word_of_the_line(wire, place):
    legend = wire.announced["semanticTokensProvider"]["legend"]["tokenTypes"]
    data = (await wire.call("textDocument/semanticTokens/full", {"textDocument": {"uri": place.uri}}))["data"]
    line = column = 0
    found = {}
    for step, shift, length, kind, _ in zip(*(data[index::5] for index in range(5)), strict=True):
        line, column = line + step, shift if step else column + shift
        if line == place.number:
            found[column, length] = legend[kind]
    wanted = {"ctys": "function", "-t": "keyword", "xen": "enumMember", "cancel": "method", "l": "property"}
    wanted |= {
        "tst100": "string",
        "POWEROFF": "property",
        "0": "number",
        "lab00": "namespace",
        "-Z": "keyword",
    }
    for word, kind in wanted.items():
        shift = 7 if word == "0" else 0
        where = place.spot("POWEROFF:0" if word == "0" else f"{word}:" if word == "l" else word)
        start = where["start"]["character"] + (9 if shift else 0)
        assert found[start, len(word)] == kind, word


async def test_selection_grows_from_the_word_to_the_command(wire, place):
    asked = {"textDocument": {"uri": place.uri}, "positions": [place.spot("tst100", 2)["start"]]}
    (answer,) = await wire.call("textDocument/selectionRange", asked)
    ranges = []
    while answer:
        ranges.append(answer["range"])
        answer = answer.get("parent")
    wanted = ["tst100", "l:tst100", "cancel=l:tst100,POWEROFF:0", "-a cancel=l:tst100,POWEROFF:0", LINE]
    assert [each for each in ranges if each in [place.spot(word) for word in wanted]] == [
        place.spot(word) for word in wanted
    ]


async def test_lenses_and_actions_run_plan_and_explain(wire, place):
    lenses = await wire.call("textDocument/codeLens", {"textDocument": {"uri": place.uri}})
    assert [lens["command"]["title"] for lens in lenses] == ["Run", "Plan", "Explain"]
    assert {str(lens["range"]) for lens in lenses} == {str(place.spot(LINE))}
    assert {lens["command"]["arguments"][0]["commandLine"] for lens in lenses} == {LINE}
    asked = {"textDocument": {"uri": place.uri}, "range": place.spot("xen"), "context": {"diagnostics": []}}
    actions = await wire.call("textDocument/codeAction", asked)
    commands = [action["command"]["command"] for action in actions if "command" in action]
    assert commands == ["ctys.run", "ctys.plan", "ctys.explain"]


async def test_formatting_touches_the_command_alone(wire, place):
    wide = place.line.replace("-t xen", "-t   xen")
    text = place.text.replace(place.line, wide)
    uri = f"{place.uri}.wide"
    await wire.open(text, place.language, uri)
    options = {"tabSize": 4, "insertSpaces": True}
    edits = await wire.call("textDocument/formatting", {"textDocument": {"uri": uri}, "options": options})
    wire.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    if place.language in ("markdown", "org", "shellscript"):
        assert edits == [], "the text around is somebody else's"
        return
    (edit,) = edits
    assert wide.replace("-t   xen", "-t xen") == place.line
    assert edit["newText"].strip() in ("", "xen", LINE)


async def test_a_prompt_has_the_same_brain(wire, place):
    command = {
        "command": "ctys.complete",
        "arguments": [{"v": 1, "line": LINE, "cursor": LINE.index("tst100") + 3}],
    }
    found = await wire.call("workspace/executeCommand", command)
    assert LINE[found["start"] : found["end"]] == "tst100"
    assert {"tst100"} == {choice["insert"] for choice in found["choices"]}
    (problem,) = found["problems"]
    assert problem["code"] == "ctys.ambiguous-address"
    assert [fix["line"] for fix in found["fixes"]] == [LINE.replace("l:tst100", short) for short in SHORTEST]


async def test_the_plan_refuses_to_choose(wire, place):
    asked = {"command": "ctys.plan", "arguments": [{"v": 1, "commandLine": LINE}]}
    plan = await wire.call("workspace/executeCommand", asked)
    (target,) = plan["plan"]["targets"]
    assert (target["host"], target["guest"]) == ("lab00", None)
    assert any("fits 3 guests" in text and "refused" in text for text in target["unknown"])
    better = LINE.replace("l:tst100", SHORTEST[0])
    plan = await wire.call(
        "workspace/executeCommand", {"command": "ctys.plan", "arguments": [{"v": 1, "commandLine": better}]}
    )
    (target,) = plan["plan"]["targets"]
    assert target["guest"]["path"] == "/homen/chkusr/xen/tst-ctys/tst100/tst100.conf"
    (command,) = (step["command"] for step in target["steps"] if step["command"])
    assert command.startswith("ksu -q -e ")
    assert command.endswith(" xl destroy tst100")
    assert "kill -9" in command, "letter by letter, with what makes ksu tell of a failure"
    assert "       ksu -q -e xl destroy tst100\n" in plan["text"] + "\n"
    assert "kill -9" not in plan["text"]
