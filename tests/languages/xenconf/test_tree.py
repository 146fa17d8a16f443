"""The tree loses nothing, and an edit parses only what it touches, with the same outcome as parsing everything."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf import parser
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.text import Position, Span, replace, split_lines

PARTS = [
    'name = "a"',
    "memory=128",
    "disk = [",
    "'phy:/x,xvda,w'",
    ",",
    "]",
    "\n",
    "\r\n",
    "\r",
    "# a comment",
    ";",
    "+=",
    "vif=['mac=00:16:3e:00:00:01']",
    '"',
    "'",
    "\\",
    "\0",
    "True",
    "import os",
    "é😀",
    " ",
    "\t",
    "[[",
    "08",
    "vcpus = 2\n",
]
TEXTS = st.lists(st.sampled_from(PARTS), max_size=30).map("".join)


def shape(tree: Tree):
    assert list(tree.starts) == [
        sum(chunk.height for chunk in tree.chunks[:index]) for index in range(len(tree.chunks))
    ]
    assert sum(chunk.height for chunk in tree.chunks) == len(tree.lines)
    return [
        (
            chunk.height,
            chunk.names,
            chunk.problems,
            [(one.name, one.line, one.start, one.appends, one.span) for one in tree.settings(index)],
        )
        for index, chunk in enumerate(tree.chunks)
    ]


@given(
    TEXTS,
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 3), st.integers(0, 9), TEXTS),
        max_size=6,
    ),
)
@settings(max_examples=300, deadline=None)
def test_an_edited_tree_is_the_tree_of_the_edited_text(text, edits):
    lines = split_lines(text)
    tree = xenconf.parse(lines)
    for line, column, height, width, fresh in edits:
        change = replace(
            tree.lines, Span(Position(line, column), Position(line + height, column + width)), fresh
        )
        tree = xenconf.reparse(tree, change)
        whole = xenconf.parse(split_lines("".join(change.lines)))
        assert list(tree.lines) == list(whole.lines)
        assert shape(tree) == shape(whole)
        assert tree.by_name == whole.by_name
        assert tree.flawed == whole.flawed
        assert tree.appending == whole.appending
        assert xenconf.check(tree, NOTHING) == xenconf.check(whole, NOTHING)


@given(st.text(), st.integers(0, 20), st.integers(0, 20))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_any_answer_fail(text, line, column):
    tree = xenconf.parse(split_lines(text))
    shape(tree)
    everything(tree, Position(line, column))


@given(TEXTS, st.integers(0, 20), st.integers(0, 30))
@settings(max_examples=200, deadline=None)
def test_no_xen_text_makes_any_answer_fail(text, line, column):
    everything(xenconf.parse(split_lines(text)), Position(line, column))


def everything(tree: Tree, place: Position):
    xenconf.check(tree, NOTHING)
    xenconf.complete(tree, place, NOTHING)
    xenconf.hover(tree, place, NOTHING)
    xenconf.symbols(tree)
    xenconf.folds(tree)
    for token in xenconf.tokens(tree):
        assert token.span.start.line == token.span.end.line
    xenconf.format(tree)


# The second statement ends in a semicolon: plain lines share their chunks.
BLOCK = 'name = "vm%d"\nmemory = %d;\ndisk = [ "phy:/dev/vg/%d,xvda,w" ]\n# note\n'


def test_an_edit_touches_only_the_chunk_it_lies_in():
    tree = xenconf.parse(split_lines("".join(BLOCK % (i, i, i) for i in range(100))))
    edited = xenconf.reparse(tree, replace(tree.lines, Span(Position(41, 9), Position(41, 9)), "7"))
    fresh = [
        index
        for index, (old, new) in enumerate(zip(tree.chunks, edited.chunks, strict=True))
        if old is not new
    ]
    assert fresh == [41]
    assert edited.by_name is tree.by_name


@pytest.mark.parametrize(("before", "after"), [("=", "+="), ("+=", "=")])
def test_an_operator_that_changes_is_noticed(before, after):
    text = "extra = 'a'\nextra {} 'b'\n"
    tree = xenconf.parse(split_lines(text.format(before)))
    where = Span(Position(1, 6), Position(1, 6 + len(before)))
    tree = xenconf.reparse(tree, replace(tree.lines, where, after))
    whole = xenconf.parse(split_lines(text.format(after)))
    assert tree.appending == whole.appending
    assert xenconf.check(tree, NOTHING) == xenconf.check(whole, NOTHING)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0" * 5000,
        "[" * 20000,
        "a=" + "[" * 20000 + "]" * 20000,
        "'" * 30001,
        '"\\' * 20000,
        "a" * 100000,
        "=" * 50000,
        "a=[" + "1," * 40000 + "]\n",
        "#" * 100000,
        "\r" * 20000,
        "[\r" * 10000,
    ],
)
@pytest.mark.timeout(90)
def test_odd_texts_take_no_quadratic_time(text):
    tree = xenconf.parse(split_lines(text))
    place = Position(len(tree.lines) - 1, 0)
    everything(tree, place)


def test_random_bytes_are_read_as_any_editor_shows_them():
    seed = 20260
    chance = random.Random(seed)
    for _ in range(50):
        raw = bytes(chance.choices(range(256), k=chance.randrange(300)))
        text = raw.decode("utf-8", "surrogateescape")
        tree = xenconf.parse(split_lines(text))
        assert "".join(tree.lines) == text, (seed, raw)
        everything(tree, Position(0, 0))


@given(st.lists(st.sampled_from([*PARTS, "a", "=", "[", "+", "5", "#"]), max_size=8).map("".join))
@settings(max_examples=1500, deadline=None)
def test_a_line_that_is_refused_unread_is_refused_when_read(text):
    line = text.replace("\n", " ") + "\n"
    if parser._HOPELESS.fullmatch(line):
        read = parser._parsed((line, "x = 1\n", ""), 0)
        assert (read.height, read.names, bool(read.problems), read.windows) == (1, (), True, False)
