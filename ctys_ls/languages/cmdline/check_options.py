"""Options, actions, suboptions and their values against the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.expand import MACRO
from ctys_ls.languages.cmdline.findings import Finding, Repair, like, near, perhaps, replacements
from ctys_ls.languages.cmdline.layers import Call
from ctys_ls.languages.cmdline.nodes import Action, Command, Option, Sub, all_options
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.schema import cmdline as schema
from ctys_ls.schema.cmdline import OptionRow, SubRow, Value

_DIGITS = re.compile(r"\d+$")
_COLUMN = re.compile(r"\d+(?:_[^_]*(?:_\d*(?:_[LB]?)?)?)?$", re.IGNORECASE)
_GEOMETRY = re.compile(r"(?:\d+x\d+)?(?:[+-]\d+[+-]\d+)?(?::.*)?$")


def option_findings(command: Command, found_calls: Sequence[Call]) -> list[Finding]:
    """What is wrong with the options of a command and with what they say."""
    types = session_types(found_calls)
    found: list[Finding] = []
    for option in all_options(command.arguments):
        found += _option(command.program, option, types.get(id(option), ""))
    return found + list(_late_options(command))


def _late_options(command: Command) -> Iterator[Finding]:
    """Options behind the first target, which getopts no longer sees."""
    names = [target.name for target in command.arguments.targets if target.body is None]
    late = [name for name in names if len(name.text) > 1 and name.text[0] == "-"]
    for number, name in enumerate(late):
        repairs = () if number else _moved(command, name)
        yield Finding(
            "ctys.option-after-target",
            name,
            "Options end at the first target; this word is taken as the name of a host.",
            repairs,
        )


def _moved(command: Command, first: Piece) -> tuple[Repair, ...]:
    """All from the first late option on, put in front of the targets; only where nothing but options follows."""
    words = list(command.words)
    index = next((number for number, word in enumerate(words) if word.start == first.start), None)
    if index is None or any(word.starts is not None for word in words[index:]):
        return ()
    _, count = syntax.read_options(command.program, words[index:])
    if count < len(words) - index:
        return ()
    text = " ".join(word.text for word in words[index:])
    before, gone = words[index - 1].end, words[-1].end
    target = command.arguments.targets[0].whole.start
    edits = ((Piece("", target, target), f"{text} "), (Piece("", before, gone), ""))
    return (Repair("Move the options in front of the targets", edits, safe=False),)


def session_types(found_calls: Sequence[Call]) -> dict[int, str]:
    """The session type under which each -a stands, by the identity of its option; several give ""."""
    found: dict[int, str] = {}
    for call in found_calls:
        action, kind = call.options.get("a"), call.options.get("t")
        if action is None:
            continue
        name = (
            kind.value.text.upper()
            if kind and kind.value is not None and not dynamic(kind.value.text)
            else ""
        )
        found[id(action)] = name if found.get(id(action), name) == name else ""
    return found


def dynamic(text: str) -> bool:
    """Whether a text holds what only a shell or a macro file can tell, so that nothing can be said of it."""
    return "$" in text or "`" in text or MACRO.search(text) is not None


def _option(program: str, option: Option, session_type: str) -> Iterator[Finding]:
    rows = schema.rows()
    row = rows.option(program, option.letter)
    if row is None:
        yield Finding("ctys.unknown-option", option.flag, f"{program} has no option -{option.letter}.")
        return
    if row.status == "never":
        yield Finding("ctys.never-existed", option.flag, f"-{option.letter}: {row.text}")
        return
    if row.status == "internal":
        yield Finding(
            "ctys.internal",
            option.flag,
            f"ctys passes -{option.letter} to itself; it is not meant to be typed.",
        )
    if not option.takes:
        return
    if option.value is None:
        yield Finding("ctys.missing-value", option.flag, f"-{option.letter} needs a value: {row.argument}.")
    elif option.action is not None:
        yield from _action(option.action, session_type)
    elif row.kind == "fields":
        yield from _subs("VHOST", syntax.read_subs(option.value), "")
    elif not dynamic(option.value.text):
        yield from _option_value(row, option.value)


def _option_value(row: OptionRow, value: Piece) -> Iterator[Finding]:
    if row.kind == "enum" and not row.open:
        yield from _word(value, row.values, f"-{row.letter}")
    elif row.kind == "enums":
        parts = value.split(",")
        for part in parts:
            if part.text:
                yield from _word(part, row.values, f"-{row.letter}")
        yield from _exclusive_values(row, parts)
        if row.most is not None and len(parts) > row.most:
            extra = parts[row.most]
            yield Finding("ctys.too-many-values", extra, f"-{row.letter} takes at most {row.most} values.")
    elif row.kind == "geometry" and not _GEOMETRY.match(value.text):
        yield Finding("ctys.bad-value", value, f"-{row.letter} takes {row.argument}.")


def _exclusive_values(row: OptionRow, parts: Sequence[Piece]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for part in parts:
        value = find_value(row.values, part.text)
        if value is None or not value.group:
            continue
        if value.group in seen and (seen[value.group] != value.name or not row.repeat):
            yield Finding(
                "ctys.exclusive-values",
                part,
                f"{part.text} and {seen[value.group]} of -{row.letter} exclude each other.",
            )
        seen[value.group] = value.name


def find_value(values: Sequence[Value], text: str) -> Value | None:
    """The value that a word means in any spelling."""
    word = text.upper()
    head = word.partition(":")[0]
    for value in values:
        if word == value.name or word in value.aliases or (value.argument and head == value.name):
            return value
    return None


def _word(word: Piece, values: Sequence[Value], what: str) -> Iterator[Finding]:
    value = find_value(values, word.text)
    if value is not None:
        if value.status == "internal":
            yield Finding(
                "ctys.internal", word, f"ctys passes {word.text} to itself; it is not meant to be typed."
            )
        return
    names = [name for value in values for name in (value.name, *value.aliases) if not value.status]
    close = [like(name, word.text) for name in near(word.text, names)]
    choice = ", ".join(value.name for value in values if not value.status)
    yield Finding(
        "ctys.unknown-value",
        word,
        f"{what} has no value {word.text!r}.{perhaps(close) or f' It takes {choice}.'}",
        replacements(word, close),
    )


# -- actions and suboptions ----------------------------------------------------------------------------------------


def _action(action: Action, session_type: str) -> Iterator[Finding]:
    if dynamic(action.name.text):
        return
    name = action.name.text.upper()
    rows = schema.rows()
    row = rows.actions.get(name)
    if row is None:
        known = [each.name for each in rows.actions.values() if not each.status]
        close = [like(word, action.name.text) for word in near(name, known)]
        yield Finding(
            "ctys.unknown-action",
            action.name,
            f"There is no action {action.name.text!r}.{perhaps(close) or ' There are ' + ', '.join(known) + '.'}",
            replacements(action.name, close),
        )
        return
    if row.status == "internal":
        yield Finding(
            "ctys.internal", action.name, f"ctys passes {name} to itself; it is not meant to be typed."
        )
        return
    yield from _subs(name, action.subs, session_type)


def _subs(action: str, subs: Sequence[Sub], session_type: str) -> Iterator[Finding]:
    given: list[tuple[Sub, SubRow]] = []
    rows = schema.rows()
    for sub in subs:
        if dynamic(sub.key.text) or (
            sub.key.text.lower() in ("macro", "{macro") and sub.argument is not None
        ):
            continue
        row = rows.sub(action, sub.key.text)
        if row is None:
            yield _unknown_sub(action, sub)
            continue
        given.append((sub, row))
        if row.types and session_type and session_type not in (*row.types, "ALL"):
            yield Finding(
                "ctys.other-type",
                sub.key,
                f"{row.name} is a suboption of {', '.join(row.types)}; {session_type} does not know it.",
            )
        yield from _argument(action, sub, row, session_type)
    yield from _exclusive(action, given)


def _unknown_sub(action: str, sub: Sub) -> Finding:
    what = "ctys-vhost -o" if action == "VHOST" else action
    if not sub.whole.text:
        return Finding(
            "ctys.empty-suboption", sub.whole, f"A suboption of {what} is missing between the commas."
        )
    names = [
        name for row in schema.rows().subs.get(action, ()) for name in row.names(action) if len(name) > 1
    ]
    close = [like(word, sub.key.text) for word in near(sub.key.text, names)]
    return Finding(
        "ctys.unknown-suboption",
        sub.key,
        f"{what} has no suboption {sub.key.text!r}.{perhaps(close)}",
        replacements(sub.key, close),
    )


def _argument(action: str, sub: Sub, row: SubRow, session_type: str) -> Iterator[Finding]:
    argument = sub.argument
    key = sub.key.text
    if sub.lost is not None and sub.lost.text:
        kept = argument.text if argument is not None else ""
        whole = Piece(sub.lost.text, sub.lost.start, sub.lost.end)
        yield Finding(
            "ctys.lost-text",
            whole,
            f"ctys drops what follows a second colon: {key} gets {kept!r} only. Write '::' for a colon.",
            _double_colons(sub),
        )
    if argument is None or not argument.text:
        if row.argument == "required":
            yield Finding(
                "ctys.missing-argument", sub.key, f"{key} needs an argument: {key}:{_example(row)}."
            )
        elif argument is not None and row.argument == "none":
            yield Finding("ctys.superfluous-argument", sub.whole, f"{key} takes no argument.", _without(sub))
        return
    if row.argument == "none":
        yield Finding("ctys.superfluous-argument", argument, f"{key} takes no argument.", _without(sub))
        return
    if not dynamic(argument.text):
        yield from _value(action, key, argument, row, session_type)


def _double_colons(sub: Sub) -> tuple[Repair, ...]:
    """All colons behind the first one doubled, for an argument that has no blanks or escapes in it."""
    if sub.lost is None or sub.argument is None or sub.lost.starts is not None or "\\" in sub.lost.text:
        return ()
    return (Repair("Write '::' for the colons", ((sub.lost, sub.lost.text.replace(":", "::")),), safe=False),)


def _without(sub: Sub) -> tuple[Repair, ...]:
    rest = Piece("", sub.key.end, sub.whole.end)
    return (Repair("Remove the argument", ((rest, ""),), safe=False),)


def _example(row: SubRow) -> str:
    if row.values:
        return "|".join(value.name for value in row.values[:4]) + ("|…" if len(row.values) > 4 else "")
    return row.kind.upper()


def _value(action: str, key: str, argument: Piece, row: SubRow, session_type: str) -> Iterator[Finding]:
    match row.kind:
        case "enum":
            yield from _enum(key, argument, row, session_type)
        case "enums" if not row.open:
            for part in argument.split(row.separator or ","):
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
    # Where the type is not known a value of any type may be right.
    values = [value for value in row.values if value.fits(session_type) or not session_type]
    value = find_value(row.values, argument.text)
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
    yield from _word(argument, values, key)


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


def _exclusive(action: str, given: Sequence[tuple[Sub, SubRow]]) -> Iterator[Finding]:
    """Suboptions of one group, and the same one twice."""
    names: dict[str, str] = {}
    groups: dict[str, str] = {}
    for sub, row in given:
        if row.name in names:
            yield Finding(
                "ctys.repeated-suboption",
                sub.whole,
                f"{row.name} is given twice.",
                deprecated=False,
                unnecessary=True,
            )
        elif row.group and row.group in groups:
            other = groups[row.group]
            yield Finding(
                "ctys.exclusive-suboptions",
                sub.key,
                f"{row.name} and {other} of {action} exclude each other.",
            )
        names[row.name] = sub.key.text
        if row.group:
            groups.setdefault(row.group, row.name)
