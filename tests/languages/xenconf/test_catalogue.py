"""Every code has its row, every row its example, and most have a fix that cures the example."""

import re
from pathlib import Path

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.languages.repair import repaired
from ctys_ls.problems import Severity
from ctys_ls.schema.load import problem_rows
from ctys_ls.text import split_lines

ROWS = {code.removeprefix("xenconf."): row for code, row in problem_rows("xenconf").items()}
EXAMPLES = [row for row in ROWS.values() if row.example]
#: A whole file of their own; to the others a name and a kernel are added.
WHOLE = {"xenconf.name-missing", "xenconf.boot-missing", "xenconf.firmware", "xenconf.creation"}
SOURCES = Path(xenconf.__file__).parent


def example(row) -> str:
    last = "" if row.code in {"xenconf.syntax-final-comment", "xenconf.stray-end"} else "\n"
    head = "" if row.code in WHOLE else "name = 'g'\n"
    head += "" if row.code in WHOLE or "kernel" in row.example else "kernel = '/k'\n"
    return row.example + last if row.code == "xenconf.syntax-bom" else head + row.example + last


def problems(text: str):
    return xenconf.check(xenconf.parse(split_lines(text)), NOTHING)


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row.code)
def test_the_example_draws_its_code(row):
    found = {problem.code: problem for problem in problems(example(row))}
    assert row.code in found
    assert found[row.code].severity is Severity[row.severity.upper()]


def test_every_code_that_the_checks_can_give_has_a_row():
    text = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py"))
    calls = re.findall(
        r'(?:error|warn|hint|report|refuse|doubt|_once)\(\s*(?:name,\s*"[a-z]+",\s*)?"([a-z][a-z-]+)"', text
    )
    calls += re.findall(r'(?:fault\(|Fault\()\s*"([a-z][a-z-]+)"', text)
    given = {*calls, *re.findall(r'"xenconf\.([a-z-]+)"', text)}
    assert len(given) > 90, "the pattern no longer finds the codes"
    assert given <= set(ROWS), given - set(ROWS)
    made = {f"workspace-{what}" for what in ("name", "uuid", "mac", "ip", "disk", "vnc")}
    assert set(ROWS) - given == made


def test_a_file_is_called_after_its_guest():
    lines = split_lines('#@#MAGICID-XEN\nname = "tst100"\nkernel = "/k"\n')
    for path, hinted in (("/xen/tst100/tst100.conf", False), ("/xen/tst100/other.conf", True), ("", False)):
        found = xenconf.check(xenconf.parse(lines, path=path), NOTHING)
        assert ([problem.code for problem in found] == ["xenconf.file-name"]) is hinted, path


def fixable(row) -> bool:
    return any(problem.fixes for problem in problems(example(row)) if problem.code == row.code)


def test_most_codes_have_a_fix():
    assert sum(map(fixable, EXAMPLES)) >= 0.6 * len(ROWS)


@pytest.mark.parametrize("row", [row for row in EXAMPLES if fixable(row)], ids=lambda row: row.code)
def test_the_fix_cures_its_example_and_is_done_then(row):
    text = example(row)
    once = repaired(xenconf, text, NOTHING, unsafe=True)
    assert once.applied
    assert row.code not in {problem.code for problem in problems(once.text)}, once.text
    assert repaired(xenconf, once.text, NOTHING, unsafe=True).text == once.text


@pytest.mark.oracle
@pytest.mark.parametrize("row", [row for row in EXAMPLES if fixable(row)], ids=lambda row: row.code)
def test_xl_takes_what_the_fixes_leave_without_errors(row, xl_dryrun):
    text = repaired(xenconf, example(row), NOTHING, unsafe=True).text
    errors = [problem for problem in problems(text) if problem.severity is Severity.ERROR]
    assert xl_dryrun.check(text.encode("utf-8")).accepted == (not errors), text
