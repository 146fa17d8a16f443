"""Every mistake through the real server in the four kinds of place: told by the same codes, on the same words, with the same cures."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from languages.cmdline.slips import SLIPS
from line_places import AROUND, Standing
from wire_client import Wire

import ctys_ls.schema
from ctys_ls.languages import cmdline
from ctys_ls.text import slice_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROWS = tomllib.loads(
    (Path(ctys_ls.schema.__file__).parent / "data/problems-ctys.toml").read_text(encoding="utf-8")
)
#: Of a quote that is not closed each place makes what it can; groups are judged once the user's own files have been read.
#: Both have tests of their own.
OPEN = {"ctys.open-quote", "ctys.unknown-group"}
EXAMPLES = sorted(
    {row["example"] for code, row in ROWS.items() if "\n" not in row["example"] and code not in OPEN}
)
CAPABILITIES = {
    "textDocument": {
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
    }
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    environ = {"HOME": str(home), "CTYS_STATE_DIR": str(home / "state"), "CTYS_SSH_CONFIG": ""}
    client = await Wire.start(command=[sys.executable, "-m", "ctys_ls", "--stdio"], **environ)
    await client.initialize(CAPABILITIES)
    yield client
    await client.stop()


async def judged(wire, language, line):
    """The document with the line, and its problems."""
    standing = Standing(language, line, f"file:///{quote(line, safe='')}.{language}")
    start = await wire.open(standing.text, language, standing.uri)
    problems = await wire.diagnostics(standing.uri, start=start)
    return standing, problems


def closed(wire, standing):
    wire.notify("textDocument/didClose", {"textDocument": {"uri": standing.uri}})


@pytest.mark.parametrize("language", AROUND)
async def test_examples_of_all_codes(wire, language):
    wrong = []
    for line in EXAMPLES:
        wanted = {
            (problem.code, slice_of([line], problem.span)) for problem in cmdline.check(cmdline.parse([line]))
        }
        standing, problems = await judged(wire, language, line)
        found = {(problem["code"], words(standing, problem["range"])) for problem in problems}
        closed(wire, standing)
        if found != wanted:
            wrong.append((line, found, wanted))
    assert wrong == []


@pytest.mark.parametrize("language", AROUND)
async def test_cures_of_slips(wire, language):
    wrong = []
    for line, code, mended in SLIPS:
        standing, problems = await judged(wire, language, line)
        (where, *_) = [problem["range"] for problem in problems if problem["code"] == code]
        asked = {"textDocument": {"uri": standing.uri}, "range": where, "context": {"diagnostics": []}}
        actions = await wire.call("textDocument/codeAction", asked)
        closed(wire, standing)
        made = [
            edited(standing.text, action["edit"]["changes"][standing.uri])
            for action in actions
            if action.get("kind") == "quickfix"
        ]
        if Standing(language, mended, standing.uri).text not in made:
            wrong.append((line, made))
    assert wrong == []


def words(standing, where):
    """The words of a range in UTF-16 units; it lies in one line."""
    line = standing.text.split("\n")[where["start"]["line"]].encode("utf-16-le")
    return line[2 * where["start"]["character"] : 2 * where["end"]["character"]].decode("utf-16-le")


def edited(text, edits):
    """A text after edits whose ranges count UTF-16 units."""
    lines = [line.encode("utf-16-le") for line in text.split("\n")]
    for edit in sorted(edits, key=lambda one: str(one["range"]["start"]["character"]).zfill(9), reverse=True):
        start, end = edit["range"]["start"], edit["range"]["end"]
        line = lines[start["line"]]
        fresh = edit["newText"].encode("utf-16-le")
        lines[start["line"]] = line[: 2 * start["character"]] + fresh + line[2 * end["character"] :]
    return "\n".join(line.decode("utf-16-le") for line in lines)
