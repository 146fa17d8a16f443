"""A client that writes faster than anybody reads: everything is answered, what is cancelled is not worked on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from wire_client import Wire, frame

URI = "file:///doc.conf"
PAIRS = 500


def pairs(*, cancel):
    """500 times a typed character and a completion, each cancelling the one before."""
    data = []
    for number in range(PAIRS):
        where = {"line": 500, "character": number % 10}
        text = {"range": {"start": where, "end": where}, "text": "k"}
        params = {"textDocument": {"uri": URI, "version": number + 2}, "contentChanges": [text]}
        data.append(frame({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}))
        if cancel and number:
            stale = {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1000 + number - 1}}
            data.append(frame(stale))
        ask = {"textDocument": {"uri": URI}, "position": {"line": 500, "character": number % 10 + 1}}
        request = {"jsonrpc": "2.0", "id": 1000 + number, "method": "textDocument/completion", "params": ask}
        data.append(frame(request))
    return b"".join(data)


async def flood(wire, *, cancel):
    await wire.open("name = 1\n" * 1000)
    await wire.diagnostics()
    start = len(wire.messages)
    wire.raw(pairs(cancel=cancel))
    await wire.diagnostics(version=PAIRS + 1, start=start)
    for number in range(PAIRS):
        await wire.answer(1000 + number)
    answers = [message for message in wire.messages[start:] if message.get("id", 0) >= 1000]
    assert len(answers) == PAIRS, "each is answered once"
    reports = [m for m in wire.messages[start:] if m.get("method") == "textDocument/publishDiagnostics"]
    return Counter(
        message["error"]["code"] if "error" in message else "result" for message in answers
    ), reports


async def test_every_request_is_answered(ready):
    kinds, reports = await flood(ready, cancel=False)
    assert kinds == {"result": PAIRS}
    assert len(reports) < PAIRS / 4, "problems of texts that are gone already help nobody"


async def test_cancelled_requests_are_dropped(ready):
    kinds, _ = await flood(ready, cancel=True)
    assert kinds[-32800] >= 0.95 * PAIRS
    assert kinds["result"] >= 1, "the last one is wanted"


async def test_memory_is_flat_over_5000_edits():
    """Resident memory after 5,000 edits is at most 10 % above that after the first 500."""
    wire = await Wire.start()
    try:
        await wire.initialize()
        await wire.open("name = 1\n" * 100)
        await wire.eventually("test/warm")
        await flood_quietly(wire, 500, 2)
        before = resident(wire.process.pid)
        await flood_quietly(wire, 4500, 502)
        after = resident(wire.process.pid)
        assert after <= before * 1.1, f"{before} KiB became {after} KiB"
    finally:
        await wire.stop()


async def flood_quietly(wire, count, version):
    for number in range(version, version + count):
        where = {"line": number % 100, "character": 0}
        end = {"line": number % 100, "character": 1}
        change = {"range": {"start": where, "end": end}, "text": "nm"[number % 2]}
        params = {"textDocument": {"uri": URI, "version": number}, "contentChanges": [change]}
        wire.notify("textDocument/didChange", params)
        if number % 10 == 0:
            await wire.call("textDocument/completion", {"textDocument": {"uri": URI}, "position": where})
            wire.messages.clear()
    await wire.call("test/text", {"uri": URI})
    wire.messages.clear()


def resident(process):
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
