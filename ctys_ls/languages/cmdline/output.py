"""How LIST, ENUMERATE and ctys-vhost -o print records: keywords to an :class:`Output` (ctys-facts section 6)."""

from __future__ import annotations

from collections.abc import Sequence

from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.nodes import Sub
from ctys_ls.requests import Column, Output
from ctys_ls.schema import cmdline as schema

_FORMS = {"TAB_GEN": "table", "TAB_TCP": "table", "REC_GEN": "rec", "SPEC_GEN": "spec", "XML_GEN": "xml"}
_TITLES = {"TITLE": "title", "TITLEIDX": "titleidx", "TITLEIDXASC": "titleidxasc"}
#: The fields that MAXKEY prints.
_MAXKEY = (1, 2, 3, 4, 5, 6)
DEFAULT_WIDTH = 10


def output(action: str, subs: Sequence[Sub], *, terse: bool = False) -> Output:
    """The output that an action's keywords ask for. ``action`` is LIST, ENUMERATE or VHOST."""
    form, title, sort = "", "", ""
    columns: tuple[Column, ...] | None = None
    widths: tuple[int | None, ...] = ()
    fields: list[int] = []
    whole = show_id = False
    names: bool | None = None
    for sub in subs:
        row = schema.rows().sub(action, sub.key.text)
        if row is None:
            continue
        if row.name in _FORMS:
            form = _FORMS[row.name]
            if row.name == "TAB_TCP":
                widths = read_widths(sub)
            elif sub.argument is not None:
                columns = read_columns(sub)
        elif row.name in _TITLES:
            title = _TITLES[row.name]
        elif row.name in ("MACHINE", "ALL"):
            whole = True
        elif row.name == "MAXKEY":
            fields += _MAXKEY
        elif row.name in ("DNS", "IP"):
            names = row.name == "DNS"
        elif row.name == "TERSE":
            terse = True
        elif row.name == "SORT":
            sort = syntax.meant(sub.argument) if sub.argument is not None and sub.argument.text else "ALL"
        elif row.number is not None:
            show_id = show_id or (action == "LIST" and row.name == "ID")
            fields.append(row.number)
    # LIST with ID alone keeps its table and shows paths in the place of labels.
    picked = [] if fields == [4] and show_id else fields
    if not form:
        form = "record" if whole or picked else "table"
    return Output(
        form,
        columns,
        widths,
        () if whole else tuple(picked),
        title,
        terse=terse,
        sort=sort,
        show_id=show_id,
        names=names,
    )


def read_columns(sub: Sub) -> tuple[Column, ...]:
    """The columns of a table: ``FIELD_TITLE_WIDTH[_POLICY]``; what is no number is left out (``check`` says so)."""
    if sub.argument is None:
        return ()
    columns = []
    for part in syntax.elements(sub.argument, lenient=True):
        field, title, width, policy = (*part.text.split("_"), "", "", "")[:4]
        if field.isdigit():
            columns.append(
                Column(
                    int(field),
                    title or field,
                    int(width) if width.isdigit() else DEFAULT_WIDTH,
                    policy.upper(),
                )
            )
    return tuple(columns)


def read_widths(sub: Sub) -> tuple[int | None, ...]:
    """The widths of the standard table; None keeps a column's own."""
    if sub.argument is None or not sub.argument.text:
        return ()
    parts = syntax.elements(sub.argument, lenient=True)
    return tuple(int(part.text) if part.text.isdigit() else None for part in parts)
