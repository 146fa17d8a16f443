"""ctys-vhost: look-ups in what was enumerated (UC-30; ctys-facts 9). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ctys_ls.requests import Lookup
from ctys_ls.runtime import tables
from ctys_ls.runtime.actions import records
from ctys_ls.runtime.snapshot import Snapshot

#: The exit status of a UNIQUE look-up that fits several guests, or none.
AMBIGUOUS = 11

Record = tuple[str, ...]
_Test = Callable[[int, Record], bool]


def lookup(query: Lookup, snapshots: Iterable[Snapshot]) -> tuple[str, int]:
    """The records that fit the terms, as text, and the exit status."""
    snapshots = tuple(snapshots)
    everything = inventory_records(snapshots)
    try:
        found = filtered(everything, query.terms)
    except ValueError as error:
        return str(error), 1
    match query.mode:
        case "FIRST":
            found = found[:1]
        case "LAST":
            found = found[-1:]
        case "COMPLEMENT":
            kept = set(found)
            found = [record for record in everything if record not in kept]
        case "SORT":
            found = sorted(found)
        case "USORT":
            found = sorted(set(found))
        case "UNIQUE":
            found = list(dict.fromkeys(found))
            if len(found) != 1:
                return "", AMBIGUOUS
        case _:
            pass
    if query.output.names:
        names = {address: name for snapshot in snapshots for address, name in snapshot.names.items()}
        found = [records.named(record, names) for record in found]
    return tables.render(found, query.output, "VHOST"), 0


def inventory_records(snapshots: Iterable[Snapshot]) -> list[Record]:
    """Every record in the order of its number (INDEX, DBRECORD), which begins at 0."""
    return [record for _, record in numbered_records(snapshots)]


def numbered_records(snapshots: Iterable[Snapshot]) -> list[tuple[str, Record]]:
    """The same with the host that each record is of, as the user names it; host by host, so that numbers last."""
    return [
        (snapshot.host, record)
        for snapshot in sorted(snapshots, key=lambda snapshot: snapshot.host)
        for conf in snapshot.confs
        if conf.facts.is_xen
        for record in records.records(snapshot, conf)
    ]


def filtered(everything: Sequence[Record], terms: Sequence[str]) -> list[Record]:
    """The records that the terms let through, in order. Raises ValueError for a term that cannot be read.

    Each term narrows what the ones before it left; OR before a term adds what it fits instead, NOT turns it round.
    """
    chosen = set(range(len(everything)))
    add = turned = False
    for term in terms:
        match term:
            case "AND":
                add = False
            case "OR":
                add = True
            case "NOT":
                turned = True
            case _:
                test = _test(term)
                fits = {
                    number for number, record in enumerate(everything) if test(number, record) is not turned
                }
                chosen = chosen | fits if add else chosen & fits
                add = turned = False
    return [record for number, record in enumerate(everything) if number in chosen]


def _test(term: str) -> _Test:
    kind, _, rest = term.partition(":")
    first, _, second = rest.partition(":")
    if kind == "E" and first.isdigit() and second.isdigit():
        return lambda _, record: _field(record, int(first)) == _field(record, int(second))
    if kind == "R" and first.isdigit():
        return lambda number, _: number == int(first)
    if kind == "F" and first.isdigit():
        pattern = _pattern(second)
        return lambda _, record: pattern.search(_field(record, int(first))) is not None
    whole = _pattern(term)
    return lambda _, record: whole.search(";".join(record)) is not None


def _field(record: Record, number: int) -> str:
    return record[number - 1] if 1 <= number <= len(record) else ""


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"the term {text!r} is no regular expression: {error}") from None
