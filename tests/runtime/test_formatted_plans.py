"""Formatting changes how a line looks and nothing of what it would do: the plans before and after are the same."""

from __future__ import annotations

import random

import pytest
from languages.cmdline.lines import AMBIGUOUS, BROKEN, ENV, LINES, PAGE
from languages.cmdline.texts import command

from ctys_ls.facts import NOTHING, Facts
from ctys_ls.languages import cmdline
from ctys_ls.runtime.api import Plan
from ctys_ls.runtime.plan import plan
from ctys_ls.text import apply_edits, split_lines

WORLDS = {"nothing": NOTHING, "the page's guests": PAGE, "three of one label": AMBIGUOUS}
#: Generated lines: seeds of ``random.Random``, each the beginning of one line.
SEEDS = [f"plan-{number}" for number in range(200)]


def formatted(text: str) -> str:
    return apply_edits(text, cmdline.format(cmdline.parse(split_lines(text))))


def mended(case: str) -> str:
    """A line of the page; of the two broken ones as their fix mends them."""
    text = LINES[case]
    if case in BROKEN:
        (problem,) = cmdline.check(cmdline.parse(split_lines(text)), PAGE)
        text = apply_edits(text, problem.fixes[0].edits)
    return text


def untidy(text: str, source: random.Random) -> str:
    """The same words with other blanks and, outside quotes, line ends between them."""
    found, quoted = "", False
    for char in text:
        quoted ^= char == "'"
        blanks = ["  ", "\t", " "] if quoted else ["  ", "\t", " \\\n", "  \\\n    "]
        found += source.choice(blanks) if char == " " else char
    return found


def plans(text: str, facts: Facts) -> tuple[Plan, ...]:
    return tuple(plan(call, facts) for call in cmdline.build(text, facts, ENV).invocations)


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("case", LINES)
def test_a_line_of_the_page_does_the_same_before_and_after(case: str, world: str) -> None:
    text, facts = mended(case), WORLDS[world]
    before = plans(text, facts)
    assert before
    once = formatted(text)
    assert plans(once, facts) == before
    assert formatted(once) == once
    seed = f"untidy-{case}"
    other = untidy(text.replace("\\\n", " "), random.Random(seed))
    assert plans(other, facts) == plans(formatted(other), facts) == before, f"seed {seed}: {other!r}"


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_generated_line_does_the_same_before_and_after(seed: str, world: str) -> None:
    text = command(random.Random(seed))
    once = formatted(text)
    told = f"seed {seed}: {text!r} became {once!r}"
    assert plans(once, WORLDS[world]) == plans(text, WORLDS[world]), told
    assert formatted(once) == once, told


def test_the_generated_lines_are_worth_comparing() -> None:
    """Many of them have a plan, and many of those are changed by formatting."""
    texts = [command(random.Random(seed)) for seed in SEEDS]
    planned = [text for text in texts if plans(text, NOTHING)]
    assert len(planned) > 80
    assert sum(formatted(text) != text for text in planned) > 60
    assert sum(formatted(text) != text for text in LINES.values()) > 20
