"""The framer alone: any cut of the stream gives the same messages, and rubbish costs only itself."""

from __future__ import annotations

import random

import pytest

from ctys_ls.stdio import MAX_BODY, Framer, Rubbish


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def bodies(framer, *chunks):
    return [body for chunk in chunks for body in framer.feed(chunk)]


def test_every_cut_of_the_stream_gives_the_same_messages():
    stream = (
        frame(b'{"a":1}')
        + b"Content-Type: x; charset=utf-8\r\ncontent-length:  2\r\n\r\n{}"
        + frame(b"")
        + frame(b"[1]")
    )
    expected = [b'{"a":1}', b"{}", b"", b"[1]"]
    for cut in range(len(stream) + 1):
        assert bodies(Framer(), stream[:cut], stream[cut:]) == expected, f"cut at {cut}"
    assert bodies(Framer(), *(stream[place : place + 1] for place in range(len(stream)))) == expected


def test_messages_after_random_rubbish_are_found():
    seed = random.randrange(1 << 32)
    dice = random.Random(seed)
    for turn in range(300):
        rubbish = bytes(dice.choices(b'{}":,\\ntru\r\n Content-Length: 0\x00\xff', k=dice.randint(1, 200)))
        found = bodies(Framer(), frame(b"{}"), rubbish, b"\r\n\r\n", frame(b'{"b":2}'), frame(b'{"c":3}'))
        assert found[0] == b"{}", f"seed {seed}, turn {turn}: {rubbish!r}"
        assert found[-1] == b'{"c":3}', f"seed {seed}, turn {turn}: {rubbish!r}"


def test_a_body_cut_short_is_noticed_when_the_next_header_comes():
    framer = Framer()
    assert bodies(framer, b"Content-Length: 5000\r\n\r\n{}") == []
    rubbish, body = bodies(framer, frame(b'{"next":1}'))
    assert isinstance(rubbish, Rubbish)
    assert body == b'{"next":1}'


def test_a_header_line_inside_a_string_is_text():
    body = b'{"text":"Content-Length: 3\\r\\n\\r\\nabc"}'
    stream = frame(body)
    for cut in range(len(stream)):
        assert bodies(Framer(), stream[:cut], stream[cut:]) == [body]


@pytest.mark.parametrize("length", [b"-1", b"abc", b"", b"1.5", b"%d" % (MAX_BODY + 1), b"9" * 40])
def test_bad_lengths_are_reported_at_once(length):
    (rubbish,) = bodies(Framer(), b"Content-Length: " + length + b"\r\n\r\n")
    assert isinstance(rubbish, Rubbish)


def test_endless_header_keeps_no_memory():
    framer = Framer()
    found = bodies(framer, *[b"x" * 65536] * 64)
    assert len(found) == 1
    assert len(framer._buffer) < 1000
