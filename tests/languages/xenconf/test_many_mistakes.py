"""More mistakes than anybody reads: the first of each kind are listed, the rest is counted, and memory stays in bounds."""

import tracemalloc
from collections import Counter

import pytest

from ctys_ls.documents import Documents
from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf.rules.reader import MOST
from ctys_ls.problems import Severity
from ctys_ls.text import Encoding, Position, Span

HEAD = 'name = "g"\nkernel = "/boot/k"\n'


def problems(text):
    return xenconf.check(Documents().open("file:///w/g.conf", "xenconf", 1, text).tree, NOTHING)


@pytest.mark.parametrize("between", [",", ",\n"], ids=["one line", "a line each"])
def test_the_rest_is_counted_at_the_last_one(between):
    text = HEAD + "vif = [" + between.join(["'x'"] * 3 * MOST) + "]\n"
    found = problems(text)
    assert Counter(problem.code for problem in found) == {"xenconf.vif-key": MOST + 1}
    last = found[-1]
    assert (
        last.message
        == f"There are {2 * MOST} more problems like the {MOST} before, this is the last of them."
    )
    lines = text.split("\n")
    assert lines[last.span.start.line][last.span.start.column :].lstrip("'").startswith("x']")


def test_an_error_behind_hundreds_of_warnings_is_listed():
    strings = ["'mac=00:16:3e:00:00:01,no'"] + ["'x'"] * 3 * MOST + ["'rate=fast'"]
    found = problems(HEAD + "vif = [\n" + ",\n".join(strings) + "]\n")
    assert Severity.ERROR in {problem.severity for problem in found}


def test_mistakes_that_were_counted_are_listed_once_there_is_room():
    documents = Documents()
    text = HEAD + "vif = [\n" + "'x',\n" * (MOST + 300) + "]\n"
    before = xenconf.check(documents.open("file:///w/g.conf", "xenconf", 1, text).tree, NOTHING)
    cut = Span(Position(3, 0), Position(3 + 400, 0))
    document = documents.change("file:///w/g.conf", 2, [(cut, "")], Encoding.UTF16)
    after = xenconf.check(document.tree, NOTHING)
    assert (len(before), len(after)) == (MOST + 1, MOST + 300 - 400)
    assert after == problems(document.text)


def test_a_key_that_is_set_twenty_thousand_times_on_a_line_takes_no_quadratic_time():
    """Each mark that is made looks at the whole line, so only the last few are made."""
    found = problems(HEAD + "vcpus=1;" * 20_000 + "\n")
    assert Counter(problem.code for problem in found) == {"xenconf.duplicate-key": 3}


def test_a_mistake_in_every_short_element_is_kept_in_a_few_bytes():
    text = HEAD + "vif = [\n" + "'x',\n" * 20_000 + "]\n"
    problems(HEAD)
    tracemalloc.start()
    try:
        document = Documents().open("file:///w/g.conf", "xenconf", 1, text)
        xenconf.check(document.tree, NOTHING)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 30 * len(text)
