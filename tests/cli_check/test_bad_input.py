"""What no domain file should be, through the program and through the server: a clear word, no crash, bounded time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest
from wire_client import Wire

from ctys_ls.facts import NOTHING
from ctys_ls.languages import LARGEST, xenconf
from ctys_ls.languages.repair import repaired
from ctys_ls.text import split_lines

PROGRAM = (sys.executable, "-m", "ctys_ls")
KIB = 1024


def run(*words):
    """The end of the program, and the most memory it had (KiB)."""
    reader, writer = os.pipe()
    with subprocess.Popen([*PROGRAM, *map(str, words)], stdout=writer, stderr=writer) as process:
        os.close(writer)
        with os.fdopen(reader, "rb") as output:
            told = output.read().decode("utf-8", "replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert "Traceback" not in told
    return process.returncode, told, usage.ru_maxrss


@pytest.mark.parametrize("command", ["check", "format", "fix"])
def test_a_file_of_50_megabytes(command, tmp_path):
    path = tmp_path / "large.conf"
    path.write_bytes(b"memory = 128\n" * (50 * KIB * KIB // 13))
    status, told, most = run(command, path)
    assert status == 2
    assert f"large.conf: this has more than {LARGEST >> 20} MiB" in told
    assert most < 10 * 50 * KIB


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"", 1, "has no name"),
        (b"\0" * 5000, 2, "this is no text file"),
        (b"name = 'g'\nkernel = '/k'\nextra = 'stra\xdfe'\n", 0, ""),
        (b"name = 'g'\nkernel = '/k'\ndisk = " + b"[" * 5000 + b"]" * 5000 + b"\n", 1, "syntax-depth"),
        (b"\xff\xfen\0a\0m\0e\0", 2, "this is no text file"),
        (b"\xed\xa0\x80 = 1\n", 1, "xenconf.syntax"),
    ],
    ids=["empty", "binary", "latin-1", "5000-deep", "utf-16", "lone surrogate"],
)
def test_files_that_are_none(data, status, said, tmp_path):
    path = tmp_path / "x.conf"
    path.write_bytes(data)
    found, told, _ = run("check", path)
    assert (found, said in told) == (status, True), told
    if status != 2:
        assert run("fix", "--unsafe", path)[0] == 0
        if said == "":
            assert path.read_bytes() == data, "bytes that are no UTF-8 survive"


def test_a_directory_and_a_file_that_may_not_be_read(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    status, told, _ = run("check", empty, tmp_path / "gone.conf", "/proc/self/mem")
    assert status == 2
    assert "the folder has no" in told
    assert "gone.conf: No such file" in told
    assert "/proc/self/mem: " in told


def test_a_file_that_shrinks_while_it_is_read_is_what_was_read(tmp_path):
    pipe = tmp_path / "pipe.conf"
    os.mkfifo(pipe)
    with subprocess.Popen(
        [*PROGRAM, "check", str(pipe)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        with pipe.open("wb") as writer:
            writer.write(b"name = 'g'\nkernel = '/k'\nmemory = 1")
        told, _ = process.communicate(timeout=30)
    assert process.returncode == 0, told


#: Texts that grow in one direction.
GROWING = {
    "open lists": lambda size: "[" * size,
    "one string": lambda size: "a = '" + "x" * size + "'\n",
    "an open string": lambda size: "a = '" + "\\" * size,
    "one key again and again": lambda size: "memory = 1\n" * (size // 11),
    "added again and again": lambda size: "disk += [ 'a' ]\n" * (size // 16),
    "unknown keys": lambda size: "".join(f"k{number} = 1\n" for number in range(size // 10)),
    "a long list": lambda size: "disk = [\n" + " '/a,raw,xvda',\n" * (size // 16) + "]\n",
    "brackets": lambda size: "a = " + "[]" * (size // 2),
    "tags": lambda size: "#@#LABEL = 'x'\n" * (size // 15),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", GROWING)
def test_time_grows_with_the_size_and_not_with_its_square(kind):
    def cost(size):
        text = GROWING[kind](size)
        begun = process_time()
        xenconf.check(xenconf.parse(split_lines(text)), NOTHING)
        return process_time() - begun

    cost(20_000)
    small = min(cost(50_000) for _ in range(2))
    # Eight times the text takes eight times as long, sixty-four times where each step looks at all others.
    assert cost(400_000) < 30 * small + 0.5


def test_fixing_ends_where_fixes_make_room_for_others():
    text = "a = True b = yes c = [ 1 2 3\n" * 50
    done = repaired(xenconf, text, NOTHING, unsafe=True)
    assert repaired(xenconf, done.text, NOTHING, unsafe=True).text == done.text


async def test_the_server_says_that_a_file_is_too_large_and_goes_on(tmp_path):
    wire = await Wire.start(command=PROGRAM, HOME=str(tmp_path))
    try:
        await wire.initialize()
        start = await wire.open(
            "memory = 1\n" * (LARGEST // 11 + 1), language="xenconf", uri="file:///w/large.conf"
        )
        told = await wire.until(
            lambda message: message.get("method") == "window/showMessage", start, bound=60
        )
        assert "large.conf has more than 16 MiB" in told["params"]["message"]
        start = await wire.open("memroy = 1\n", language="xenconf", uri="file:///w/small.conf")
        assert await wire.diagnostics("file:///w/small.conf", start=start)
    finally:
        await wire.stop()


def test_the_limit_is_far_above_what_anybody_writes():
    examples = Path(__file__).parents[1] / "data"
    assert max(path.stat().st_size for path in examples.rglob("*.conf")) * 1000 < LARGEST
