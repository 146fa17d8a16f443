"""Texts that nobody should open: the server says so, answers the next request, and takes no more memory than it must."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from wire_client import Wire

from ctys_ls.text import LARGEST

PROGRAM = (sys.executable, "-m", "ctys_ls", "--stdio")
URI = "file:///nowhere/doc.conf"
DOC = {"uri": URI}
LANGUAGES = ("xenconf", "ctys", "shellscript", "markdown", "org")
SEED = 20261128

TEXTS = {
    "empty": "",
    "line ends only": "\r\n" * 5000 + "\r" * 5000,
    "binary": random.Random(SEED).randbytes(200_000).decode("latin-1"),
    "NUL": "\0" * 100_000,
    "latin-1 read as UTF-8": 'name = "caf\ufffd"\n# \udce9\n',
    "lone surrogates": 'name = "\ud800"\n# \udfff \ud83d\nctys -a \udc00\n',
    "5,000 deep": "x = " + "[" * 5000 + "]" * 5000 + "\n" + "ctys " + "( " * 5000 + "{ " * 5000 + "\n",
    "50,000 deep": "x = " + "[" * 50_000,
    "one line": 'x = "' + "a" * 2_000_000 + '"\n',
    "quotes": "'\"" * 50_000,
}


@pytest.fixture
async def server():
    client = await Wire.start(command=PROGRAM)
    await client.initialize()
    yield client
    await client.stop()


def peak(client):
    """The most memory that the server had so far, in bytes."""
    status = Path(f"/proc/{client.process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024


def opened(client, language, text, version=1):
    document = DOC | {"languageId": language, "version": version, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": document})


async def problems(client, version):
    def wanted(message):
        params = message.get("params", {})
        return message.get("method") == "textDocument/publishDiagnostics" and params.get("version") == version

    return (await client.until(wanted, bound=60))["params"]["diagnostics"]


def questions():
    place = {"line": 0, "character": 3}
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 10_000, "character": 0}}
    at = {"textDocument": DOC, "position": place}
    of = {"textDocument": DOC}
    return {
        "textDocument/hover": at,
        "textDocument/completion": at,
        "textDocument/signatureHelp": at,
        "textDocument/definition": at,
        "textDocument/documentHighlight": at,
        "textDocument/documentSymbol": of,
        "textDocument/foldingRange": of,
        "textDocument/documentLink": of,
        "textDocument/codeLens": of,
        "textDocument/semanticTokens/full": of,
        "textDocument/inlayHint": of | {"range": whole},
        "textDocument/selectionRange": of | {"positions": [place]},
        "textDocument/formatting": of | {"options": {"tabSize": 4, "insertSpaces": True}},
        "textDocument/codeAction": of | {"range": whole, "context": {"diagnostics": []}},
    }


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_question_about_every_text_is_answered(server, language):
    for version, (name, text) in enumerate(TEXTS.items(), 1):
        opened(server, language, text, version)
        await problems(server, version)
        for method, params in questions().items():
            ident = server.send(method, params)
            message = await server.answer(ident)
            assert "result" in message, (name, method, message)
        server.notify("textDocument/didClose", {"textDocument": DOC})


@pytest.mark.parametrize("language", ["xenconf", "shellscript"])
async def test_50_megabytes_are_refused_with_a_sentence(server, language):
    text = "# a note about what was changed in this file\n" * 1_150_000
    opened(server, language, text)
    (problem,) = await problems(server, 1)
    assert problem["code"] == "too-large"
    assert problem["message"].startswith("This text has 51.8 million characters.")
    for method, params in questions().items():
        assert "result" in await server.answer(server.send(method, params)), method
    # What is typed into it is followed, and once it is small enough it is read.
    start = {"line": 1000, "character": 2}
    change = {"range": {"start": start, "end": start}, "text": "x"}
    edit = {"textDocument": DOC | {"version": 2}, "contentChanges": [change]}
    server.notify("textDocument/didChange", edit)
    assert [one["code"] for one in await problems(server, 2)] == ["too-large"]
    far = {"line": 2_000_000, "character": 0}
    cut = {"range": {"start": {"line": 0, "character": 0}, "end": far}, "text": "name = 'a'\nkernel = b\n"}
    server.notify("textDocument/didChange", {"textDocument": DOC | {"version": 3}, "contentChanges": [cut]})
    small = [one["code"] for one in await problems(server, 3)]
    assert "too-large" not in small
    assert ("xenconf.syntax-word" in small) == (language == "xenconf")
    assert peak(server) < 10 * len(text)


async def test_the_largest_text_that_is_read(server):
    line = '  "-device", "virtio-rng-pci,id=rng1234",\n'
    text = 'name = "a"\nkernel = "/k"\ndevice_model_args = [\n' + line * (LARGEST // len(line) - 10) + "]\n"
    rest = peak(server)
    opened(server, "xenconf", text)
    assert await problems(server, 1) == []
    place = {"line": 50_000, "character": 6}
    change = {"range": {"start": place, "end": place}, "text": "x"}
    edit = {"textDocument": DOC | {"version": 2}, "contentChanges": [change]}
    server.notify("textDocument/didChange", edit)
    assert await problems(server, 2) == []
    assert await server.call("textDocument/hover", {"textDocument": DOC, "position": place})
    assert peak(server) - rest < 10 * len(text)
