"""The grammar against the real libxlutil on generated files: the verdict, the values, the lines of the errors.

CTYS_SEED and CTYS_FILES choose the seed and the number of files.
"""

import os
import random

import pytest
from languages.xenconf.generated import any_file

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf import Dialect, Options
from ctys_ls.languages.xenconf.automaton import DEEPEST
from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.languages.xenconf.values import Atom
from ctys_ls.problems import Severity
from ctys_ls.text import split_lines

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(300)]

SEED = int(os.environ.get("CTYS_SEED", "4017"))
FILES = int(os.environ.get("CTYS_FILES", "20000"))
XL = Options(dialect=Dialect.XL)


def read(text: str):
    """Our verdict in the oracle's terms: the scanner's lines with syntax errors, and the effective values."""
    lines = split_lines(text)
    tree = xenconf.parse(lines, XL)
    found = [
        problem
        for problem in xenconf.check(tree, NOTHING)
        if problem.code.startswith("xenconf.syntax") and problem.severity is Severity.ERROR
    ]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + (1 if line.endswith("\n") else 0))
    if found:
        covered = {
            starts[line] + 1
            for problem in found
            for line in range(problem.span.start.line, problem.span.end.line + 1)
        }
        if any(
            problem.code == "xenconf.syntax-crlf" for problem in found
        ):  # one problem stands for all of them
            covered |= {
                starts[number] + 1 for number, line in enumerate(lines) if line.endswith(("\r\n", "\r"))
            }
        return found, sorted(covered), {}
    reader = Reader(tree)
    values = {name: value(one) for name in reader.names() if (one := reader.find(name))}
    return found, [], values


def value(found):
    return found.text if found.text is not None else [plain(item.value) for item in found.items]


def plain(item):
    return item.value if isinstance(item, Atom) else [plain(one) for one in item]


def compare(libxl, text: str) -> str:
    """What differs, empty where nothing does."""
    data = text.encode("utf-8", "surrogateescape")
    theirs = libxl.read(data)
    found, lines, values = read(text)
    if theirs["accepted"] == bool(found):
        return f"verdict: libxlutil {'accepts' if theirs['accepted'] else 'refuses'}, we say {found}, {theirs['report']!r}"
    if theirs["accepted"]:
        effective = {name: one for name, _, _, one in theirs["settings"]}
        ours = {name: encoded(one) for name, one in values.items()}
        return "" if effective == ours else f"values: {effective} {ours}"
    told = [line for line, _ in theirs["errors"]]
    if not told:
        return ""
    unexplained = [line for line in told if not any(meets(line, lines) for _, meets in LINES)]
    first = min(told)
    if unexplained or lines[0] > first + 1 or not any(meets(first, lines) for _, meets in LINES):
        return f"lines: libxlutil {theirs['errors']}, we {[(p.span.start.line + 1, p.code) for p in found]}"
    return ""


#: The line that libxlutil tells of an error and the lines of our problems: why they may differ, and how they then meet.
LINES = (
    ("it tells the line that the problem stands on", lambda told, ours: told in ours),
    (
        "an error at a line end, or in a += of many lines, is told for a line before (xen-conf section 2, fact 4)",
        lambda told, ours: told + 1 in ours,
    ),
)
#: Texts that are not given to the library, and why.
NOT_ASKED = (("a NUL in a string ends the library's process by an assertion", lambda text: "\0" in text),)


def encoded(one):
    if isinstance(one, list):
        return [encoded(item) for item in one]
    return one.encode("utf-8", "surrogateescape").decode("latin-1")


def test_generated_files(libxl):
    chance = random.Random(SEED)
    failures = []
    asked = refused = 0
    while asked < FILES:
        text = any_file(chance)
        if any(left_out(text) for _, left_out in NOT_ASKED):
            continue
        difference = compare(libxl, text)
        refused += bool(read(text)[0])
        if difference:
            failures.append(f"seed {SEED} file {asked}: {text!r}\n    {difference}")
        asked += 1
    assert FILES // 5 < refused < FILES - FILES // 5, "the generator has become lopsided"
    assert not failures, f"{len(failures)} of {FILES} differ:\n" + "\n".join(failures[:25])


@pytest.mark.parametrize("depth", [4000, DEEPEST - 1, DEEPEST, DEEPEST + 1, DEEPEST + 2, 6000])
def test_the_deepest_list(libxl, depth):
    text = "a=" + "[" * depth + "]" * depth + "\n"
    found = [problem.code for problem in xenconf.check(xenconf.parse(split_lines(text), XL), NOTHING)]
    assert libxl.read(text.encode())["accepted"] == ("xenconf.syntax-depth" not in found)
