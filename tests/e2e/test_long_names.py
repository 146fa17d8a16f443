"""Who asks for names in a text of thousands of lines keeps nobody waiting, also the first time; what is answered is whole."""

from __future__ import annotations

import sys

import pytest
import pytest_asyncio
from wire_client import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")
LINES = 6_000
#: Every 100th line is about tst100.
TEXT = "".join(
    f"ctys -t xen -a create=l:{'tst100' if number % 100 == 0 else f'tst{number}a'},CONSOLE:cli lab{number % 50:02}\n"
    for number in range(LINES)
)
PLACE = {"line": 100, "character": TEXT.split("\n")[100].index("tst100") + 1}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    environ = {"HOME": str(home), "CTYS_STATE_DIR": str(home / "state"), "CTYS_SSH_CONFIG": ""}
    client = await Wire.start(command=[sys.executable, "-m", "ctys_ls", "--stdio"], **environ)
    await client.initialize()
    yield client
    await client.stop()


#: The request, what it is sent besides document and place, and what its answer has to be.
ASKED = {
    "definition": ({}, lambda found: found == []),
    "references": ({"context": {"includeDeclaration": True}}, lambda found: len(found) == LINES // 100),
    "rename": ({"newName": "fresh"}, lambda found: len(*found["changes"].values()) == LINES // 100),
    "prepareCallHierarchy": ({}, lambda found: found[0]["name"] == "tst100"),
}


@pytest.mark.parametrize("method", ASKED)
async def test_the_first_question_keeps_nobody_waiting(wire, method):
    more, right = ASKED[method]
    document = {"textDocument": {"uri": f"file:///{method}.ctys"}}
    await wire.open(TEXT, "ctys", document["textDocument"]["uri"])
    # Whatever opening has started is over: the place itself is answered.
    assert await wire.call("textDocument/prepareRename", document | {"position": PLACE})
    first = len(wire.messages)
    long = wire.send(f"textDocument/{method}", document | {"position": PLACE} | more)
    short = wire.send("textDocument/hover", document | {"position": {"line": 0, "character": 6}})
    assert (await wire.answer(short))["result"]
    assert right((await wire.answer(long))["result"])
    order = [message["id"] for message in wire.messages[first:] if message.get("id") in (long, short)]
    assert order == [short, long]
    wire.notify("textDocument/didClose", document)


async def test_every_line_that_uses_a_name_is_a_call(wire):
    document = {"textDocument": {"uri": "file:///calls.ctys"}}
    await wire.open(TEXT, "ctys", document["textDocument"]["uri"])
    (item,) = await wire.call("textDocument/prepareCallHierarchy", document | {"position": PLACE})
    first = len(wire.messages)
    long = wire.send("callHierarchy/incomingCalls", {"item": item})
    short = wire.send("textDocument/hover", document | {"position": {"line": 0, "character": 6}})
    assert (await wire.answer(short))["result"]
    calls = (await wire.answer(long))["result"]
    order = [message["id"] for message in wire.messages[first:] if message.get("id") in (long, short)]
    assert order == [short, long]
    assert [call["from"]["range"]["start"]["line"] for call in calls] == list(range(0, LINES, 100))
    assert all(len(call["fromRanges"]) == 1 for call in calls)
    wire.notify("textDocument/didClose", document)
