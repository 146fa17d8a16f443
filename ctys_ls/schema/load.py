"""Reads the knowledge tables. A table with a mistake in it is an error that names the row: our own tests find it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, cast

from ctys_ls.schema.model import Guest, Key, KeyText, Kind, ProblemRow, SubKey
from ctys_ls.schema.tables import table

Row = TypeVar("Row")


class SchemaError(ValueError):
    """A row of a table is not what its reader expects."""


def made(row: type[Row], values: Mapping[str, Any], where: str) -> Row:
    """``values`` as a ``row``; lists become tuples. Raises :class:`SchemaError` for a wrong field or type."""
    known = _field_types(cast("Hashable", row))
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise SchemaError(f"{where}: there is no field {name!r} in {row.__name__}")
        checked[name] = _converted(known[name], value, f"{where}.{name}")
    try:
        return row(**checked)
    except TypeError as error:
        raise SchemaError(f"{where}: {error}") from error


@cache
def _field_types(row: Any) -> dict[str, str]:
    return {field.name: str(field.type) for field in fields(row)}


def _converted(kind: str, value: Any, where: str) -> Any:
    if kind == "Kind":
        try:
            return Kind(value)
        except ValueError as error:
            raise SchemaError(f"{where}: {error}") from error
    if kind.startswith("tuple"):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif type(value).__name__ == kind:
        return value
    raise SchemaError(f"{where}: {value!r} is not of type {kind}")


@cache
def xen_keys() -> Mapping[str, Key]:
    """All keys of Xen domain files by name."""
    return {
        name: made(Key, {"name": name, **row}, f"xen-keys {name}") for name, row in table("xen-keys").items()
    }


@cache
def xen_texts() -> Mapping[str, KeyText]:
    """What the keys mean, by name."""
    return {
        name: made(KeyText, {"name": name, **row}, f"xen-texts {name}")
        for name, row in table("xen-texts").items()
    }


@cache
def xen_subs() -> Mapping[str, Mapping[str, SubKey]]:
    """The grammars inside strings: sub-table name to its parameters by name."""
    return {
        sub: {
            name: made(SubKey, {"name": name, **row}, f"xen-subs {sub}.{name}")
            for name, row in rows.items()
            if isinstance(row, dict)
        }
        for sub, rows in table("xen-subs").items()
    }


@cache
def xen_tags() -> Mapping[str, str]:
    """The tags that ctys reads in comments, and what each says."""
    return table("xen-tags")


@cache
def xen_cpuid_flags() -> frozenset[str]:
    """What the string form of ``cpuid`` can name."""
    return frozenset(table("xen-cpuid")["flags"])


@cache
def xen_guests() -> Mapping[str, Guest]:
    """Whole guests to begin with, by name."""
    return {
        name: made(Guest, {"name": name, **row}, f"xen-guests {name}")
        for name, row in table("xen-guests").items()
    }


@cache
def problem_rows(language: str) -> Mapping[str, ProblemRow]:
    """The catalogue of one language's problems by code."""
    return {
        code: made(ProblemRow, {"code": code, **row}, f"problems-{language} {code}")
        for code, row in table(f"problems-{language}").items()
    }
