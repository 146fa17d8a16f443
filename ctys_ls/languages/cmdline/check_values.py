"""The values of options and arguments of suboptions against the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.expand import MACRO
from ctys_ls.languages.cmdline.findings import Finding, Repair, like, near, perhaps, replacements
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.schema import cmdline as schema
from ctys_ls.schema.cmdline import SubRow, Value

#: Kinds of arguments whose elements stand between single percent signs.
_LISTS = frozenset({"basepath", "sort", "types"})
_DIGITS = re.compile(r"\d+$")
_COLUMN = re.compile(r"\d+(?:_[^_]*(?:_\d*(?:_[LB]?)?)?)?$", re.IGNORECASE)


def dynamic(text: str) -> bool:
    """Whether a text holds what only a shell or a macro file can tell, so that nothing can be said of it."""
    return "$" in text or "`" in text or MACRO.search(text) is not None


def find_value(values: Sequence[Value], text: str) -> Value | None:
    """The value that a word means in any spelling."""
    word = text.upper()
    head = word.partition(":")[0]
    for value in values:
        if word == value.name or word in value.aliases or (value.argument and head == value.name):
            return value
    return None


def word_findings(word: Piece, values: Sequence[Value], what: str) -> Iterator[Finding]:
    """A word that is none of ``values``, or one that only ctys itself uses; ``what`` takes it."""
    value = find_value(values, word.text)
    if value is not None:
        if value.status == "internal":
            yield Finding(
                "ctys.internal", word, f"ctys passes {word.text} to itself; it is not meant to be typed."
            )
        return
    names = [name for value in values for name in (value.name, *value.aliases) if not value.status]
    meant = [value.name for value in values if word.text.upper() in value.meant]
    close = [like(name, word.text) for name in meant or near(word.text, names)]
    choice = ", ".join(value.name for value in values if not value.status)
    yield Finding(
        "ctys.unknown-value",
        word,
        f"{what} has no value {word.text!r}.{perhaps(close) or f' It takes {choice}.'}",
        replacements(word, close, safe=not meant),
    )


def argument_findings(
    action: str, key: str, argument: Piece, row: SubRow, session_type: str
) -> Iterator[Finding]:
    """What is wrong with the argument of a suboption."""
    if (row.kind in _LISTS or row.separator == "%") and "%%" in argument.text:
        yield Finding(
            "ctys.double-percent",
            argument,
            f"ctys itself took '%%' for one percent sign of the text: elements of {key} stand between single ones;"
            " ctys-ls takes both.",
            (Repair("Write '%'", ((argument, argument.text.replace("%%", "%")),)),),
        )
    match row.kind:
        case "enum":
            yield from _enum(key, argument, row, session_type)
        case "enums" if not row.open:
            parts = syntax.elements(argument, lenient=True) if row.separator == "%" else argument.split(",")
            for part in parts:
                yield from _enum(key, part, row, session_type)
        case "seconds" | "number" | "port" | "runlevel":
            yield from _figure(key, argument, row)
        case "ping":
            yield from _ping(key, argument)
        case "columns":
            yield from _columns(action, argument)
        case "widths":
            for part in syntax.elements(argument, lenient=True):
                if part.text and not part.text.isdigit():
                    yield Finding("ctys.bad-number", part, f"A width is a number, not {part.text!r}.")
        case _:
            return


def _enum(key: str, argument: Piece, row: SubRow, session_type: str) -> Iterator[Finding]:
    # Where the type is not known a value of any type may be right; where the type's values are not known, any word.
    anyone = session_type in ("", "ALL")
    values = [value for value in row.values if anyone or value.fits(session_type)]
    if not values:
        return
    value = find_value(row.values, argument.text)
    if value is not None and value not in values:
        choice = ", ".join(like(one.name, argument.text) for one in values if not one.status)
        yield Finding(
            "ctys.unknown-value",
            argument,
            f"{key} of {session_type} has no value {argument.text!r}: {', '.join(value.types)} only."
            f" {session_type} takes {choice}.",
        )
        return
    if (
        row.case == "exact"
        and value is not None
        and argument.text != value.name
        and argument.text not in value.aliases
    ):
        yield Finding(
            "ctys.value-case",
            argument,
            f"{key} is read letter by letter: write {value.name}.",
            replacements(argument, [value.name]),
        )
        return
    yield from word_findings(argument, values, key)


def _figure(key: str, argument: Piece, row: SubRow) -> Iterator[Finding]:
    text = argument.text
    if not _DIGITS.match(text):
        unit = " (seconds)" if row.kind == "seconds" else ""
        yield Finding("ctys.bad-number", argument, f"{key} takes a number{unit}, not {text!r}.")
    elif row.kind == "port" and not 0 < int(text) < 65536:
        yield Finding("ctys.bad-number", argument, f"{text} is no port: ports are 1 to 65535.")
    elif row.kind == "runlevel" and int(text) > 6:
        yield Finding("ctys.bad-number", argument, f"{text} is no run level: they are 0 to 6.")


def _ping(key: str, argument: Piece) -> Iterator[Finding]:
    if argument.text == "OFF":
        return
    if argument.text.upper() == "OFF":
        yield Finding(
            "ctys.value-case",
            argument,
            f"{key} is read letter by letter: write OFF.",
            replacements(argument, ["OFF"]),
        )
        return
    parts = [part.text for part in syntax.elements(argument, lenient=True)]
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        yield Finding(
            "ctys.bad-number", argument, f"{key} takes OFF, or how often and how many seconds apart: 20%%2."
        )
    elif "%%" not in argument.text:
        yield _single_percent(argument)


def _single_percent(argument: Piece) -> Finding:
    return Finding(
        "ctys.single-percent",
        argument,
        "The manuals write one '%' here, but ctys itself understood '%%' only; ctys-ls takes both.",
        (Repair("Write '%%'", ((argument, re.sub("%+", "%%", argument.text)),)),),
    )


def _columns(action: str, argument: Piece) -> Iterator[Finding]:
    most = len(schema.rows().fields.get(action, ())) or 47
    for part in syntax.elements(argument, lenient=True):
        if not part.text or dynamic(part.text):
            continue
        number = part.text.partition("_")[0]
        if not _COLUMN.match(part.text):
            yield Finding(
                "ctys.bad-column", part, f"A column is FIELD_TITLE_WIDTH[_L|_B], not {part.text!r}."
            )
        elif not 1 <= int(number) <= most:
            yield Finding(
                "ctys.bad-column", part, f"Records of {action} have fields 1 to {most}, not {number}."
            )
    if "%" in argument.text and "%%" not in argument.text:
        yield _single_percent(argument)
