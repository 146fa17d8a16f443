"""A console's output as plain lines, in whatever pieces it arrives."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctys_ls.runtime.plainlines import Echo, PlainLines

BOOT = (
    b"\x1b[H\x1b[2J\x1b]0;tst100\x07\x1b(B\x1b[32;1mgr\xc3\xbcn\x1b[0m\r\r\n"
    b"domU:/# \x1b[6nls\r\n\x1bP$q\x1b\\x\x1b[>4;2m\x08\x07\x1b=end"
)


def plain(pieces, *, colours=False):
    lines = PlainLines(colours)
    return b"".join([*map(lines.feed, pieces), lines.flush()])


def test_rubbish_goes_and_text_stays():
    assert plain([BOOT]) == "grün\ndomU:/# ls\nx\x08end".encode()


def test_colours_stay_for_a_reader_that_knows_them():
    assert plain([BOOT], colours=True).startswith("\x1b[32;1mgrün\x1b[0m\n".encode())
    assert b"[>4;2m" not in plain([BOOT], colours=True)


@given(st.lists(st.integers(0, len(BOOT)), max_size=8))
def test_pieces_make_no_difference(cuts):
    places = [0, *sorted(cuts), len(BOOT)]
    pieces = [BOOT[start:end] for start, end in itertools.pairwise(places)]
    assert plain(pieces) == plain([BOOT])


@given(st.binary(max_size=200))
def test_nothing_that_steers_a_terminal_is_left(data):
    assert not set(plain([data])) & {0x1B, 0x07, 0x00}


@pytest.mark.parametrize(
    ("sent", "output", "shown"),
    [
        ([b"ls"], [b"ls\nfile\n$ "], b"file\n$ "),
        ([b"ls"], [b"l", b"s", b"\nfile\n"], b"file\n"),
        ([b"secret"], [b"\nLogin incorrect\n"], b"\nLogin incorrect\n"),
        ([b"ls", b"pwd"], [b"ls\npwd\n/root\n"], b"/root\n"),
        ([b"ls"], [b"lsof: not found\n"], b"lsof: not found\n"),
        ([], [b"ls\n"], b"ls\n"),
    ],
)
def test_echo_of_a_sent_line_is_taken_out_once(sent, output, shown):
    echo = Echo()
    for line in sent:
        echo.sent(line)
    assert b"".join([*map(echo.feed, output), echo.flush()]) == shown
