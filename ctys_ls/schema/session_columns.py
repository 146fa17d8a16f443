"""Fields, columns and macros of the LIST, ENUMERATE and ctys-vhost output (``data/session-columns.toml``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from ctys_ls.requests import Column
from ctys_ls.schema.tables import table

_MACRO = re.compile(r"macro:(\w+)")


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of the standard table: ``width`` of the original, ``at_least`` as the page's printed tables show it."""

    key: str
    title: str
    field: int
    width: int
    at_least: int


@dataclass(frozen=True, slots=True)
class SessionColumns:
    """The whole data file. ``vhost`` pairs a field's name with its number in the ENUMERATE record."""

    tcp: tuple[TableColumn, ...]
    id: TableColumn
    list: tuple[str, ...]
    enumerate: tuple[str, ...]
    vhost: tuple[tuple[str, int], ...]
    macros: Mapping[str, str]
    defaults: Mapping[str, str]


@cache
def session_columns() -> SessionColumns:
    """The data file, read once. Raises ValueError where a row is not as the program needs it."""
    data = table("session-columns")
    records = data["records"]
    columns = SessionColumns(
        tcp=tuple(TableColumn(**row) for row in data["tcp"]),
        id=TableColumn(**data["id"]),
        list=tuple(records["list"]),
        enumerate=tuple(records["enumerate"]),
        vhost=tuple((row["name"], row["field"]) for row in records["vhost"]),
        macros=MappingProxyType(data["macros"]),
        defaults=MappingProxyType(data["defaults"]),
    )
    _check(columns, data)
    return columns


def shipped_macros() -> Mapping[str, str]:
    """The macros that come with the program; a user's default macro file goes before them, name by name."""
    return session_columns().macros


@cache
def default_columns(action: str) -> tuple[Column, ...]:
    """The columns of an action ("ENUMERATE", "VHOST") whose command line names no table."""
    macros = session_columns().macros
    text = macros[session_columns().defaults[action.lower()]].partition(":")[2]
    return tuple(_column(part) for part in _MACRO.sub(lambda match: macros[match[1]], text).split("%%"))


def _column(text: str) -> Column:
    field, title, width, *policy = text.split("_")
    return Column(int(field), title, int(width), policy[0] if policy else "")


def _check(columns: SessionColumns, data: Mapping[str, Any]) -> None:
    if set(data) != {"tcp", "id", "records", "defaults", "macros"}:
        raise ValueError("session-columns.toml has a section that nothing reads")
    limits = [(column.field, len(columns.list)) for column in (*columns.tcp, columns.id)]
    limits += [(field, len(columns.enumerate)) for _, field in columns.vhost]
    if any(not 1 <= field <= last for field, last in limits):
        raise ValueError("session-columns.toml names a field that no record has")
    for name, text in columns.macros.items():
        if missing := [inner for inner in _MACRO.findall(text) if inner not in columns.macros]:
            raise ValueError(f"session-columns.toml: macro {name} uses {missing[0]}, which is not there")
