"""The program itself: its options, its start, and what it must not load."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from wire_client import Wire

from ctys_ls import __version__

PROGRAM = (sys.executable, "-m", "ctys_ls")


async def run(*arguments, command=PROGRAM):
    process = await asyncio.create_subprocess_exec(
        *command,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, out.decode(), err.decode()


async def test_version():
    assert await run("--version") == (0, f"ctys-ls {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fly"], "'--fly' is no option"),
        (["--tcp"], "--tcp needs a value"),
        (["--tcp", "nonsense"], "HOST:PORT is needed"),
        (["--tcp", "0.0.0.0:0"], "not on the loopback interface"),
        (["--tcp", "127.0.0.1:0", "--stdio"], "exclude each other"),
        (["--log-level", "chatty"], "--log-level is one of"),
        (["--log-file", "/nonexistent/log"], "No such file"),
    ],
)
async def test_wrong_options_are_named(arguments, words):
    status, out, err = await run(*arguments)
    assert (status, out) == (2, "")
    assert words in err.splitlines()[0]


async def test_empty_input_ends_with_status_1():
    assert await run() == (1, "", "")


async def test_input_from_a_file(tmp_path):
    """A plain file cannot be waited for, only read."""
    body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
    script = tmp_path / "script"
    script.write_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    with script.open("rb") as source:
        process = await asyncio.create_subprocess_exec(
            *PROGRAM, stdin=source, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, _ = await asyncio.wait_for(process.communicate(), 20)
    assert b'"serverInfo"' in out
    assert process.returncode == 1


async def test_start_loads_nothing_that_hosts_need():
    """Until a host is used neither ssh nor terminals are loaded, whatever is done with documents."""
    wire = await Wire.start(
        command=(sys.executable, "-X", "importtime", str(Path(__file__).parent.parent / "fake_server.py"))
    )
    try:
        await wire.initialize()
        await wire.open("bad = word\n")
        await wire.diagnostics()
        place = {"textDocument": {"uri": "file:///doc.conf"}, "position": {"line": 0, "character": 7}}
        await wire.call("textDocument/hover", place)
        await wire.call("textDocument/completion", place)
        typed = {"command": "ctys.complete", "arguments": [{"line": "ctys -a ", "cursor": 8}]}
        await wire.call("workspace/executeCommand", typed)
        await wire.call("shutdown")
        wire.notify("exit")
        assert await wire.exit_status() == 0
        loaded = {
            line.rsplit("|", 1)[1].strip() for line in (await wire.errors()).splitlines() if "|" in line
        }
    finally:
        await wire.stop()
    assert "pygls.lsp.server" in loaded
    unwanted = ("asyncssh", "pexpect", "cryptography", "psutil")
    assert not [name for name in loaded if name.startswith(unwanted)]


async def test_a_stray_print_does_not_reach_the_client(tmp_path):
    script = tmp_path / "noisy.py"
    script.write_text(
        "import sys\n"
        "from ctys_ls import server\n"
        "make = server.make_server\n"
        "def noisy():\n"
        "    print('stray'); sys.__stdout__.flush()\n"
        "    import os; os.write(1, b'stray too\\n')\n"
        "    return make()\n"
        "server.make_server = noisy\n"
        "from ctys_ls.cli.serve import main\n"
        "sys.exit(main([]))\n"
    )
    wire = await Wire.start(command=(sys.executable, str(script)))
    try:
        assert "capabilities" in await wire.initialize()
        await wire.call("shutdown")
        wire.notify("exit")
        assert await wire.exit_status() == 0
        assert (await wire.errors()).split() == ["stray", "stray", "too"]
    finally:
        await wire.stop()


async def test_tcp_serves_one_client_on_loopback():
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "--tcp", "127.0.0.1:0", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        line = (await asyncio.wait_for(process.stderr.readline(), 10)).decode()
        port = int(line.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
        writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        assert b"Content-Length" in await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        assert await asyncio.wait_for(process.wait(), 5) == 1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
