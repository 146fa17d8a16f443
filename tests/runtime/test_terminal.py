"""The relay's end of the terminal."""

import io
import os
import threading

import pytest

from ctys_ls.runtime.terminal import HungUpError, Terminal, Transcript, write


def test_all_bytes_arrive_where_the_terminal_takes_them_in_pieces():
    """A parent may have made the terminal non-blocking: a write then takes a part, or nothing yet."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    data = os.urandom(1_000_000)
    got = bytearray()

    def read():
        while piece := os.read(reader, 65536):
            got.extend(piece)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        write(writer, data)
    finally:
        os.close(writer)
        thread.join(20)
        os.close(reader)
    assert bytes(got) == data


def test_nobody_reads_any_more():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with pytest.raises(HungUpError):
            write(writer, b"text")
    finally:
        os.close(writer)


def test_a_letter_cut_in_two_is_one_letter_in_the_transcript():
    file = io.StringIO()
    transcript = Transcript(file)
    for byte in "☃ grün\r\nnext".encode():
        transcript.feed(bytes([byte]))
    first, second = file.getvalue().split("\n")
    assert first.endswith(" ☃ grün")
    assert second.endswith(" next")


def test_a_pipe_is_no_place_for_escape_sequences():
    assert Terminal.here({"TERM": "xterm"}).plain
    assert Terminal.here({"TERM": "dumb", "INSIDE_EMACS": "29.1,comint"}).colours
