"""The layout changes blanks only: the settings stay, comments stay, and a second run changes nothing."""

import random
import re

import pytest
from languages.xenconf.generated import any_file

from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf import Dialect, Options
from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.languages.xenconf.values import Atom
from ctys_ls.text import Position, Span, apply_edits, split_lines

XL = Options(dialect=Dialect.XL)


def laid_out(text: str, where=None) -> str:
    return apply_edits(text, xenconf.format(xenconf.parse(split_lines(text), XL), where))


def meaning(text: str):
    tree = xenconf.parse(split_lines(text), XL)
    reader = Reader(tree)
    values = {name: plain(one.last.setting.value) for name in reader.names() if (one := reader.find(name))}
    problems = sorted(problem.code for index in tree.flawed for problem in tree.chunks[index].problems)
    return values, problems


def plain(value):
    return value.value if isinstance(value, Atom) else [plain(item) for item in value]


PAGE = """\
# a guest\x20\x20
name="g"   # the name
memory   =128
disk=['a',
"b" ,  # two
      # three
]
vif=[]
irqs=[5,6,[1]]; vcpus=1

 extra  +=  "a  b"


"""

PAGE_LAID_OUT = """\
# a guest
name = "g"   # the name
memory = 128
disk = [ 'a',
    "b",  # two
    # three
]
vif = []
irqs = [ 5, 6, [ 1 ] ]; vcpus = 1

extra += "a  b"
"""


def test_a_page():
    assert laid_out(PAGE) == PAGE_LAID_OUT


def test_lines_outside_a_range_stay():
    text = "a=1\nb=2\nc=3\n"
    assert laid_out(text, Span(Position(1, 0), Position(1, 3))) == "a=1\nb = 2\nc=3\n"


def test_a_missing_line_end_is_added():
    assert laid_out("a = 1") == "a = 1\n"


@pytest.mark.parametrize("seed", range(8))
def test_generated_files(seed):
    chance = random.Random(seed)
    for number in range(150):
        text = any_file(chance)
        once = laid_out(text)
        assert laid_out(once) == once, (seed, number, text)
        before, after = meaning(text), meaning(once)
        # What the final line end cures: an unfinished comment, or a stray character that xl drops at the very end.
        if text.endswith("\n"):
            assert before == after, (seed, number, text, once)
        comments = re.findall(r"#[^\n]*", text)
        if "'" not in text and '"' not in text and "\r" not in text:
            assert [one.rstrip() for one in comments] == [
                one.rstrip() for one in re.findall(r"#[^\n]*", once)
            ]
