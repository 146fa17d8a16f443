"""Lines, edits and encodings: what the client has and what we have never drift apart."""

import random

import pytest

from ctys_ls.text import Encoding, Position, Span, from_units, replace, split_lines, to_units

PIECES = ["a", "é", "😀", "\r", "\n", "\r\n", "\f", "\u2028", "\x85", "\v", "xyz", " ", "\ud800"]


def reference_offset(text: str, place: Position) -> int:
    """The offset of a place, found without the code under test: by walking the text."""
    line, offset = 0, 0
    while line < place.line:
        step = 2 if text.startswith("\r\n", offset) else 1
        line += text[offset] in "\r\n"
        offset += step
    return offset + place.column


def test_only_the_three_line_ends_split():
    assert split_lines("a\nb\r\nc\rd\fe\u2028f\x85g") == ["a\n", "b\r\n", "c\r", "d\fe\u2028f\x85g"]
    assert split_lines("") == [""]
    assert split_lines("\n") == ["\n", ""]


@pytest.mark.parametrize("seed", range(40))
def test_random_edits_leave_the_text_equal_to_the_clients(seed):
    chance = random.Random(seed)
    text = "".join(chance.choices(PIECES, k=30))
    lines = split_lines(text)
    for step in range(250):
        places = sorted(
            Position(line, chance.randint(0, len(lines[line].rstrip("\r\n"))))
            for line in (chance.randrange(len(lines)), chance.randrange(len(lines)))
        )
        if places[1].line - places[0].line > 3:
            continue
        fresh = "".join(chance.choices(PIECES, k=chance.randint(0, 4)))
        start, end = (reference_offset(text, place) for place in places)
        text = text[:start] + fresh + text[end:]
        before = lines
        change = replace(lines, Span(*places), fresh)
        lines = change.lines
        assert "".join(lines) == text, (seed, step)
        assert lines == split_lines(text), (seed, step)
        assert before[: change.first] == lines[: change.first], (seed, step)
        assert before[change.first + change.removed :] == lines[change.first + change.added :], (seed, step)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_columns_go_there_and_back_in_every_encoding(encoding):
    line = "aé😀\ud800x"
    codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    for column in range(len(line) + 1):
        units = len(line[:column].encode(codec, "surrogatepass")) // width
        assert to_units(line, column, encoding) == units
        assert from_units(line, units, encoding) == column


def test_a_column_inside_a_character_is_its_start():
    assert from_units("a😀b", 2, Encoding.UTF16) == 1
    assert from_units("é", 1, Encoding.UTF8) == 0


def test_places_outside_the_text_are_moved_inside():
    assert replace(["ab"], Span(Position(7, 0), Position(9, 9)), "c").lines == ["abc"]
    assert replace(["ab\n", ""], Span(Position(0, 9), Position(0, 9)), "c").lines == ["abc\n", ""]
    assert replace(["abc"], Span(Position(0, 2), Position(0, 1)), "").lines == ["ac"]
