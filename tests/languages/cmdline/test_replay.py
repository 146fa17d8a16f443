"""Whoever types the page's lines letter by letter is offered every word of them at every letter."""

import re
from collections.abc import Iterator

import pytest
from languages.cmdline.lines import LINES, PAGE

from ctys_ls.languages import cmdline
from ctys_ls.text import Position, split_lines

#: The one word of the page that nobody can know: a file name of the user's own.
OWN = {"mystate.stat"}
MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")


def words(line: str) -> Iterator[tuple[int, str]]:
    """The words of a line with their places, taken apart without the parser that is tested."""
    for token in re.finditer(r"[^\s\\'()]+", line):
        text, place = token.group(), token.start()
        if text.startswith("-") or not re.search(r"[=,%]", text):
            yield place, text
            continue
        for part in re.finditer(r"[^=,]+", text):
            key, colon, value = part.group().partition(":")
            yield place + part.start(), key
            at = place + part.start() + len(key) + 1
            if colon and (MAC.fullmatch(value) or key != "b"):
                yield at, value
            elif colon:
                for element in re.finditer(r"[^%]+", value):
                    yield at + element.start(), element.group()


def offered(line: str, column: int) -> set[tuple[int, str]]:
    """Where a choice would begin, and what it is, in lower case without its separator."""
    lines = split_lines(line)
    before = split_lines(line[:column])
    place = Position(len(before) - 1, len(before[-1]))
    found = cmdline.complete(cmdline.parse(lines), place, PAGE)
    if found is None:
        return set()
    first = sum(len(each) for each in lines[: found.replace.start.line]) + found.replace.start.column
    return {(first, (choice.insert or choice.label).rstrip(":= ").lower()) for choice in found.choices}


def test_the_words_are_those_of_the_line() -> None:
    assert [word for _, word in words(LINES["UC-01"])] == [
        *("ctys", "-t", "xen", "-a", "create", "f", "xen/tst-ctys/tst100/tst100.conf"),
        *("CONSOLE", "cli", "-z", "2", "-b", "0", "2", "lab00", "-Z", "KSU"),
    ]


@pytest.mark.parametrize("whole", [True, False], ids=["in the line", "at its end"])
@pytest.mark.parametrize("case", LINES)
def test_every_word_is_offered_at_every_letter(case: str, whole: bool) -> None:
    line = LINES[case]
    missing = []
    for start, word in words(line):
        for length in range(len(word) + 1):
            at = start + length
            text = line if whole else line[:at]
            if word not in OWN and (start, word.lower()) not in offered(text, at):
                missing.append((word, word[:length]))
    assert missing == []
