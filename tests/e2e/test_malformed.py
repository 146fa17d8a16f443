"""What no client should send: each is answered with the right code or passed over, and the next request is served.

The probes are those of the field's survey (nine of them leave bare pygls deaf or dead). ``expected`` is the code of the
answer to the bad message itself; None where nothing is to be answered.
"""

from __future__ import annotations

import asyncio
import json
import sys

import pytest
import pytest_asyncio
from wire_client import Wire, frame

DOC = {"uri": "file:///doc.conf"}
UNKNOWN = json.dumps({"jsonrpc": "2.0", "id": "p1", "method": "ctys/doesNotExist", "params": {}}).encode()
RUBBISH, INVALID, NO_METHOD, PARAMS = -32700, -32600, -32601, -32602


def change(start, end, uri=DOC["uri"]):
    places = ({"line": start[0], "character": start[1]}, {"line": end[0], "character": end[1]})
    where = dict(zip(("start", "end"), places, strict=True))
    params = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"range": where, "text": "z"}]}
    return frame({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params})


def request(method, params, ident="p1"):
    return frame({"jsonrpc": "2.0", "id": ident, "method": method, "params": params})


PROBES = {
    "length-too-small": (b"Content-Length: 10\r\n\r\n" + UNKNOWN, RUBBISH),
    "length-too-large": (b"Content-Length: %d\r\n\r\n" % (len(UNKNOWN) + 500) + UNKNOWN, RUBBISH),
    "length-too-large-by-one-message": (b"Content-Length: %d\r\n\r\n" % (len(UNKNOWN) + 30) + UNKNOWN, RUBBISH),
    "length-negative": (b"Content-Length: -5\r\n\r\n" + UNKNOWN, RUBBISH),
    "length-not-a-number": (b"Content-Length: abc\r\n\r\n" + UNKNOWN, RUBBISH),
    "length-missing": (b"Content-Type: x\r\n\r\n" + UNKNOWN, RUBBISH),
    "length-huge": (b"Content-Length: 99999999999999\r\n\r\n" + UNKNOWN, RUBBISH),
    "lines-end-in-LF-only": (b"Content-Length: %d\n\n" % len(UNKNOWN) + UNKNOWN, NO_METHOD),
    "header-of-8-MiB": (b"X-Fill: " + b"a" * (8 << 20) + b"\r\n" + frame(UNKNOWN), NO_METHOD),
    "json-cut-off": (frame(b'{"jsonrpc":"2.0","id":"p5","method":'), RUBBISH),
    "not-utf-8": (frame(b'{"jsonrpc":"2.0","id":"p1","method":"textDocument/hover","params":{"x":"\xff"}}'), RUBBISH),
    "no-objects": (b"".join(map(frame, (b"42", b"[]", b"null", b'{"a":1}'))), INVALID),
    "nested-100000-deep": (
        frame(b'{"jsonrpc":"2.0","id":"p1","method":"x","params":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        INVALID,
    ),
    "unknown-request": (frame(UNKNOWN), NO_METHOD),
    "unknown-notification": (frame({"jsonrpc": "2.0", "method": "ctys/nope", "params": {}}), None),
    "unknown-optional": (frame({"jsonrpc": "2.0", "method": "$/nope"}), None),
    "wrong-params-hot": (request("textDocument/hover", {"textDocument": 7, "position": "x"}), PARAMS),
    "wrong-params-typed": (request("textDocument/codeAction", {"textDocument": 7, "range": "x"}), PARAMS),
    "no-params-hot": (request("textDocument/completion", None), PARAMS),
    "no-params-typed": (request("textDocument/codeAction", None), PARAMS),
    "version-1": (frame({"jsonrpc": "1.0", "id": "p1", "method": "shutdown"}), INVALID),
    "request-with-a-result": (
        frame({"jsonrpc": "2.0", "id": "p1", "method": "ctys/doesNotExist", "result": 1, "answer": True}),
        NO_METHOD,
    ),
    "id-is-true": (frame({"jsonrpc": "2.0", "id": True, "method": "shutdown"}), INVALID),
    "id-is-a-list": (frame({"jsonrpc": "2.0", "id": [1], "method": "shutdown"}), INVALID),
    "method-is-a-number": (frame({"jsonrpc": "2.0", "id": "p1", "method": 7}), INVALID),
    "change-out-of-range": (change((99999, 5), (99999, 9999)), None),
    "change-reversed": (change((9, 5), (3, 1)), None),
    "change-negative": (change((-1, -5), (-1, -2)), None),
    "change-unopened": (change((0, 0), (0, 0), "file:///never"), None),
    "change-without-text": (frame({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": DOC}}), None),
    "cancel-unknown": (frame({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 987654}}), None),
    "cancel-nonsense": (frame({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": [1]}}), None),
    "answer-unknown": (frame({"jsonrpc": "2.0", "id": 987654, "result": None}), None),
    "answer-broken": (frame(b'{"jsonrpc":"2.0","id":987654,"result":'), RUBBISH),
    "initialize-again": (request("initialize", {"capabilities": {}}), INVALID),
}  # fmt: skip


def answers(messages):
    return [
        message for message in messages if "method" not in message and message.get("id") in ("p1", "p5", None)
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def survivor():
    """One server that is sent everything, one bad thing after the other."""
    client = await Wire.start()
    await client.initialize()
    await client.open("name = word\nbad line\n" * 10)
    await client.diagnostics()
    yield client
    await client.stop()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", PROBES)
async def test_the_next_request_is_served(survivor, name):
    data, expected = PROBES[name]
    survivor.messages.clear()
    survivor.raw(data)
    asked = {"textDocument": DOC, "position": {"line": 2, "character": 8}}
    hover = await survivor.call("textDocument/hover", asked)
    assert hover["contents"] == "A word."
    codes = [message["error"]["code"] for message in answers(survivor.messages)]
    if expected is None:
        assert codes == []
    else:
        assert expected in codes, f"answered with {codes}"


async def test_an_id_that_can_be_read_is_answered_with_it(ready):
    ready.raw(frame(b'{"jsonrpc":"2.0","id":"p5","method":'))
    assert (await ready.answer("p5"))["error"]["code"] == RUBBISH


async def test_before_initialize(wire):
    error = await wire.refused(
        "textDocument/hover", {"textDocument": DOC, "position": {"line": 0, "character": 0}}
    )
    assert error["code"] == -32002
    wire.notify(
        "textDocument/didOpen", {"textDocument": DOC | {"languageId": "stub", "version": 1, "text": "bad"}}
    )
    await wire.initialize()
    assert not [
        message for message in wire.messages if message.get("method") == "textDocument/publishDiagnostics"
    ]


async def test_wrong_initialize_leaves_a_second_try(wire):
    error = await wire.refused("initialize", {"processId": None})
    assert error["code"] == PARAMS
    assert "capabilities" in (await wire.initialize())


@pytest.mark.parametrize("method", ["shutdown", "textDocument/hover", "workspace/executeCommand"])
async def test_after_shutdown(ready, method):
    assert await ready.call("shutdown") is None
    assert (await ready.refused(method, {}))["code"] == INVALID
    ready.notify("exit")
    assert await ready.exit_status() == 0


async def test_exit_without_shutdown_is_status_1(ready):
    ready.notify("exit")
    assert await ready.exit_status(5) == 1


async def test_exit_before_initialize_is_status_1(wire):
    wire.notify("exit")
    assert await wire.exit_status(5) == 1


async def test_end_of_input_ends(ready):
    ready.process.stdin.close()
    assert await ready.exit_status(5) == 1


async def test_client_that_closed_its_ear_ends(ready):
    ready.process._transport.get_pipe_transport(1).close()
    for _ in range(3):
        ready.notify(
            "textDocument/didOpen", {"textDocument": DOC | {"languageId": "stub", "version": 1, "text": "x"}}
        )
    assert await ready.exit_status(5) == 1


async def test_parent_killed_ends_within_5_seconds(wire):
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE
    )
    await wire.initialize(process=parent.pid)
    assert wire.process.returncode is None
    parent.kill()
    assert await wire.exit_status(5) == 1
    await parent.wait()


async def test_parent_of_another_process_namespace_is_not_missed(wire):
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    await wire.initialize(process=gone.pid)
    assert (
        await wire.call("textDocument/hover", {"textDocument": DOC, "position": {"line": 0, "character": 0}})
        is None
    )


async def test_terminate_ends_jobs_and_the_server(ready):
    argument = {"host": "lab00", "address": {"label": "stubborn"}}
    await ready.call("workspace/executeCommand", {"command": "ctys.create", "arguments": [argument]})
    await ready.until(lambda message: message.get("params", {}).get("kind") == "report")
    ready.process.terminate()
    end = await ready.until(lambda message: message.get("params", {}).get("kind") == "end")
    assert end["params"]["targets"][0]["state"] == "paused"
    assert await ready.exit_status(5) == 128 + 15


async def test_client_that_does_not_read_is_waited_for(ready):
    """The server neither blocks nor loses a message when the pipe to the client is full."""
    await ready.open("name = word\n")
    await ready.diagnostics()
    stream = ready.process._transport.get_pipe_transport(1)
    stream.pause_reading()
    asked = {"textDocument": DOC, "position": {"line": 0, "character": 0}}
    idents = [ready.send("textDocument/completion", asked) for _ in range(300)]
    await ready.process.stdin.drain()
    stream.resume_reading()
    for ident in idents:
        assert "result" in await ready.answer(ident)
