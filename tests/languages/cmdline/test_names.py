"""Names that places share, and signatures."""

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import cmdline
from ctys_ls.text import Position, slice_of, split_lines


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
    part = shown.parameters[shown.active]
    assert shown.label[part.start : part.end] == active


def test_no_signature_elsewhere() -> None:
    tree = cmdline.parse(["ctys -a list lab00 # comment"])
    assert cmdline.signature(tree, Position(0, 2), NOTHING) is None
    assert cmdline.signature(tree, Position(0, 25), NOTHING) is None
