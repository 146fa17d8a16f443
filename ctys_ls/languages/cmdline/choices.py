"""Completions that come from the rows, made once: the server knows them again by identity."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from ctys_ls.languages.answers import Choice
from ctys_ls.schema import cmdline as schema
from ctys_ls.schema.cmdline import OptionRow, SubRow, Value

#: How a word is spelt: as its row has it, or as the user has begun to write.
STYLES = ("", "lower", "upper")


def style_of(prefix: str) -> str:
    """The case that the user writes in; empty where nothing tells."""
    if prefix.islower():
        return "lower"
    return "upper" if prefix.isupper() else ""


def _styled(name: str, style: str) -> str:
    return name.lower() if style == "lower" else name.upper() if style == "upper" else name


@lru_cache(maxsize=1)
def programs() -> tuple[Choice, ...]:
    """The names of the programs, and whole commands to fill in."""
    known = schema.rows()
    names = [
        Choice(name, "function", "program", text, insert=f"{name} ", sort=f"0{number}", again=True)
        for number, (name, text) in enumerate(known.programs.items())
    ]
    snippets = [
        Choice(
            f"ctys … {name}",
            "snippet",
            row.example,
            row.text,
            insert=row.example,
            snippet=row.snippet,
            sort=f"1{number}",
            filter=f"ctys {name}",
        )
        for number, (name, row) in enumerate(known.snippets.items())
    ]
    return (*names, *snippets)


@lru_cache(maxsize=2)
def options(program: str) -> dict[str, Choice]:
    """The options of a program by letter; those that ctys keeps for itself are not offered."""
    return {
        letter: Choice(
            f"-{letter}",
            "keyword",
            row.argument,
            option_markdown(row),
            sort=f"1{number:02}",
        )
        for number, (letter, row) in enumerate(schema.rows().options[program].items())
        if row.status in ("", "inert")
    }


def option_markdown(row: OptionRow) -> str:
    """An option explained."""
    parts = [row.text]
    if row.values:
        parts.append(
            "\n".join(
                f"- `{'`, `'.join((value.name, *value.aliases))}`: {value.text}" for value in row.values
            )
        )
    if row.default:
        parts.append(f"Default: {row.default}.")
    return "\n\n".join(parts)


@cache
def actions(style: str, *, bare: bool = False) -> tuple[Choice, ...]:
    """The actions, as one writes them behind -a; ``bare`` where an equals sign follows already."""
    found = []
    for number, row in enumerate(schema.rows().actions.values()):
        if row.status:
            continue
        name = _styled(row.name, style or "lower")
        found.append(
            Choice(
                name,
                "function",
                "action",
                row.text,
                insert=f"{name}=" if row.address and not bare else name,
                sort=f"{number}",
                again=row.address and not bare,
            )
        )
    return tuple(found)


@cache
def keys(action: str, style: str) -> dict[str, tuple[Choice, ...]]:
    """The suboptions of an action by the name of their row, in all spellings that are offered."""
    found: dict[str, tuple[Choice, ...]] = {}
    for number, row in enumerate(schema.rows().subs.get(action, ())):
        spellings = [*row.short, row.spelling or row.name] if not row.short else [*row.short, row.name]
        if row.number is not None:
            spellings = [row.spelling]
        made = []
        for spelling in dict.fromkeys(_styled(name, style) for name in spellings):
            text = f"{spelling}:" if row.argument == "required" else spelling
            made.append(
                Choice(
                    text,
                    "property" if row.argument != "none" else "enumMember",
                    row.title or _summary(row),
                    sub_markdown(row),
                    insert=text,
                    sort=f"{number:03}",
                    again=row.argument == "required",
                )
            )
        found[row.name] = tuple(made)
    return found


@cache
def aliases(action: str, style: str) -> dict[str, Choice]:
    """The remaining spellings of the suboptions, offered only once the user has begun to write one."""
    found = {}
    for row in schema.rows().subs.get(action, ()):
        for alias in row.names(action):
            spelling = _styled(alias, style)
            text = f"{spelling}:" if row.argument == "required" else spelling
            found[alias] = Choice(
                text,
                "property",
                _summary(row),
                sub_markdown(row),
                insert=text,
                sort="999",
                again=text[-1] == ":",
            )
    return found


def _summary(row: SubRow) -> str:
    return row.name if row.argument == "none" else f"{row.name}:{row.kind.upper()}"


def signature(row: SubRow) -> str:
    """A suboption as it is written: ``KEY``, ``KEY:ARGUMENT`` or ``KEY[:ARGUMENT]``."""
    argument = (
        "|".join(value.name for value in row.values if not value.status)
        if row.values and not row.open
        else row.kind.upper()
    )
    if row.argument == "none":
        return row.name
    return f"{row.name}:{argument}" if row.argument == "required" else f"{row.name}[:{argument}]"


def sub_markdown(row: SubRow) -> str:
    """A suboption explained."""
    parts = [row.text]
    if row.values:
        parts.append("\n".join(f"- `{value.name}`: {value.text}" for value in row.values))
    if row.default:
        parts.append(f"Default: {row.default}.")
    if row.types:
        parts.append(f"Session types: {', '.join(row.types)}.")
    return "\n\n".join(parts)


@cache
def values(rows: Sequence[Value], style: str, default: str) -> tuple[Choice, ...]:
    """The words that a value may be. ``default`` is the case where the user has written nothing yet."""
    found = []
    for number, value in enumerate(rows):
        if value.status:
            continue
        for spelling in (value.spelling or value.name, *value.aliases):
            wished = style or ("" if value.spelling else default)
            text = spelling if default == "exact" else _styled(spelling, wished)
            found.append(
                Choice(
                    text,
                    "enumMember",
                    value.name if spelling != value.name else "",
                    value.text,
                    insert=f"{text}:" if value.argument else text,
                    sort=f"{number:02}{0 if spelling in (value.name, value.spelling) else 1}",
                    again=bool(value.argument),
                )
            )
    return tuple(found)


@lru_cache(maxsize=1)
def constructs() -> tuple[Choice, ...]:
    """SUBTASK and its like."""
    return tuple(
        Choice(
            name,
            "keyword",
            "{ … }",
            text,
            insert=f"{name}'{{  }}'",
            snippet=f"{name}'{{ $1 }}'$0",
            sort=f"9{name}",
        )
        for name, text in schema.rows().constructs.items()
    )


@lru_cache(maxsize=1)
def separator() -> Choice:
    """The end of the options."""
    text = "Ends the options. `'( … )'` right behind it holds options that count for all targets."
    return Choice("--", "keyword", "end of options", text, sort="199")


@lru_cache(maxsize=1)
def macro() -> Choice:
    """A macro in the place of a keyword."""
    text = "The text of a macro, from `~/.ctys/macros/default` or one of the shipped ones."
    return Choice("macro:", "property", "macro:NAME[%FILE]", text, insert="macro:", sort="998", again=True)


@cache
def columns(action: str) -> tuple[Choice, ...]:
    """Columns of a table, one for each field of the records."""
    return tuple(
        Choice(
            f"{row.number}_{row.title}_{max(10, len(row.title))}",
            "value",
            f"field {row.number}: {row.title}",
            row.text,
            sort=f"{row.number:02}",
        )
        for row in schema.rows().fields.get(action, ())
    )
