"""The relay over OpenSSH's own server: output that is whole, ssh's questions, connections that are shared."""

import asyncio
import random
import re
import secrets
import subprocess
import sys

import pytest
from realsshd import Sshd, need_sshd, new_key
from terminals import Pty, environment, until
from whole import arrives_whole
from wire_client import Wire

#: A console that prints a file of any bytes at a key, and then itself gives each key back.
CONSOLE = """import os, sys, tty
tty.setraw(0)
os.write(1, b"ready> ")
os.read(0, 1)
data = open(sys.argv[1], "rb").read()
while data:
    data = data[os.write(1, data):]
while key := os.read(0, 1):
    os.write(1, key.upper())
"""
URI = "file:///doc.conf"
PROMPT = r"\$ |# "


@pytest.fixture
def sshd(tmp_path):
    need_sshd()
    folder = tmp_path / "sshd"
    (folder / "bin").mkdir(parents=True)
    server = Sshd(folder)
    server.know()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def opened(sshd, tmp_path):
    """A relay to that server in a terminal, with more lines in ssh's configuration."""
    terminals = []

    def make(*words, extra="", key=None, encoding="utf-8"):
        config = tmp_path / "ssh_config"
        config.write_text(sshd.config(extra, key))
        terminal = Pty(["ctys-ls", "console", *words], environment(tmp_path, config), encoding=encoding)
        terminals.append(terminal)
        return terminal

    yield make
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def shell(opened):
    """A shell on the host, at its prompt."""

    def make(**options):
        terminal = opened("--shell", "real", **options)
        terminal.see("shell on real; exit ends it")
        terminal.see(PROMPT)
        return terminal

    return make


async def test_ten_megabytes_arrive_whole_and_the_server_answers_meanwhile(sshd, opened, tmp_path):
    """Any bytes, with the signs that marks begin with among them. Each relay is a process of its own."""
    seed = secrets.randbits(32)
    print("seed", seed)
    numbers = random.Random(seed)
    # No sign is in the first half, whose pieces go the straight way; one is in every piece of the rest.
    data = numbers.randbytes(5_000_000).replace(b"\x1e", b"-")
    data += numbers.randbytes(5_000_000)
    (tmp_path / "data").write_bytes(data)
    (tmp_path / "console.py").write_text(CONSOLE)
    words = f"{sys.executable} {tmp_path}/console.py {tmp_path}/data"
    xl = sshd.folder / "bin/xl"
    xl.write_text(f"#!/bin/sh\ncase $1 in domid) echo 7 ;; console) exec {words} ;; esac\n")
    xl.chmod(0o755)
    terminal = opened("real/tst100", encoding="latin-1")
    terminal.see("ready> ")
    server = await Wire.start()
    try:
        await server.initialize()
        await server.open("name = 1\n")
        position = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}}
        terminal.type("x")
        whole = asyncio.get_running_loop().run_in_executor(
            None, lambda: arrives_whole(terminal.child, data.decode("latin-1"), silence=20)
        )
        answered = 0
        while not whole.done():
            await server.call("textDocument/completion", position)
            answered += 1
        await whole
    finally:
        await server.stop()
    assert answered
    terminal.type("y")
    terminal.see("Y")


def test_last_words_of_a_program_that_ends_at_once(shell):
    """ssh has gone before all that it wrote is read."""
    terminal = shell()
    terminal.line("stty -echo; exec sh -c 'echo; seq 1 20000; exit 7'")
    assert terminal.end() == 7
    numbers = [int(number) for number in re.findall(r"^(\d+)\r$", terminal.seen, re.MULTILINE)]
    assert numbers[-20000:] == list(range(1, 20001))


def test_ssh_asks_in_the_terminal(sshd, opened):
    """ssh's questions come by its terminal, what the host prints by another way."""
    key = new_key(sshd.folder / "locked", "open sesame")
    sshd.stop()
    sshd.start()
    terminal = opened("--shell", "real", key=key)
    terminal.see(r"Enter passphrase for key '.*/locked': ")
    terminal.line("open sesame")
    terminal.see(PROMPT)
    assert "open sesame" not in terminal.seen


@pytest.fixture
def shared(tmp_path):
    """Lines for ssh's configuration; the master of the connection is ended afterwards."""
    yield f"  ControlMaster auto\n  ControlPersist 60\n  ControlPath {tmp_path}/m\n"
    subprocess.run(["ssh", "-F", tmp_path / "ssh_config", "-O", "exit", "real"], capture_output=True)


def test_a_connection_that_is_shared(shell, shared):
    """The master of the connection holds the relay's terminal and pipe, and outlives it."""
    shell(extra=shared)
    terminal = shell(extra=shared)
    terminal.child.setwinsize(44, 133)
    until(lambda: terminal.line("stty size") or "44 133" in terminal.see(r"\d+ \d+\r\n"), "new size")
    terminal.line("stty -echo; exec sh -c 'seq 1 20000; exit 4'")
    assert terminal.end() == 4
    assert terminal.seen.rstrip().endswith("\n20000")
