"""Texts that grow in one direction: the time grows with them, not with the square."""

from __future__ import annotations

from time import process_time

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.text import split_lines

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
