"""The screens of guests: what a host says of them, and the beginning of RFB with a real VNC server."""

import asyncio
import contextlib
import os

import display
import pytest
from rfb_client import _picture

from ctys_ls.runtime.screens.dialog import Answers, Ended, Lack, Lost, Screen
from ctys_ls.runtime.screens.page import Page
from ctys_ls.runtime.screens.rfb import RefusedError, log_in
from ctys_ls.schema.viewers import named, viewers

# -- what the host says ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["N secret ", "N screen 3 5901 127.0.0.1"], Screen("3", 5901)),
        (["N secret two words", "N screen 3 5901"], Screen("3", 5901, password="two words")),
        (["N screen 3 5900 0.0.0.0"], Screen("3", 5900)),
        (["N screen 3 5900 192.168.1.7"], Screen("3", 5900, "192.168.1.7")),
        (["N lost"], Lost()),
        (["N gone"], Ended(Lack.GONE)),
        (["N fail no-screen"], Ended(Lack.NO_SCREEN)),
        (["N fail privilege xl: you must be root"], Ended(Lack.NO_RIGHTS, "xl: you must be root")),
        (["N beat"], None),
        (["Welcome to lab00", "screen 3 5901"], None),
    ],
)
def test_lines_of_the_host(lines, told):
    answers = Answers("N")
    assert [answers.read(line) for line in lines][-1] == told


def test_a_password_is_not_shown():
    assert "secret" not in repr(Screen("3", 5900, password="secret"))


# -- viewers -----------------------------------------------------------------------------------------------------------


def test_rows_of_viewers_name_the_port():
    for viewer in viewers():
        words = " ".join(viewer.arguments("127.0.0.1", 5950, "/dev/fd/3"))
        assert "{" not in words
        assert "5950" in words or ":50" in words


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("vncviewer -Shared", ["-passwd", "F", "-Shared", "127.0.0.1::5950"]),
        ("mine --to {address}:{port}", ["--to", "127.0.0.1:5950"]),
        ("/opt/other", ["127.0.0.1::5950"]),
    ],
)
def test_a_viewer_of_the_users_own(command, words):
    assert named(command).arguments("127.0.0.1", 5950, "F") == words


# -- RFB with a real server --------------------------------------------------------------------------------------------


@pytest.fixture
def xvnc():
    """Start a real VNC server, with a password or without; gives its port."""
    with contextlib.ExitStack() as stack:
        yield lambda password: stack.enter_context(display.xvnc(password))[1]


async def _login(port, password):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await log_in(reader, writer, password)
        writer.write(b"\x01")
        return await reader.readexactly(4)
    finally:
        writer.close()


async def test_log_in_with_a_password(xvnc):
    assert await _login(xvnc("geheim"), "geheim") == (320).to_bytes(2) + (200).to_bytes(2)


async def test_log_in_without_one(xvnc):
    assert await _login(xvnc(""), "") == (320).to_bytes(2) + (200).to_bytes(2)


async def test_a_wrong_password_is_refused_in_words(xvnc):
    with pytest.raises(RefusedError, match="Authentication fail"):
        await _login(xvnc("geheim"), "falsch")


async def test_a_password_that_nobody_knows(xvnc):
    with pytest.raises(RefusedError, match="gives none"):
        await _login(xvnc("geheim"), "")


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH\r\n", b"RFB", b""])
async def test_what_is_no_vnc_server(said):
    reader = asyncio.StreamReader()
    reader.feed_data(said)
    reader.feed_eof()

    class Nowhere:
        def write(self, data):
            pass

    with pytest.raises((RefusedError, asyncio.IncompleteReadError)):
        await log_in(reader, Nowhere(), "")


async def test_the_page_answers_for_the_password(xvnc):
    port, counts = xvnc("geheim"), []

    async def opener():
        return (*await asyncio.open_connection("127.0.0.1", port), "geheim")

    page = Page("tst100 on lab00", opener, None, counts.append)
    await page.start(range(5950, 6950))
    try:
        name, width, height, pixels = await _picture(page.ws)
    finally:
        await page.close()
    assert (width, height, len(pixels)) == (320, 200, 320 * 200 * 4)
    assert os.uname().nodename in name
    assert counts == [1, 0]
