"""Records as text: the tables and record forms of LIST, ENUMERATE and ctys-vhost.

Widths follow one rule, found from the printed tables of the use-case page: a column is as wide as the longest of its
title, its texts and its least width; the texts of the *last* column are padded to the width that the original gives
it, while the rule above them ends with the longest text. Widths that the user gives are kept to the letter
(TAB_TCP:w1%%w2…, TAB_GEN in LIST); ENUMERATE, whose records are all known, narrows a TAB_GEN column to its texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from xml.sax.saxutils import escape, quoteattr

from ctys_ls.requests import Column, Output
from ctys_ls.schema.session_columns import TableColumn, default_columns, session_columns

Record = Sequence[str]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SIDES = {"SERVER": "S", "CLIENT": "C", "TUNNEL": "T", "S": "S", "C": "C", "T": "T", "": ""}
_SIDE_FIELD = 14
_WHOLE = 1_000_000


@dataclass(frozen=True, slots=True)
class _Cells:
    """One laid-out column: ``rule`` dashes over texts of ``width``."""

    title: str
    texts: Sequence[str]
    width: int
    rule: int
    policy: str = ""


def render(records: Sequence[Record], output: Output, action: str) -> str:
    """The text that ``action`` ("LIST", "ENUMERATE", "VHOST") prints for ``records``; it has no final newline.

    Field numbers are those of the LIST record (22 fields) or of the ENUMERATE record (47 fields); short records are
    taken as ending in empty fields.
    """
    action = action.upper()
    if output.form == "table" and not output.terse:
        return _table(records, output, action)
    names, rows = _picked(records, output, action)
    rows = _sorted(rows, output.sort, records)
    if output.form == "xml":
        return _xml(names, rows)
    if output.form == "rec":
        return "\n".join(_rec(number, row) for number, row in enumerate(rows, 1))
    if output.form == "spec":
        return "\n".join(_spec(names, row) for row in rows)
    titles = [";".join(_titles(names, output.title))] if output.title else []
    return "\n".join([*titles, *(";".join(row) for row in rows)])


def standard_cells(record: Record, *, show_id: bool = False) -> tuple[str, ...]:
    """The texts of one record in the columns of the standard table; an empty field is ``-``."""
    return tuple(_standard(record, column.field) for column in _standard_columns(show_id))


# -- which fields ----------------------------------------------------------------------------------------------------


def _field(record: Record, number: int) -> str:
    text = record[number - 1] if 1 <= number <= len(record) else ""
    # A host's text must not be able to steer the terminal that shows it.
    return _CONTROL.sub("?", text)


def _standard(record: Record, number: int) -> str:
    text = _field(record, number)
    if number == _SIDE_FIELD:
        text = _SIDES.get(text.upper(), "?")
    return text or "-"


def _standard_columns(show_id: bool) -> tuple[TableColumn, ...]:
    columns = session_columns()
    if not show_id:
        return columns.tcp
    return tuple(columns.id if column.key == "label" else column for column in columns.tcp)


def _names(action: str) -> tuple[str, ...]:
    return session_columns().list if action == "LIST" else session_columns().enumerate


def _picked(
    records: Sequence[Record], output: Output, action: str
) -> tuple[list[tuple[int, str]], list[tuple[str, ...]]]:
    """The (number, name) of each field to print, and the rows."""
    names = _names(action)
    if output.form == "table":
        columns = output.columns or (() if action == "LIST" else default_columns(action))
        if not columns:
            picked = [(column.field, column.title) for column in _standard_columns(output.show_id)]
            return picked, [standard_cells(record, show_id=output.show_id) for record in records]
        fields = [(column.field, column.title or str(column.field)) for column in columns]
    elif output.fields:
        fields = [
            (number, names[number - 1] if number <= len(names) else str(number)) for number in output.fields
        ]
    elif action == "VHOST":
        vhost = session_columns().vhost
        rows = [tuple(_field(record, number) for _, number in vhost) for record in records]
        return [(number, name) for number, (name, _) in enumerate(vhost, 1)], rows
    else:
        fields = list(enumerate(names, 1))
    return fields, [tuple(_field(record, number) for number, _ in fields) for record in records]


# -- order -----------------------------------------------------------------------------------------------------------


def _sorted(rows: list[tuple[str, ...]], sort: str, records: Sequence[Record]) -> list[tuple[str, ...]]:
    """SORT[:ALL|EACH|UNIQUE|column]: columns count as printed; EACH keeps the hosts where they are."""
    words = {word for word in re.split(r"[%,]+", sort.upper()) if word}
    if not words:
        return rows
    column = next((int(word) for word in words if word.isdigit()), 0)
    if "UNIQUE" in words:
        rows, records = _unique(rows, records)
    hosts: dict[str, int] = {}
    for record in records:
        hosts.setdefault(_field(record, 1), len(hosts))

    def key(pair: tuple[tuple[str, ...], Record]) -> tuple[int, str, tuple[str, ...]]:
        row, record = pair
        host = hosts[_field(record, 1)] if "EACH" in words else 0
        return host, row[column - 1] if 1 <= column <= len(row) else "", row

    return [row for row, _ in sorted(zip(rows, records, strict=True), key=key)]


def _unique(
    rows: list[tuple[str, ...]], records: Sequence[Record]
) -> tuple[list[tuple[str, ...]], Sequence[Record]]:
    first: dict[tuple[str, ...], Record] = {}
    for row, record in zip(rows, records, strict=True):
        first.setdefault(row, record)
    return list(first), list(first.values())


# -- tables ----------------------------------------------------------------------------------------------------------


def _table(records: Sequence[Record], output: Output, action: str) -> str:
    names, rows = _picked(records, output, action)
    rows = _sorted(rows, output.sort, records)
    texts = [[row[number] for row in rows] for number in range(len(names))]
    if output.columns is None and action == "LIST":
        cells = _standard_layout(texts, output)
    else:
        # A table that the program chose itself cuts nothing; a width that the user wrote is the most a column gets.
        columns = output.columns or tuple(replace(one, width=_WHOLE) for one in default_columns(action))
        narrow = action != "LIST" or not output.columns
        cells = [_layout(column, text, narrow=narrow) for column, text in zip(columns, texts, strict=True)]
        if output.columns and action != "LIST":
            cells = _last_padded(cells, columns[-1].width)
    lines = ["|".join(_cut(cell.title, cell.width, "").ljust(cell.width) for cell in cells)]
    if output.title in ("titleidx", "titleidxasc"):
        lines.append(_index_line(names, cells, letters=output.title == "titleidxasc"))
    lines.append("+".join("-" * cell.rule for cell in cells))
    for row in zip(*(cell.texts for cell in cells), strict=True):
        lines += _row(row, cells)
    return "\n".join(lines)


def _standard_layout(texts: Sequence[Sequence[str]], output: Output) -> list[_Cells]:
    columns = _standard_columns(output.show_id)
    cells = []
    for number, (column, text) in enumerate(zip(columns, texts, strict=True)):
        policy = "L" if column.key == "id" else ""
        given = output.widths[number] if number < len(output.widths) else None
        if given:
            cells.append(_Cells(column.title, text, given, given, policy))
            continue
        rule = max(column.at_least, len(column.title), _longest(text))
        width = max(rule, column.width) if number == len(columns) - 1 else rule
        cells.append(_Cells(column.title, text, width, rule, policy))
    return cells


def _layout(column: Column, texts: Sequence[str], *, narrow: bool) -> _Cells:
    title = column.title or str(column.field)
    width = max(1, column.width)
    if narrow:
        width = min(width, max(len(title), _longest(texts)))
    return _Cells(title, texts, width, width, column.policy.upper())


def _last_padded(cells: list[_Cells], width: int) -> list[_Cells]:
    last = cells[-1]
    return [*cells[:-1], _Cells(last.title, last.texts, max(last.width, width), last.rule, last.policy)]


def _longest(texts: Iterable[str]) -> int:
    return max((len(text) for text in texts), default=0)


def _cut(text: str, width: int, policy: str) -> str:
    if len(text) <= width:
        return text
    return text[-width:] if policy == "L" else text[:width]


def _row(texts: Sequence[str], cells: Sequence[_Cells]) -> list[str]:
    """The printed lines of one row; a column of policy B goes on in further lines."""
    pieces = [
        [text[start : start + cell.width] for start in range(0, len(text), cell.width)] or [""]
        if cell.policy == "B"
        else [_cut(text, cell.width, cell.policy)]
        for text, cell in zip(texts, cells, strict=True)
    ]
    return [
        "|".join(piece.ljust(cell.width) for piece, cell in zip(line, cells, strict=True))
        for line in zip_longest(*pieces, fillvalue="")
    ]


# -- titles and the other forms --------------------------------------------------------------------------------------


def _letters(number: int) -> str:
    """A column number as a spreadsheet names it: 1 is A, 27 is AA."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _titles(names: Sequence[tuple[int, str]], kind: str) -> list[str]:
    if kind == "titleidxasc":
        return [f"{name}({_letters(number)}-{number})" for number, name in names]
    if kind == "titleidx":
        return [f"{name}({number})" for number, name in names]
    return [name for _, name in names]


def _index_line(names: Sequence[tuple[int, str]], cells: Sequence[_Cells], *, letters: bool) -> str:
    marks = [f"{_letters(place) if letters else place}({field})" for place, (field, _) in enumerate(names, 1)]
    return "|".join(
        _cut(mark, cell.width, "").ljust(cell.width) for mark, cell in zip(marks, cells, strict=True)
    )


def _rec(number: int, row: Sequence[str]) -> str:
    return "\n".join([f"record({number}):={{", *(f"  {{{value}}}," for value in row), "}"])


def _spec(names: Sequence[tuple[int, str]], row: Sequence[str]) -> str:
    return "\n".join(f"{number:>3} {name}: {value}" for (number, name), value in zip(names, row, strict=True))


def _xml(names: Sequence[tuple[int, str]], rows: Sequence[Sequence[str]]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<records>"]
    for index, row in enumerate(rows, 1):
        lines.append(f"  <record index='{index}'>")
        for (number, name), value in zip(names, row, strict=True):
            lines.append(f"    <field index='{number}' name={quoteattr(name)}>{escape(value)}</field>")
        lines.append("  </record>")
    return "\n".join([*lines, "</records>"])
