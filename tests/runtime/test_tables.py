"""Every other form in which records are printed."""

import xml.etree.ElementTree as ET

import pytest
from page_sessions import SESSIONS, TST100, session

from ctys_ls.requests import Column, Output
from ctys_ls.runtime.tables import render, standard_cells
from ctys_ls.schema.session_columns import default_columns, session_columns, shipped_macros

ROWS = SESSIONS["UC-45"]


def test_machine_is_every_field():
    line = render([TST100], Output(form="record"), "LIST")
    assert line.split(";") == list(TST100)


def test_titles_name_number_and_letter():
    output = Output(form="record", fields=(3, 6), title="title")
    assert render([TST100], output, "LIST") == "Label;MAC\ntst100;"
    titled = render([], Output(form="record", title="titleidx"), "LIST")
    assert titled.startswith("ContainingMachine(1);SessionType(2);Label(3);")
    assert titled.endswith("ACCELLERATOR(21);ARCH(22)")
    assert render([], Output(form="record", title="titleidxasc"), "ENUMERATE").endswith("DefCONSOLE(AU-47)")


def test_terse_table_has_no_decoration():
    assert render([TST100], Output(terse=True), "LIST") == "lab00.soho;tst100;tst100;XEN;S;-;-"


def test_vhost_machine_has_the_fifteen_fields_of_the_page():
    record = [f"f{number}" for number in range(1, 48)]
    assert render([record], Output(form="record"), "VHOST") == (
        "f1;f2;f3;f4;f5;f6;f7;f9;f11;f8;f12;f14;f16;f17;f18"
    )


def test_id_takes_the_place_of_the_label_and_is_cut_on_the_left():
    record = list(TST100)
    record[3] = "/homen/acue/xen/tst-ctys/tst100/tst100.conf"
    wide = render([record], Output(show_id=True), "LIST").splitlines()
    assert wide[0].split("|")[2].strip() == "id"
    assert wide[2].split("|")[2] == record[3]
    narrow = render([record], Output(show_id=True, widths=(None, None, 11)), "LIST").splitlines()
    assert narrow[2].split("|")[2] == "tst100.conf"


def test_policies_of_a_column():
    record = session("h", "XEN", "abcdefgh", "SERVER")
    columns = (Column(3, "cut", 3), Column(3, "end", 3, "L"), Column(3, "all", 3, "B"))
    assert render([record], Output(columns=columns), "LIST") == (
        "cut|end|all\n---+---+---\nabc|fgh|abc\n   |   |def\n   |   |gh "
    )


def test_index_line_of_a_table():
    columns = (Column(3, "Label", 10), Column(9, "cport", 6))
    lines = render([], Output(columns=columns, title="titleidx"), "LIST").splitlines()
    assert lines[1] == "1(3)      |2(9)  "
    lines = render([], Output(columns=columns, title="titleidxasc"), "LIST").splitlines()
    assert lines[1] == "A(3)      |B(9)  "


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["b;2", "a;1", "b;1", "a;1"]),
        ("ALL", ["a;1", "a;1", "b;1", "b;2"]),
        ("EACH", ["b;1", "b;2", "a;1", "a;1"]),
        ("all%2", ["a;1", "a;1", "b;1", "b;2"]),
        ("UNIQUE", ["a;1", "b;1", "b;2"]),
        ("2%UNIQUE", ["a;1", "b;1", "b;2"]),
    ],
)
def test_sort(sort, expected):
    rows = [("b", "", "2"), ("a", "", "1"), ("b", "", "1"), ("a", "", "1")]
    assert render(rows, Output(form="record", fields=(1, 3), sort=sort), "LIST").splitlines() == expected


def test_sort_of_a_table_counts_printed_columns():
    lines = render(ROWS, Output(sort="3"), "LIST").splitlines()[2:]
    labels = [line.split("|")[2].strip() for line in lines]
    assert labels == sorted(labels)


def test_a_host_cannot_steer_the_terminal():
    evil = session("h", "XEN", "a\x1b[31mb\nc", "SERVER")
    assert standard_cells(evil)[2] == "a?[31mb?c"


def test_xml_is_well_formed_whatever_a_host_says():
    evil = session("h", "XEN", "<&>\"'\x00", "SERVER")
    root = ET.fromstring(render([evil], Output(form="xml"), "LIST").encode())
    assert root.find("record/field[@name='Label']").text == "<&>\"'?"
    assert root.find("record").get("index") == "1"


def test_rec_and_spec():
    assert (
        render([("a", "b")], Output(form="rec", fields=(1, 2)), "LIST") == "record(1):={\n  {a},\n  {b},\n}"
    )
    assert render([("a", "b")], Output(form="spec", fields=(2,)), "LIST") == "  2 SessionType: b"


def test_no_sessions_is_a_table_without_rows():
    assert render([], Output(), "LIST").splitlines()[1:] == [
        "-------------+-----------+--------+--------+-+----+-----"
    ]


def test_every_shipped_macro_names_fields_that_exist():
    longest = {"LIST": len(session_columns().list), "ENUMERATE": len(session_columns().enumerate)}
    assert longest == {"LIST": 22, "ENUMERATE": 47}
    assert "TAB_CPORT" in shipped_macros()
    for action in ("ENUMERATE", "VHOST"):
        assert all(1 <= column.field <= 47 for column in default_columns(action))


def test_a_table_of_the_programs_own_choice_cuts_nothing():
    path = "/srv/" + "x" * 200 + "/tst100.conf"
    record = ("lab00.a-long-domain.example.org", "XEN", "tst100", path, *[""] * 43)
    text = render([record], Output(), "ENUMERATE")
    assert path in text
    assert "lab00.a-long-domain.example.org" in text
    assert all(line == line.rstrip() for line in text.splitlines()[2:])
