"""A document whose check takes long: its problems come when they come, everything else comes at once."""

from __future__ import annotations

import time

import pytest
from wire_client import Wire

DOC = {"uri": "file:///doc.conf"}
TEXT = "tedious\nbad\nname = word\n"


def edit(version):
    change = {
        "range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}},
        "text": "x",
    }
    return {"textDocument": DOC | {"version": version}, "contentChanges": [change]}


@pytest.mark.parametrize("pull", [False, True])
async def test_typing_goes_on_during_a_slow_check(pull):
    wire = await Wire.start()
    try:
        await wire.initialize({"textDocument": {"diagnostic": {}}} if pull else {})
        await wire.eventually("test/warm")
        await wire.open(TEXT)
        if pull:
            assert len((await wire.call("textDocument/diagnostic", {"textDocument": DOC}))["items"]) == 1
        else:
            await wire.diagnostics(version=1)
        version, worst = 1, 0.0
        asked = 0
        for _ in range(20):
            version += 1
            wire.notify("textDocument/didChange", edit(version))
            if pull and version % 10 == 0:
                asked = wire.send("textDocument/diagnostic", {"textDocument": DOC})
            begun = time.monotonic()
            place = {"line": 2, "character": 8}
            assert await wire.call("textDocument/hover", {"textDocument": DOC, "position": place})
            worst = max(worst, time.monotonic() - begun)
        assert worst < 0.5, f"a hover waited {worst:.2f} s for a check that takes 0.6 s"
        if pull:
            assert (await wire.answer(asked))["result"]["items"][0]["range"]["start"][
                "character"
            ] == version - 1
        else:
            (problem,) = await wire.diagnostics(version=version)
            assert problem["range"]["start"]["character"] == version - 1
    finally:
        await wire.stop()
