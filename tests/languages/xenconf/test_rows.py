"""A long list is parsed in blocks; after any edits the tree and the problems are those of a text read from scratch."""

import os
import random

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf import rows
from ctys_ls.languages.xenconf.values import Atom
from ctys_ls.text import Position, Span, replace, split_lines

SEED = int(os.environ.get("CTYS_TEST_SEED") or random.randrange(2**32))
HEAD = '#@#MAGICID-XEN\nname = "a"\nkernel = "/k"\n'
#: Lines of a list: plain ones, such as the automaton has to read, and such as break it.
LINES = {
    "disk": ["  'phy:/dev/x{n},xvd{a}{b},w',\n", "  '/img/{n}.img,raw,hd{a},r', # {n}\n"],
    "vif": [
        "  'mac=00:16:3e:00:0{d}:{d}{d},bridge=xenbr0',\n",
        "  'bridge=br{n}',\n",
        "  'model=x{n}'\n ,\n",
    ],
    "irqs": ["  {n}, {n}, 0x{n},\n", " {d}\n", ",\n", ", {n}\n"],
    "device_model_args": ['  "-device", "rng{n}",\n', "  '-x{n}', \"y\" \n  ,\n"],
}
ODD = [
    "\n",
    "  # note {n}\n",
    " '\\x41{n}',\n",
    "[ 'in', 'side'\n ], \n",
    "'cr', \r\n",
    "'a'\r, 'b',\n",
    "[],\n",
]
BROKEN = [
    "'a' 'b',\n",
    "word,\n",
    "]\nname = 'b'\nvif = [\n",
    "'open\n",
    ",,\n",
    "'\\q',\n",
    "{n} = {n}\n",
    "; \n",
]
PIECES = [
    "x",
    "'",
    '"',
    ",",
    "[",
    "]",
    "\n",
    "\r",
    "#",
    "\\",
    " ",
    ";",
    "= [",
    "9",
    "'p',",
    "\n]\n",
    "]; extra = [",
]


def line(chance: random.Random, key: str, *, broken: float) -> str:
    found = chance.random()
    form = chance.choice(BROKEN if found < broken else ODD if found < 0.2 else LINES[key])
    letters = {"a": chance.choice("abcdefgh"), "b": chance.choice("abcdefgh")}
    return form.format(n=chance.randrange(100), d=chance.randrange(10), **letters)


def text(chance: random.Random) -> str:
    key = chance.choice(list(LINES))
    body = "".join(line(chance, key, broken=0.005) for _ in range(chance.randrange(1, 150)))
    after = "".join(chance.choice(["memory = 5\n", "# end\n", "disk = [ 'a' ]\n", ""]) for _ in range(4))
    operator = chance.choice(["=", "=", "+="])
    return f"{HEAD}{key} {operator} [ {chance.choice(['', '# first', chr(39) + 'p' + chr(39) + ','])}\n{body}]\n{after}"


def edit(chance: random.Random, lines: list[str]) -> tuple[Span, str]:
    first = chance.randrange(len(lines))
    column = chance.randrange(len(lines[first]) + 1)
    start = Position(first, column)
    kind = chance.randrange(7)
    if kind == 6 and (comma := lines[first].rfind(",")) >= 0:
        return Span(Position(first, comma), Position(first, comma + 1)), ""
    if kind < 3:
        width = chance.choice([0, 0, 1])
        return Span(start, Position(first, column + width)), chance.choice(PIECES)
    if kind == 3:
        key = chance.choice(list(LINES))
        fresh = "".join(line(chance, key, broken=0.01) for _ in range(chance.randrange(1, 12)))
        return Span(Position(first, 0), Position(first, 0)), fresh
    last = min(len(lines) - 1, first + chance.randrange(1, 20))
    if kind == 4:
        return Span(Position(first, 0), Position(last, 0)), ""
    return Span(start, Position(last, chance.randrange(len(lines[last]) + 1))), chance.choice([*PIECES, ""])


def plain(value):
    inside = value.raw if isinstance(value, Atom) else [plain(item) for item in value]
    return inside, value.span


def shape(tree):
    return [
        (
            start,
            chunk.height,
            chunk.names,
            chunk.problems,
            chunk.python,
            [(one.name, one.name_span, one.appends, plain(one.value)) for one in tree.settings(index)],
        )
        for index, (chunk, start) in enumerate(zip(tree.chunks, tree.starts, strict=True))
    ]


@pytest.mark.parametrize("height", [3, 64])
def test_any_edits_of_long_lists(monkeypatch, height):
    monkeypatch.setattr(rows, "_LINES", height)
    for number in range(40):
        chance = random.Random(SEED + number)
        tree = xenconf.parse(split_lines(text(chance)))
        for step in range(10):
            where, fresh = edit(chance, tree.lines)
            change = replace(tree.lines, where, fresh)
            before = "".join(tree.lines)
            tree = xenconf.reparse(tree, change)
            whole = xenconf.parse(split_lines("".join(change.lines)))
            said = f"CTYS_TEST_SEED={SEED + number}, height {height}, edit {step}: {where} {fresh!r} of {before!r}"
            assert shape(tree) == shape(whole), said
            assert tree.by_name == whole.by_name, said
            assert tree.flawed == whole.flawed, said
            assert xenconf.check(tree, NOTHING) == xenconf.check(whole, NOTHING), said
            assert xenconf.symbols(tree) == xenconf.symbols(whole), said


def test_an_element_is_found_by_its_place():
    chance = random.Random(SEED)
    forms = [*LINES["irqs"][:1], *LINES["disk"], "[ 'in', 'side'\n ],\n", "\n", " '\\x41{n}', # x\n"]
    body = "".join(chance.choice(forms).format(n=n, a="a", b="b", d=1) for n in range(400))
    tree = xenconf.parse(split_lines(f"{HEAD}disk = [ 'first',\n{body} 'last' ]\n"))
    (setting,) = tree.settings(3)
    assert len(tree.chunks[3].rows) > 2, SEED
    for item in setting.value:
        for place in item.span:
            assert plain(setting.value.at(place)) == plain(
                next(one for one in setting.value if one.span.contains(place))
            ), (SEED, place)


def test_an_edit_touches_one_block():
    body = "".join(f"  'mac=00:16:3e:00:{n // 256:02x}:{n % 256:02x}',\n" for n in range(5000))
    tree = xenconf.parse(split_lines(f"{HEAD}vif = [\n{body}]\n"))
    xenconf.check(tree, NOTHING)
    for where, fresh in (
        (Span(Position(2500, 9), Position(2500, 9)), "1"),
        (Span(Position(2500, 0), Position(2500, 0)), "\n"),
        (Span(Position(2500, 0), Position(2503, 0)), ""),
        (Span(Position(4, 0), Position(4, 0)), "# note\n"),
        (Span(Position(5001, 4), Position(5001, 5)), ""),
    ):
        old = {id(block) for block in tree.chunks[3].rows}
        tree = xenconf.reparse(tree, replace(tree.lines, where, fresh))
        new = [block for block in tree.chunks[3].rows if id(block) not in old]
        assert sum(block.height for block in new) < 200, where
        assert sum(block.height for block in tree.chunks[3].rows) > 4000
