"""ctys-vhost: look-ups in what was enumerated (UC-30; ctys-facts 9). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ctys_ls.requests import Lookup
from ctys_ls.runtime import tables
from ctys_ls.runtime.actions import records
from ctys_ls.runtime.snapshot import Snapshot

#: The exit status of a UNIQUE look-up that fits several guests, or none.
AMBIGUOUS = 11


def lookup(query: Lookup, snapshots: Iterable[Snapshot]) -> tuple[str, int]:
    """The records in which every term is found, as text, and the exit status."""
    everything = [
        record
        for snapshot in snapshots
        for conf in snapshot.confs
        for record in records.records(snapshot, conf)
    ]
    try:
        found = _filtered(everything, query.terms)
    except re.error as error:
        return f"the term is no regular expression: {error}", 1
    match query.mode:
        case "FIRST":
            found = found[:1]
        case "LAST":
            found = found[-1:]
        case "COMPLEMENT":
            found = [record for record in everything if record not in found]
        case "SORT":
            found = sorted(found)
        case "USORT":
            found = sorted(set(found))
        case "UNIQUE":
            distinct = list(dict.fromkeys(found))
            if len(distinct) != 1:
                return "", AMBIGUOUS
            found = distinct
        case _:
            pass
    return tables.render(found, query.output, "VHOST"), 0


def _filtered(found: list[tuple[str, ...]], terms: tuple[str, ...]) -> list[tuple[str, ...]]:
    for term in terms:
        pattern = re.compile(term)
        found = [record for record in found if pattern.search(";".join(record))]
    return found
