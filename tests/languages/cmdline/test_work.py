"""What is asked about a line or a stretch of lines is worked out from these lines, and what is known of a line is kept."""

from __future__ import annotations

import random
from importlib import import_module

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.handlers.code_actions import safe_edits
from ctys_ls.languages import cmdline
from ctys_ls.problems import Fix, Problem, Severity
from ctys_ls.text import Change, Edit, Position, Span, replace, span, split_lines

LINES = 300
TEXT = "".join(
    f"ctys -t xen -a create=l:tst{number % 7},CONSOLE:emacs lab{number % 5:02}'(-Z KSU)'\n"
    for number in range(LINES)
)


@pytest.fixture
def seen(monkeypatch):
    """The commands whose names or places were worked out."""
    commands = []

    def counting(module, name):
        module = import_module(f"ctys_ls.languages.cmdline.{module}")
        function = getattr(module, name)

        def counted(command, other):
            commands.append(command)
            return function(command, other)

        monkeypatch.setattr(module, name, counted)

    counting("names", "_command")
    counting("outline", "command_span")
    return commands


def test_actions_look_at_the_lines_asked_about(seen):
    tree = cmdline.parse(split_lines(TEXT))
    whole = cmdline.command_lines(tree)
    assert len(whole) == len(seen) == LINES
    seen.clear()
    assert cmdline.command_lines(tree, span(20, 3, 5)) == whole[20:21]
    assert cmdline.command_lines(tree, Span(Position(20, 3), Position(22, 0))) == whole[20:23]
    assert len(seen) == 4


@pytest.mark.parametrize("kind", ["markdown", "org", "shell"])
def test_a_stretch_of_other_text_has_the_commands_in_it(kind):
    blocks = {
        "markdown": "text\n```sh\n{}{}```\n",
        "org": "text\n#+begin_src sh\n{}{}#+end_src\n",
        "shell": "if true; then\n{}{}fi\n",
    }
    text = "".join(blocks[kind].format(f"ctys -a list lab{n}\n", f"ctys -a info lab{n}\n") for n in range(9))
    tree = cmdline.parse(split_lines(text), cmdline.Options(kind))
    whole = cmdline.command_lines(tree)
    assert len(whole) == 18
    for first in range(len(tree.chunks) * 2):
        where = Span(Position(first, 0), Position(first + 2, 0))
        wanted = [one for one in whole if one[0].start <= where.end and where.start <= one[0].end]
        assert [one for one in wanted if one not in cmdline.command_lines(tree, where)] == []


def test_names_are_kept_with_their_lines(seen):
    lines = split_lines(TEXT)
    tree = cmdline.parse(lines)
    place = Position(20, lines[20].index("tst6") + 1)
    assert cmdline.name_at(tree, place).text == "tst6"
    assert len(seen) == 1
    found = cmdline.references(tree, place)
    assert [where.start.line for where in found] == list(range(6, LINES, 7))
    assert len(seen) == LINES
    changed = [*lines]
    changed[40] = lines[40].replace("tst5", "tst6")
    tree = cmdline.reparse(tree, Change(changed, 40, 1, 1))
    seen.clear()
    found = cmdline.references(tree, place)
    assert [where.start.line for where in found] == sorted([*range(6, LINES, 7), 40])
    assert len(seen) == 1
    assert cmdline.references(tree, place) == [
        name.span for name in cmdline.names(tree) if (name.kind, name.text) == ("label", "tst6")
    ]


@pytest.mark.parametrize("seed", range(50))
def test_safe_edits_never_touch(seed):
    chance = random.Random(seed)
    problems = []
    for _ in range(chance.randint(1, 40)):
        start = chance.randint(0, 90)
        edits, at = [], start
        for _ in range(chance.randint(1, 3)):
            end = at + chance.randint(0, 3)
            edits.append(Edit(span(0, at, end), "x"))
            at = end + chance.randint(1, 20)
        problems.append(
            Problem("x", Severity.ERROR, span(0, start, at), "x", (Fix("x", tuple(edits), safe=True),))
        )
    taken = []
    for problem in problems:
        edits = problem.fixes[0].edits
        if not any(
            one.span.start <= other.span.end and other.span.start <= one.span.end
            for one in edits
            for other in taken
        ):
            taken += edits
    assert safe_edits(problems) == taken, seed


@pytest.mark.parametrize("seed", range(3))
def test_after_an_edit_a_check_asks_few_lines_and_finds_what_a_fresh_one_finds(seed):
    chance = random.Random(seed)
    pieces = ["x", " ", "'", "\\", "\n", "lab01", ",BOOTMODE:y", "ctys -a lost\n", "lab02'(-Z KSU)'\n", ""]
    lines = split_lines(TEXT)
    tree = cmdline.parse(lines)
    assert cmdline.check(tree) == []
    known = 0
    for step in range(40):
        line = chance.randrange(len(lines) - 1)
        start, end = sorted(chance.randint(0, len(lines[line]) - 1) for _ in range(2))
        where = span(line, start, min(end, start + 3))
        if chance.random() < 0.2:
            where = Span(Position(line, 0), Position(line + 1, 0))
        change = replace(lines, where, chance.choice(pieces))
        tree, lines = cmdline.reparse(tree, change), change.lines
        facts, doubtful = tree.doubts.known
        assert facts is NOTHING
        # Those of before, and the few that are new: a quote that stays open takes at most 64 lines.
        assert len(doubtful) <= known + 70, (seed, step)
        problems = cmdline.check(tree)
        assert problems == cmdline.check(cmdline.parse(lines)), (seed, step)
        known = len(tree.doubts.known[1])
        assert known < LINES // 2, (seed, step)
