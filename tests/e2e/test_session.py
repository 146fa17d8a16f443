"""One session from start to end with the plainest client there is."""

from __future__ import annotations

URI = {"uri": "file:///doc.conf"}


async def test_a_whole_session(wire):
    result = await wire.initialize()
    assert result["serverInfo"]["name"] == "ctys-ls"
    await wire.open("name = word\nbad line\n")
    (problem,) = await wire.diagnostics(version=1)
    assert problem["code"] == "bad-word"
    assert problem["range"] == {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 3}}
    assert "line 1" in problem["message"], "a client without related information finds the place in the text"

    hover = await wire.call(
        "textDocument/hover", {"textDocument": URI, "position": {"line": 0, "character": 8}}
    )
    assert hover["contents"] == "A word."

    found = await wire.call(
        "textDocument/completion", {"textDocument": URI, "position": {"line": 0, "character": 0}}
    )
    assert len(found["items"]) == 100
    first = found["items"][0]
    assert first["textEdit"] == {
        "newText": "key0 = ",
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
    }
    assert "documentation" not in first
    resolved = await wire.call("completionItem/resolve", first)
    assert resolved["documentation"] == "What key0 means."

    change = {"range": problem["range"], "text": "good"}
    wire.notify("textDocument/didChange", {"textDocument": URI | {"version": 2}, "contentChanges": [change]})
    assert await wire.diagnostics(version=2) == []
    start = len(wire.messages)
    wire.notify("textDocument/didClose", {"textDocument": URI})
    assert await wire.diagnostics(start=start) == []

    assert await wire.call("shutdown") is None
    wire.notify("exit")
    assert await wire.exit_status() == 0
    assert await wire.errors() == ""


async def test_code_actions_apply(ready):
    capabilities = {
        "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}
    }
    await ready.stop()
    client = await type(ready).start()
    try:
        await client.initialize(capabilities)
        await client.open("bad\nbad\nrisky\nctys -t xen -a list lab00\n")
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 3, "character": 1}}
        asked = {"textDocument": URI, "range": whole, "context": {"diagnostics": []}}
        actions = await client.call("textDocument/codeAction", asked)
        titles = [action["title"] for action in actions]
        assert titles.count("Replace bad by good") == 2
        assert "Run this command line" in titles
        everything = next(action for action in actions if action["title"] == "Apply all safe fixes")
        edits = everything["edit"]["changes"][URI["uri"]]
        assert [edit["range"]["start"]["line"] for edit in edits] == [0, 1], (
            "the unsafe fix is left to the user"
        )
        only = asked | {"context": {"diagnostics": [], "only": ["source.fixAll"]}}
        assert [action["kind"] for action in await client.call("textDocument/codeAction", only)] == [
            "source.fixAll.ctys"
        ]
    finally:
        await client.stop()
