"""Every code has its row, every row its example, and most have a fix that cures the example."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ctys_ls.facts import NOTHING, Equipment, Facts, Guest, Host, Refusal, mark_of
from ctys_ls.languages import xenconf
from ctys_ls.languages.repair import Repaired, repaired
from ctys_ls.languages.xenconf import Dialect, Options
from ctys_ls.languages.xenconf.options import DEFAULT
from ctys_ls.problems import Severity
from ctys_ls.schema.load import problem_rows
from ctys_ls.text import split_lines

ROWS = {code.removeprefix("xenconf."): row for code, row in problem_rows("xenconf").items()}
ALL = list(ROWS.values())
#: A whole file of their own; to the others a name and a kernel are added.
WHOLE = {"xenconf.name-missing", "xenconf.boot-missing", "xenconf.firmware", "xenconf.creation"}
SOURCES = Path(xenconf.__file__).parent
PAGE = (Path(__file__).parents[3] / "docs" / "diagnostics.md").read_text("utf-8")


@dataclass(frozen=True)
class Fixture:
    """What an example needs beside its text."""

    options: Options = DEFAULT
    path: str = ""
    facts: Facts = NOTHING


UUID = "6842caf91e3e43249ed596b8b9f2c5c2"
OTHER = Guest(
    "", "mail", "/w/mail.conf", UUID, ("00:16:3e:00:00:01",), ("192.168.1.220",),
    disks=("/srv/web.img",), vncdisplay=3,
)  # fmt: skip
LAB = Host(
    "lab00",
    equipment=Equipment(
        ("xenbr0",), 4, 512, 8192, {"/srv/wbe.img": False, "/k": True}, ("/srv/web.img", "/srv/iso")
    ),
)
#: The example of the page, and what a host of Xen 4.9 says about it.
REFUSED = "name = 'g'\nkernel = '/k'\ntype = 'pvh'\n"
REFUSING = replace(
    LAB,
    equipment=replace(
        LAB.equipment,
        verdicts={mark_of(REFUSED): Refusal("Invalid domain type pvh.", None), mark_of("x"): None},
    ),
)
THERE = replace(OTHER, host="lab00", path="/xen/mail.conf", running=True)
MEANT = {"": ("root@lab00",)}
OLD, XM = Fixture(Options(release="4.17")), Fixture(Options(dialect=Dialect.XM))
BESIDE = Fixture(path="/w/web.conf", facts=Facts(files=(OTHER,)))
ON_HOST = Fixture(path="/w/web.conf", facts=Facts(hosts=(LAB,), guests=(THERE,), targets=MEANT))
#: The code's family, or the code, to what its example stands in.
FIXTURES = {
    "newer-key": OLD,
    "disk-newer": OLD,
    "file-name": Fixture(path="/w/mail.conf"),
    "xm-python": XM, "xm-name": XM, "xm-coding": XM, "xm-exit": XM, "xm-device": XM, "xm-dropped": XM, "xm-xend": XM, "xm-nameless": XM,
    "workspace": BESIDE,
    "workspace-name": replace(BESIDE, facts=Facts(files=(replace(OTHER, label="web"),))),
    "host": ON_HOST,
    "host-refuses": replace(ON_HOST, facts=replace(ON_HOST.facts, hosts=(REFUSING,))),
    "host-name": replace(
        ON_HOST, facts=replace(ON_HOST.facts, guests=(replace(THERE, label="web", uuid="0" * 32),))
    ),
}  # fmt: skip


def fixture(row) -> Fixture:
    name = row.code.removeprefix("xenconf.")
    return FIXTURES.get(name) or FIXTURES.get(name.partition("-")[0]) or Fixture()


def example(row) -> str:
    if row.code == "xenconf.syntax-depth":
        return "disk = " + "[" * 5000 + "]" * 5000 + "\n"
    last = "" if row.code in {"xenconf.syntax-final-comment", "xenconf.stray-end"} else "\n"
    if row.code in WHOLE or (row.code.startswith("xenconf.xm-") and fixture(row) is XM):
        return row.example + last
    if row.code == "xenconf.syntax-bom":
        return row.example + last
    head = "" if "name = " in row.example else "name = 'g'\n"
    return head + ("" if "kernel" in row.example else "kernel = '/k'\n") + row.example + last


def problems(text: str, beside: Fixture = Fixture()):
    return xenconf.check(xenconf.parse(split_lines(text), beside.options, path=beside.path), beside.facts)


def mended(row) -> Repaired:
    beside = fixture(row)
    return repaired(xenconf, example(row), beside.facts, beside.options, path=beside.path, unsafe=True)


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.code)
def test_every_code_has_an_example_that_draws_it(row):
    found = {problem.code: problem for problem in problems(example(row), fixture(row))}
    assert row.code in found
    assert found[row.code].severity is Severity[row.severity.upper()]


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.code)
def test_every_code_has_its_page_with_cause_example_and_cure(row):
    assert row.example
    assert row.cause
    assert row.fix
    page = PAGE.partition(f"### {row.code}\n")[2].partition("\n### ")[0]
    assert row.cause in page
    assert "```\n" in page
    assert row.fix in page
    assert row.beside in page
    alone = problems(example(row))
    assert bool(row.beside) == (row.code not in {problem.code for problem in alone}) or row.beside.startswith(
        "And so"
    )


def test_every_code_that_the_checks_can_give_has_a_row():
    text = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py"))
    calls = re.findall(
        r'(?:error|warn|hint|report|refuse|doubt|_once)\(\s*(?:name,\s*"[a-z]+",\s*)?"([a-z][a-z-]+)"', text
    )
    calls += re.findall(r'(?:fault\(|Fault\()\s*"([a-z][a-z-]+)"', text)
    given = {*calls, *re.findall(r'"xenconf\.([a-z-]+)"', text)}
    assert len(given) > 90, "the pattern no longer finds the codes"
    assert given <= set(ROWS), given - set(ROWS)
    kinds = ("name", "uuid", "mac", "ip", "disk", "vnc")
    made = {f"{where}-{what}" for where in ("workspace", "host") for what in kinds}
    assert set(ROWS) - given == made


def test_a_file_is_called_after_its_guest():
    lines = split_lines('#@#MAGICID-XEN\nname = "tst100"\nkernel = "/k"\n')
    for path, hinted in (("/xen/tst100/tst100.conf", False), ("/xen/tst100/other.conf", True), ("", False)):
        found = xenconf.check(xenconf.parse(lines, path=path), NOTHING)
        assert ([problem.code for problem in found] == ["xenconf.file-name"]) is hinted, path


def fixable(row) -> bool:
    return any(problem.fixes for problem in problems(example(row), fixture(row)) if problem.code == row.code)


FIXABLE = [row for row in ALL if fixable(row)]


def test_most_codes_have_a_fix():
    share = len(FIXABLE) / len(ROWS)
    assert share >= 0.6, (
        f"{len(FIXABLE)} of {len(ROWS)}; without: {[r.code for r in ALL if r not in FIXABLE]}"
    )


@pytest.mark.parametrize("row", FIXABLE, ids=lambda row: row.code)
def test_the_fix_cures_its_example_and_is_done_then(row):
    once = mended(row)
    assert once.applied
    beside = fixture(row)
    assert row.code not in {problem.code for problem in problems(once.text, beside)}, once.text
    again = repaired(xenconf, once.text, beside.facts, beside.options, path=beside.path, unsafe=True)
    assert again.text == once.text


@pytest.mark.oracle
@pytest.mark.parametrize("row", FIXABLE, ids=lambda row: row.code)
def test_xl_takes_what_the_fixes_leave_without_errors(row, xl_dryrun):
    text = mended(row).text
    errors = [problem for problem in problems(text) if problem.severity is Severity.ERROR]
    assert xl_dryrun.check(text.encode("utf-8")).accepted == (not errors), text
