"""Names that places share, and signatures."""

import pytest

from ctys_ls.facts import NOTHING, Facts, Guest
from ctys_ls.languages import cmdline
from ctys_ls.languages.answers import Place
from ctys_ls.text import Position, Span, apply_edits, slice_of, span, split_lines


def found(text: str, path: str = "") -> list[tuple[str, str, bool]]:
    lines = split_lines(text)
    names = cmdline.names(cmdline.parse(lines, path=path))
    for name in names:
        assert slice_of(lines, name.span) in (name.text, "")
    return [(name.kind, name.text, name.definition) for name in names]


def test_names_of_a_command() -> None:
    text = "ctys -t xen -a create=l:tst100,CONSOLE:cli root@lab00'(-a list={macro:TAB%mine})' lab01 $OTHER"
    assert found(text) == [
        ("label", "tst100", False),
        ("host", "lab00", False),
        ("macro", "TAB", False),
        ("host", "lab01", False),
    ]


def test_names_of_a_macro_file() -> None:
    text = "# none here: macro:X\nA = 3_Label_10\nTAB = tab_gen:macro:A%%\\\n  macro:B\n"
    path = "/home/a/.ctys/macros/default"
    assert found(text, path) == [
        ("macro", "A", True),
        ("macro", "TAB", True),
        ("macro", "A", False),
        ("macro", "B", False),
    ]
    names = cmdline.names(cmdline.parse(split_lines(text), path=path))
    assert [name.inside for name in names] == ["", "", "TAB", "TAB"]


def test_names_of_a_group_file() -> None:
    assert found("lab00'(-Z KSU)' root@lab01\n#include rest\n", "/home/a/.ctys/groups/lab/all") == [
        ("host", "lab/all", True),
        ("host", "lab00", False),
        ("host", "lab01", False),
        ("host", "rest", False),
    ]


def test_the_name_at_a_place() -> None:
    tree = cmdline.parse(["ctys -a list=macro:TAB lab00"])
    assert cmdline.name_at(tree, Position(0, 20)).text == "TAB"
    assert cmdline.name_at(tree, Position(0, 25)).text == "lab00"
    assert cmdline.name_at(tree, Position(0, 6)) is None


@pytest.mark.parametrize(
    ("text", "label", "active"),
    [
        ("ctys -t |", "-t TYPE", "TYPE"),
        ("ctys -t xen -a create=|", "CREATE=…", "…"),
        ("ctys -t xen -a create=l:tst100,CONS|", None, "CONS"),
        (
            "ctys -t xen -a create=l:tst100,RESUME:x| lab00",
            "CREATE=LABEL:LABEL,RESUME[:STATEFILE]",
            "RESUME[:STATEFILE]",
        ),
        ("ctys lab00'(-Z |", "-Z KSU|SUDO|NOKSU|NOSUDO|ALL", "KSU|SUDO|NOKSU|NOSUDO|ALL"),
    ],
)
def test_signatures(text: str, label: str | None, active: str) -> None:
    line = text.replace("|", "", 1)
    shown = cmdline.signature(cmdline.parse([line]), Position(0, text.index("|")), NOTHING)
    assert shown is not None
    assert label is None or shown.label == label
    assert shown.parameters[shown.active][0] == active
    assert all(part in shown.label for part, _ in shown.parameters)


def test_no_signature_elsewhere() -> None:
    tree = cmdline.parse(["ctys -a list lab00 # comment"])
    assert cmdline.signature(tree, Position(0, 2), NOTHING) is None
    assert cmdline.signature(tree, Position(0, 25), NOTHING) is None


MACRO_FILE = "/home/a/.ctys/macros/default"
WORLD = Facts(
    guests=(
        Guest("lab00", "tst100", "/work/tst100.conf", running=True, source="list"),
        Guest("lab00", "tst101", "/vm/tst101.conf", source="enumerate"),
    ),
    files=(Guest("", "tst100", "/work/tst100.conf", source="workspace"),),
    macros={"default": {"TAB": "machine"}},
    groups={"all": ("lab00", "lab01")},
    macro_files={"default": "/home/a/.ctys/macros/default"},
    group_files={"all": "/srv/racks/all"},
    home="/home/a",
)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("ctys -a list=macro:T|AB lab00", "/home/a/.ctys/macros/default"),
        ("ctys -a list a|ll", "/srv/racks/all"),
        ("ctys -t xen -a create=l:tst|100 lab00", "/work/tst100.conf"),
        ("ctys -t xen -a create=l:tst|101 lab00", None),
        ("ctys -a list lab|00", None),
    ],
)
def test_definitions_in_other_files(text: str, target: str | None) -> None:
    tree = cmdline.parse([text.replace("|", "")])
    places = cmdline.definition(tree, Position(0, text.index("|")), WORLD)
    assert places == ([Place(span(0, 0, 0), target)] if target else [])


def test_a_macro_is_found_and_renamed_in_its_file() -> None:
    text = "A = 3_Label_10\nTAB = tab_gen:macro:A%%macro:AB\nAB = macro:A\n"
    lines = split_lines(text)
    tree = cmdline.parse(lines, path=MACRO_FILE)
    at = Position(1, text.splitlines()[1].index("macro:A") + 6)
    assert cmdline.definition(tree, at, WORLD) == [Place(span(0, 0, 1))]
    assert [slice_of(lines, where) for where in cmdline.references(tree, at)] == ["A", "A", "A"]
    assert cmdline.renamable(tree, at) == Span(at, Position(at.line, at.column + 1))
    renamed = apply_edits(text, cmdline.rename(tree, at, "COL"))
    assert renamed == "COL = 3_Label_10\nTAB = tab_gen:macro:COL%%macro:AB\nAB = macro:COL\n"
    with pytest.raises(ValueError, match="cannot be the name of a macro"):
        cmdline.rename(tree, at, "two words")


def test_a_label_is_renamed_in_all_commands_but_not_in_hosts() -> None:
    text = (
        "ctys -t xen -a create=l:x,CONSOLE:cli x\nctys -t xen -a cancel=LABEL:x,FORCE lab00'(-a list)' # x\n"
    )
    tree = cmdline.parse(split_lines(text))
    renamed = apply_edits(text, cmdline.rename(tree, Position(0, 24), "yy"))
    assert renamed == text.replace("l:x", "l:yy").replace("LABEL:x", "LABEL:yy")


def test_nothing_to_rename() -> None:
    tree = cmdline.parse(["ctys -a list lab00"])
    assert cmdline.renamable(tree, Position(0, 6)) is None
    with pytest.raises(ValueError, match="no name"):
        cmdline.rename(tree, Position(0, 6), "x")


def test_hints_say_what_an_address_leaves_open() -> None:
    text = (
        "ctys -t xen -a create=f:tst100.conf lab00\nctys -t xen -a create=l:tst100 lab00\nctys -a list all\n"
    )
    tree = cmdline.parse(split_lines(text))
    shown = [(hint.place, hint.label) for hint in cmdline.hints(tree, span(0, 0, 0), WORLD)]
    assert shown == [(Position(0, 35), "tst100, running")]
    everything = cmdline.hints(tree, Span(Position(0, 0), Position(3, 0)), WORLD)
    assert [hint.label for hint in everything] == ["tst100, running", "running", "2 hosts"]
