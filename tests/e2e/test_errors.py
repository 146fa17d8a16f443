"""An error inside a handler: told without the text it may hold, logged without it, and the next request is fine."""

from __future__ import annotations

import pytest
from wire_client import Wire

DOC = {"uri": "file:///doc.conf"}
PLACE = {"textDocument": DOC, "position": {"line": 0, "character": 0}}
WHOLE = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/hover", PLACE),
        ("textDocument/completion", PLACE),
        ("textDocument/codeAction", {"textDocument": DOC, "range": WHOLE, "context": {"diagnostics": []}}),
        ("textDocument/diagnostic", {"textDocument": DOC}),
    ],
)
async def test_internal_errors(tmp_path, method, params):
    log = tmp_path / "log"
    wire = await Wire.start("--log-file", str(log), "--log-level", "debug")
    try:
        await wire.initialize()
        await wire.open("boom\nname = word\n")
        error = await wire.refused(method, params)
        assert error["code"] == -32603
        assert method in error["message"]
        good = await wire.call(
            "textDocument/hover", {"textDocument": DOC, "position": {"line": 1, "character": 8}}
        )
        assert good["contents"] == "A word."
        assert "s3cret" not in str(wire.messages)
        text = log.read_text()
        assert "RuntimeError" in text
        assert "stub_language.py" in text, "the log names the place"
        assert "s3cret" not in text
        assert (log.stat().st_mode & 0o777) == 0o600
    finally:
        await wire.stop()


async def test_a_check_that_breaks_costs_only_its_diagnostics(ready):
    await ready.open("boom\n")
    await ready.open("bad\n", uri="file:///other.conf")
    (problem,) = await ready.diagnostics("file:///other.conf")
    assert problem["code"] == "bad-word"
