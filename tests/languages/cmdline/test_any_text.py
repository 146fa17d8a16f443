"""Any text at all: nothing raises, nothing is lost, an edit gives what a fresh parse gives, formatting is harmless."""

import random
from itertools import pairwise

import pytest
from languages.cmdline.lines import AMBIGUOUS, ENV, LINES, PAGE
from languages.cmdline.texts import command, rubbish

from ctys_ls.facts import NOTHING
from ctys_ls.languages import cmdline
from ctys_ls.requests import Invocation
from ctys_ls.text import Position, Span, apply_edits, content_length, replace, split_lines


def shape(tree: object) -> list[tuple[int, str]]:
    return list(zip(tree.starts, (chunk.text for chunk in tree.chunks), strict=True))


def assert_whole(lines: list[str], tree: object, where: str) -> None:
    assert "".join(chunk.text for chunk in tree.chunks) == "".join(lines), where
    for chunk in tree.chunks:
        ends = [0, *(lexeme.end for lexeme in chunk.lexemes)]
        assert [lexeme.start for lexeme in chunk.lexemes] == ends[:-1], where
        assert ends[-1] == len(chunk.text), where


@pytest.mark.parametrize("number", range(60))
def test_every_function_takes_any_text(number: int) -> None:
    seed = f"any-{number}"
    source = random.Random(seed)
    text = rubbish(source, source.randint(1, 400))
    where = f"seed {seed}, text {text!r}"
    lines = split_lines(text)
    tree = cmdline.parse(lines)
    assert_whole(lines, tree, where)
    inside = Position(len(lines), 0)
    for facts in (NOTHING, PAGE, AMBIGUOUS):
        for problem in cmdline.check(tree, facts):
            assert Position(0, 0) <= problem.span.start <= problem.span.end <= inside, (where, problem)
            for fix in problem.fixes:
                apply_edits(text, fix.edits)
    for _ in range(15):
        line = source.randrange(len(lines))
        place = Position(line, source.randint(0, content_length(lines[line])))
        found = cmdline.complete(tree, place, PAGE)
        assert found is None or found.replace.contains(place), (where, place)
        cmdline.hover(tree, place, PAGE)
    cmdline.build(text, PAGE, ENV)
    cmdline.symbols(tree)
    cmdline.folds(tree)
    marks = cmdline.tokens(tree)
    for one, next_one in pairwise(marks):
        assert one.span.end <= next_one.span.start, where
    for mark in marks:
        assert mark.span.start.line == mark.span.end.line, where


@pytest.mark.parametrize("number", range(40))
def test_an_edit_gives_what_a_fresh_parse_gives(number: int) -> None:
    seed = f"edit-{number}"
    source = random.Random(seed)
    lines = split_lines(rubbish(source, 300) + "\n" + "\n".join(source.sample(list(LINES.values()), 5)))
    tree = cmdline.parse(lines)
    for step in range(40):
        first, last = sorted(source.randrange(len(lines)) for _ in range(2))
        last = min(last, first + 2)
        where = Span(
            Position(first, source.randint(0, len(lines[first]))),
            Position(last, source.randint(0, len(lines[last]))),
        )
        text = source.choice(["", "'", '"', "\\\n", "\n", "x", "ctys -a list\n", "\r\n", rubbish(source, 20)])
        before = "".join(lines)
        change = replace(lines, where, text)
        tree, lines = cmdline.reparse(tree, change), change.lines
        fresh = cmdline.parse(lines)
        told = f"seed {seed}, step {step}, {where} := {text!r} in {before!r}"
        assert shape(tree) == shape(fresh), told
        assert tree.reaches == fresh.reaches, told


@pytest.mark.parametrize("number", range(300))
def test_formatting_is_idempotent_and_keeps_the_meaning(number: int) -> None:
    seed = f"format-{number}"
    source = random.Random(seed)
    text = command(source)
    where = f"seed {seed}, text {text!r}"
    once = apply_edits(text, cmdline.format(cmdline.parse(split_lines(text))))
    twice = apply_edits(once, cmdline.format(cmdline.parse(split_lines(once))))
    assert once == twice, where
    before, after = (cmdline.build(each, NOTHING, ENV) for each in (text, once))
    assert [problem.code for problem in before.problems] == [problem.code for problem in after.problems], (
        where
    )
    for one, other in zip(before.invocations, after.invocations, strict=True):
        assert isinstance(one, Invocation), where
        assert isinstance(other, Invocation), where
        assert one.targets == other.targets, where


def test_some_of_the_random_commands_have_no_problem() -> None:
    """The test above would prove little if the generator only made broken lines."""
    source = random.Random("sound")
    built = [cmdline.build(command(source), NOTHING, ENV) for _ in range(200)]
    assert sum(bool(each.invocations) for each in built) > 80


@pytest.mark.parametrize(
    "text", ["", "\n", "'", '"', "\\", "ctys '", "ctys -a", "ctys -a create=", "(", ")", "ctys )(", "$(", "`"]
)
def test_the_smallest_texts(text: str) -> None:
    lines = split_lines(text)
    tree = cmdline.parse(lines)
    assert_whole(lines, tree, text)
    cmdline.check(tree, PAGE)
    cmdline.complete(tree, Position(len(lines) - 1, len(lines[-1])), PAGE)
    cmdline.build(text, PAGE, ENV)
    cmdline.build_argv(text.split(), PAGE, ENV)
