"""Options and what they say against the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.check_actions import action_findings, sub_findings
from ctys_ls.languages.cmdline.check_values import dynamic, find_value, word_findings
from ctys_ls.languages.cmdline.cures import option_and_blanks, without_value
from ctys_ls.languages.cmdline.findings import Finding, Repair, perhaps, replacements
from ctys_ls.languages.cmdline.layers import Call
from ctys_ls.languages.cmdline.nodes import Command, Option, all_options
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.schema import cmdline as schema
from ctys_ls.schema.cmdline import OptionRow

_GEOMETRY = re.compile(r"(?:\d+x\d+)?(?:[+-]\d+[+-]\d+)?(?::.*)?$")


def option_findings(command: Command, found_calls: Sequence[Call]) -> list[Finding]:
    """What is wrong with the options of a command and with what they say."""
    types = session_types(found_calls)
    found: list[Finding] = []
    starts = {option.flag.start for option in all_options(command.arguments)}
    for option in all_options(command.arguments):
        found += _option(command, option, types.get(id(option), ""))
        found += _inert(command, option, starts)
    return found + list(_late_options(command))


def _inert(command: Command, option: Option, starts: set[int]) -> Iterator[Finding]:
    """An option that ctys takes and does nothing with."""
    row = schema.rows().option(command.program, option.letter)
    if row is None or row.status != "inert":
        return
    alone = option.flag.text.startswith("-") and option.flag.end not in starts
    whole = option_and_blanks(command, option, value=False)
    repairs = (Repair(f"Modernise: leave -{row.letter} out", ((whole, ""),)),) if alone else ()
    text = f"-{row.letter} does nothing: {row.text[0].lower()}{row.text[1:]}"
    yield Finding("ctys.inert-option", option.flag, text, repairs, unnecessary=True)


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


def _option(command: Command, option: Option, session_type: str) -> Iterator[Finding]:
    rows, program = schema.rows(), command.program
    row = rows.option(program, option.letter)
    if row is None:
        yield _unknown(program, option)
        return
    if row.status == "never":
        whole = option_and_blanks(command, option, value=bool(row.argument))
        yield Finding(
            "ctys.never-existed",
            option.flag,
            f"-{option.letter}: {row.text}",
            (Repair(f"Leave -{option.letter} out", ((whole, ""),), safe=False),),
        )
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
    elif option.glued and option.value.text.startswith("="):
        yield Finding(
            "ctys.unknown-value",
            option.value,
            f"The value of -{option.letter} follows without '='.",
            (Repair("Leave '=' out", ((option.value.cut(0, 1), " "),)),),
        )
    elif option.action is not None:
        yield from action_findings(option.action, session_type)
    elif row.kind == "fields":
        yield from sub_findings("VHOST", syntax.read_subs(option.value), "")
    elif not dynamic(option.value.text):
        yield from _option_value(row, option.value)


def _unknown(program: str, option: Option) -> Finding:
    """A letter that is no option: long options, and letters that exist in the other case, are told apart."""
    text = f"{program} has no option -{option.letter}."
    if option.letter == "-":
        words = {"help": "-h", "version": "-V"} if option.flag.text.startswith("--") else {}
        short = words.get(option.flag.text[2:])
        return Finding(
            "ctys.unknown-option",
            option.flag,
            f"{program} has no long options: an option is one letter.{perhaps([short] if short else [])}",
            replacements(option.flag, [short] if short else [], safe=False),
        )
    other = option.letter.swapcase()
    row = schema.rows().option(program, other)
    if row is None or row.status in ("never", "internal"):
        return Finding("ctys.unknown-option", option.flag, text)
    flag = option.flag.text.replace(option.letter, other)
    repairs = replacements(option.flag, [flag], safe=False)
    return Finding("ctys.unknown-option", option.flag, f"{text} Perhaps -{other}? {row.text}", repairs)


def _option_value(row: OptionRow, value: Piece) -> Iterator[Finding]:
    if row.kind == "enum" and not row.open:
        yield from word_findings(value, row.values, f"-{row.letter}")
    elif row.kind == "enums":
        parts = value.split(",")
        for part in parts:
            if part.text:
                yield from word_findings(part, row.values, f"-{row.letter}")
                yield from _inert_value(row, parts, part)
        yield from _exclusive_values(row, parts)
        if row.most is not None and len(parts) > row.most:
            extra = parts[row.most]
            yield Finding(
                "ctys.too-many-values",
                extra,
                f"-{row.letter} takes at most {row.most} values.",
                without_value(parts, extra),
            )
    elif row.kind == "geometry" and not _GEOMETRY.match(value.text):
        yield Finding("ctys.bad-value", value, f"-{row.letter} takes {row.argument}.")


def _inert_value(row: OptionRow, parts: Sequence[Piece], part: Piece) -> Iterator[Finding]:
    """A word that changes nothing, and why."""
    value = find_value(row.values, part.text)
    if value is None:
        return
    if value.status == "inert":
        text = f"{value.name} of -{row.letter} does nothing: {value.text[0].lower()}{value.text[1:]}"
        yield Finding("ctys.inert-option", part, text, without_value(parts, part), unnecessary=True)
    elif value.argument and not part.text.partition(":")[2]:
        yield Finding(
            "ctys.bad-value",
            part,
            f"{value.name} of -{row.letter} needs a value: {value.name}:{value.argument}.",
        )
    elif value.argument == "SECONDS" and not part.text.partition(":")[2].isdigit():
        yield Finding("ctys.bad-value", part, f"{value.name} of -{row.letter} takes a number of seconds.")


def _exclusive_values(row: OptionRow, parts: Sequence[Piece]) -> Iterator[Finding]:
    seen: dict[str, tuple[str, Piece]] = {}
    for part in parts:
        value = find_value(row.values, part.text)
        if value is None or not value.group:
            continue
        if value.group in seen and (seen[value.group][0] != value.name or not row.repeat):
            yield Finding(
                "ctys.exclusive-values",
                part,
                f"{part.text} and {seen[value.group][1].text} of -{row.letter} exclude each other.",
                without_value(parts, part) + without_value(parts, seen[value.group][1]),
            )
        seen[value.group] = (value.name, part)
