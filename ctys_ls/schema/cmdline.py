"""The words of the ctys command line, read once from ``data/ctys-cli.toml``.

The rows say which words exist and what they mean; how they are put together is code (``languages/cmdline``).
``rows()`` checks every row while it reads: a word misspelt in the file is found by the first test, not by a user.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ctys_ls.schema.session_columns import shipped_macros
from ctys_ls.schema.tables import table

KINDS = frozenset(
    {
        "action",
        "enum",
        "enums",
        "flag",
        "text",
        "geometry",
        "user",
        "directory",
        "fields",
        "pathname",
        "filename",
        "label",
        "uuid",
        "mac",
        "tcp",
        "basepath",
        "number",
        "statefile",
        "list",
        "ping",
        "seconds",
        "port",
        "runlevel",
        "types",
        "sort",
        "widths",
        "columns",
    }
)
ARGUMENTS = frozenset({"none", "optional", "required"})
STATUS = frozenset({"", "never", "internal", "inert"})


@dataclass(frozen=True, slots=True)
class Value:
    """A word that may be an option's or suboption's value. ``spelling`` is how it is offered; ``argument`` names what
    follows behind a colon; values of one ``group`` exclude each other; ``meant`` are other programs' words for it.
    """

    name: str
    text: str
    aliases: tuple[str, ...] = ()
    spelling: str = ""
    group: str = ""
    argument: str = ""
    status: str = ""
    types: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()

    def fits(self, session_type: str) -> bool:
        """Whether a session type has the value."""
        return not self.types or session_type in self.types


@dataclass(frozen=True, slots=True)
class OptionRow:
    """An option: ``argument`` describes its value and is empty for a flag; ``most`` bounds a list of values."""

    program: str
    letter: str
    kind: str
    text: str
    argument: str = ""
    default: str = ""
    values: tuple[Value, ...] = ()
    open: bool = False
    case: str = "upper"
    most: int | None = None
    repeat: bool = False
    status: str = ""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action; ``address`` says whether it needs to be told which machine, ``meant`` are other programs' words."""

    name: str
    text: str
    address: bool = False
    status: str = ""
    meant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SnippetRow:
    """A whole command to fill in: ``example`` as plain text, ``snippet`` with places."""

    text: str
    example: str
    snippet: str


@dataclass(frozen=True, slots=True)
class SubRow:
    """A suboption of the ``actions``; ``types`` empty means all session types, ``number`` is a record's field."""

    actions: tuple[str, ...]
    name: str
    text: str
    argument: str
    aliases: tuple[str, ...] = ()
    aliases_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    short: tuple[str, ...] = ()
    kind: str = "text"
    values: tuple[Value, ...] = ()
    group: str = ""
    types: tuple[str, ...] = ()
    address: bool = False
    default: str = ""
    case: str = "upper"
    open: bool = False
    separator: str = ""
    spelling: str = ""
    number: int | None = None
    title: str = ""
    #: The release that brought it, where it is none of the oldest (01_07).
    generation: str = ""
    #: Other programs' words for it.
    meant: tuple[str, ...] = ()

    def names(self, action: str) -> tuple[str, ...]:
        """All spellings of the key for an action, in upper case."""
        return (self.name, *self.aliases, *self.aliases_of.get(action, ()))


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows, with the indexes that the language needs."""

    programs: Mapping[str, str]
    options: Mapping[str, Mapping[str, OptionRow]]
    actions: Mapping[str, ActionRow]
    #: Action (and "VHOST" for ctys-vhost -o) to its suboptions in the file's order.
    subs: Mapping[str, tuple[SubRow, ...]]
    #: Action to key in upper case to row.
    keys: Mapping[str, Mapping[str, SubRow]]
    fields: Mapping[str, tuple[SubRow, ...]]
    constructs: Mapping[str, str]
    macros: Mapping[str, str]
    snippets: Mapping[str, SnippetRow]

    def option(self, program: str, letter: str) -> OptionRow | None:
        """The row of an option letter; None where there is none."""
        return self.options.get(program, {}).get(letter)

    def sub(self, action: str, key: str) -> SubRow | None:
        """The row of a suboption in any of its spellings."""
        return self.keys.get(action, {}).get(key.upper())


@lru_cache(maxsize=1)
def rows() -> Rows:
    """The rows; read on first use. Raises ``ValueError`` for a row that makes no sense (a fault of the package)."""
    return _rows(table("ctys-cli"))


@lru_cache(maxsize=1)
def severities() -> Mapping[str, str]:
    """The severity of every problem code of this language, from ``problems-ctys.toml``."""
    return {code: row["severity"] for code, row in table("problems-ctys").items()}


def _rows(data: Mapping[str, Any]) -> Rows:
    options: dict[str, dict[str, OptionRow]] = {name: {} for name in data["programs"]}
    for raw in data["option"]:
        row = _option(raw, options)
        if row.letter in options[row.program]:
            raise ValueError(f"option -{row.letter} of {row.program} stands twice")
        options[row.program][row.letter] = row
    actions = {
        raw["name"]: ActionRow(**{**raw, "meant": tuple(raw.get("meant", ()))}) for raw in data["action"]
    }
    fields = {
        action: tuple(_field(action, raw) for raw in part["rows"]) for action, part in data["fields"].items()
    }
    fields["VHOST"] = fields["ENUMERATE"]
    subs = [_sub(raw) for raw in data["sub"]]
    of: dict[str, list[SubRow]] = {name: [] for name in (*actions, "VHOST")}
    for sub in subs:
        for action in sub.actions:
            of[action].append(sub)
    for action, some in fields.items():
        of[action] += (row for row in some if row.name)
    keys = {action: _keys(action, some) for action, some in of.items()}
    constructs = {raw["name"]: raw["text"] for raw in data["construct"]}
    return Rows(
        data["programs"],
        options,
        actions,
        {action: tuple(some) for action, some in of.items()},
        keys,
        fields,
        constructs,
        shipped_macros(),
        {name: SnippetRow(**raw) for name, raw in data["snippets"].items()},
    )


def _keys(action: str, some: Iterable[SubRow]) -> dict[str, SubRow]:
    keys: dict[str, SubRow] = {}
    for row in some:
        for name in row.names(action):
            if name in keys:
                # A key may mean different things to different session types (USER of CANCEL), never to one.
                if set(keys[name].types) & set(row.types) or not (keys[name].types and row.types):
                    raise ValueError(f"suboption {name} of {action} stands twice")
                continue
            keys[name] = row
    return keys


def _values(raw: Mapping[str, Any]) -> tuple[Value, ...]:
    return tuple(
        Value(**{**value, **{key: tuple(value.get(key, ())) for key in ("aliases", "types", "meant")}})
        for value in raw.get("values", ())
    )


def _option(raw: dict[str, Any], known: Mapping[str, Mapping[str, OptionRow]]) -> OptionRow:
    program = raw.setdefault("program", "ctys")
    _expect(raw["kind"] in KINDS, f"kind {raw['kind']} of option -{raw['letter']}")
    _expect(raw.get("status", "") in STATUS, f"status of option -{raw['letter']}")
    _expect((raw["kind"] == "flag") == ("argument" not in raw), f"argument of option -{raw['letter']}")
    source = raw.pop("values_of", None)
    values = known[program][source].values if source else _values(raw)
    return OptionRow(**{**raw, "values": values})


def _sub(raw: Mapping[str, Any]) -> SubRow:
    _expect(raw["argument"] in ARGUMENTS, f"argument of suboption {raw['name']}")
    _expect(raw.get("kind", "text") in KINDS, f"kind of suboption {raw['name']}")
    lists = {key: tuple(raw.get(key, ())) for key in ("actions", "aliases", "short", "types", "meant")}
    of = {action: tuple(names) for action, names in raw.get("aliases_of", {}).items()}
    return SubRow(**{**raw, **lists, "aliases_of": of, "values": _values(raw)})


def _field(action: str, raw: Mapping[str, Any]) -> SubRow:
    return SubRow(
        actions=(action,),
        name=raw["name"],
        text=raw["text"],
        argument="none",
        aliases=tuple(raw.get("aliases", ())),
        spelling=raw["name"].lower(),
        number=raw["number"],
        title=raw["title"],
        generation=raw.get("generation", ""),
    )


def _expect(true: bool, what: str) -> None:
    if not true:
        raise ValueError(f"ctys-cli.toml: {what} is not known")
