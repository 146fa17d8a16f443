"""Every other ability, each with one question of which the answer is known."""

from __future__ import annotations

import pytest
import pytest_asyncio
from wire_client import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOC = {"uri": "file:///doc.conf"}
TEXT = "name = word  \n🐧 path /etc/xen\nmore = name\nctys -t xen -a list lab00\n"
CAPABILITIES = {
    "textDocument": {
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "rename": {"prepareSupport": True},
        "hover": {"contentFormat": ["markdown"]},
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire():
    client = await Wire.start()
    client.announced = (await client.initialize(CAPABILITIES))["capabilities"]
    await client.open(TEXT)
    await client.diagnostics()
    yield client
    await client.stop()


def place(line, character):
    return {"textDocument": DOC, "position": {"line": line, "character": character}}


def span(line, start, end):
    return {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}


async def test_everything_offered_is_announced(wire):
    for name in (
        "documentLinkProvider", "inlayHintProvider", "definitionProvider", "referencesProvider", "codeLensProvider",
        "documentHighlightProvider", "renameProvider", "signatureHelpProvider", "documentOnTypeFormattingProvider",
    ):  # fmt: skip
        assert wire.announced[name]
    assert wire.announced["renameProvider"] == {"prepareProvider": True}


async def test_symbols(wire):
    found = await wire.call("textDocument/documentSymbol", {"textDocument": DOC})
    assert [symbol["name"] for symbol in found] == ["name", "more"]
    assert found[0]["kind"] == 7


async def test_folding(wire):
    assert await wire.call("textDocument/foldingRange", {"textDocument": DOC}) == [
        {"startLine": 0, "endLine": 4, "kind": "region"}
    ]


async def test_selection(wire):
    (found,) = await wire.call(
        "textDocument/selectionRange", {"textDocument": DOC, "positions": [{"line": 0, "character": 8}]}
    )
    assert found["range"] == span(0, 7, 11)
    assert found["parent"]["range"] == span(0, 0, 13)
    assert found["parent"]["parent"]["range"]["end"] == {"line": 4, "character": 0}
    assert "parent" not in found["parent"]["parent"]


async def test_links_count_in_the_clients_units(wire):
    (link,) = await wire.call("textDocument/documentLink", {"textDocument": DOC})
    assert link == {"range": span(1, 8, 16), "target": "file:///etc/xen"}


async def test_hints(wire):
    asked = {"textDocument": DOC, "range": span(0, 0, 5)}
    (hint,) = await wire.call("textDocument/inlayHint", asked)
    assert (hint["label"], hint["position"]) == ("hint", {"line": 0, "character": 13})


async def test_definition_here_and_elsewhere(wire):
    found = await wire.call("textDocument/definition", place(2, 8))
    assert found == [
        {"uri": DOC["uri"], "range": span(0, 0, 4)},
        {"uri": "file:///etc/x%20y", "range": span(0, 0, 0)},
    ]


async def test_references_and_highlights(wire):
    found = await wire.call(
        "textDocument/references", place(2, 8) | {"context": {"includeDeclaration": True}}
    )
    assert [mention["range"] for mention in found] == [span(0, 0, 4), span(2, 7, 11)]
    assert len(await wire.call("textDocument/documentHighlight", place(2, 8))) == 2


async def test_rename(wire):
    assert await wire.call("textDocument/prepareRename", place(2, 8)) == span(2, 7, 11)
    edit = await wire.call("textDocument/rename", place(2, 8) | {"newName": "label"})
    (change,) = edit["documentChanges"]
    assert change["textDocument"] == DOC | {"version": 1}
    assert [one["newText"] for one in change["edits"]] == ["label", "label"]
    error = await wire.refused("textDocument/rename", place(2, 8) | {"newName": "no good"})
    assert (error["code"], error["message"]) == (-32602, "'no good' is no name.")


async def test_signature(wire):
    found = await wire.call("textDocument/signatureHelp", place(0, 8))
    assert found["signatures"][0]["parameters"][0] == {
        "label": "key",
        "documentation": {"kind": "markdown", "value": "its name"},
    }
    assert found["activeParameter"] == 1


async def test_formatting(wire):
    options = {"options": {"tabSize": 4, "insertSpaces": True}}
    whole = await wire.call("textDocument/formatting", {"textDocument": DOC} | options)
    assert whole == [{"range": span(0, 11, 13), "newText": ""}]
    part = {"textDocument": DOC, "range": span(1, 0, 5)} | options
    assert await wire.call("textDocument/rangeFormatting", part) == []
    typed = await wire.call("textDocument/onTypeFormatting", place(1, 0) | {"ch": "\n"} | options)
    assert typed == [{"range": span(1, 0, 0), "newText": "  "}]


async def test_lenses_are_the_code_actions(wire):
    lenses = await wire.call("textDocument/codeLens", {"textDocument": DOC})
    assert [lens["command"]["command"] for lens in lenses] == ["ctys.run", "ctys.plan", "ctys.explain"]
    assert lenses[0]["command"]["arguments"][0]["commandLine"] == "ctys -t xen -a list lab00"
    asked = {"textDocument": DOC, "range": span(3, 2, 2), "context": {"diagnostics": []}}
    actions = await wire.call("textDocument/codeAction", asked)
    assert [action["command"] for action in actions] == [lens["command"]["command"] for lens in lenses]


@pytest.mark.parametrize("method", ["codeLens", "documentHighlight", "inlayHint"])
async def test_what_is_asked_of_a_long_text_keeps_nobody_waiting(wire, method):
    lines = 5000
    uri = "file:///long.conf"
    start = await wire.open("ctys -t xen -a list lab00\nname = name\n" * lines, uri=uri)
    await wire.diagnostics(uri, start=start)
    document = {"textDocument": {"uri": uri}}
    whole = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 2 * lines, "character": 0}}}
    asked = document | whole | {"position": {"line": 1, "character": 8}}
    first = len(wire.messages)
    long = wire.send(f"textDocument/{method}", asked)
    short = wire.send("textDocument/hover", document | {"position": {"line": 0, "character": 0}})
    await wire.answer(short)
    found = (await wire.answer(long))["result"]
    assert len(found) == (3 * lines if method == "codeLens" else lines)
    order = [message["id"] for message in wire.messages[first:] if message.get("id") in (long, short)]
    assert order == [short, long]
    wire.notify("textDocument/didClose", document)


@pytest.mark.parametrize("method", ["documentHighlight", "inlayHint"])
async def test_a_place_that_is_missing_is_told(wire, method):
    error = await wire.refused(f"textDocument/{method}", {"textDocument": DOC})
    assert error["code"] == -32602
    assert "needs params." in error["message"]


async def test_tokens_and_their_delta(wire):
    full = await wire.call("textDocument/semanticTokens/full", {"textDocument": DOC})
    legend = wire.announced["semanticTokensProvider"]["legend"]
    kind, bits = legend["tokenTypes"].index("property"), 1 << legend["tokenModifiers"].index("definition")
    assert full["data"] == [0, 0, 5, kind, bits, 2, 0, 5, kind, bits]
    asked = {"textDocument": DOC, "previousResultId": full["resultId"]}
    same = await wire.call("textDocument/semanticTokens/full/delta", asked)
    assert same["edits"] == []
    where = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}}
    change = [{"range": where, "text": "new = 1\n"}]
    wire.notify("textDocument/didChange", {"textDocument": DOC | {"version": 2}, "contentChanges": change})
    asked["previousResultId"] = same["resultId"]
    delta = await wire.call("textDocument/semanticTokens/full/delta", asked)
    data = full["data"]
    for edit in delta["edits"]:
        data[edit["start"] : edit["start"] + edit["deleteCount"]] = edit["data"]
    fresh = await wire.call("textDocument/semanticTokens/full", {"textDocument": DOC})
    assert data == fresh["data"]
    unknown = await wire.call("textDocument/semanticTokens/full/delta", asked | {"previousResultId": "gone"})
    assert unknown["data"] == fresh["data"]
    part = await wire.call("textDocument/semanticTokens/range", {"textDocument": DOC, "range": span(1, 0, 1)})
    assert part["data"] == [1, 0, 4, kind, bits]


@pytest.mark.parametrize("uri", ["file:///never-opened", "untitled:x"])
async def test_documents_that_are_not_open_have_nothing(wire, uri):
    document = {"textDocument": {"uri": uri}}
    for method in ("documentSymbol", "foldingRange", "documentLink", "codeLens"):
        assert await wire.call(f"textDocument/{method}", document) == []
    for method in ("hover", "completion", "prepareRename", "signatureHelp"):
        assert (
            await wire.call(f"textDocument/{method}", document | {"position": {"line": 0, "character": 0}})
            is None
        )
