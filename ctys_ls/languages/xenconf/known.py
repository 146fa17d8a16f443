"""The known guests by what no two of them may share."""

from __future__ import annotations

from collections.abc import Mapping

from ctys_ls.facts import Guest, Mark

ByMark = Mapping[Mark, list[Guest]]

#: The guests that were asked about last; a workspace has thousands, and changes rarely.
_made: list[tuple[tuple[Guest, ...], ByMark]] = []
#: The files of the workspace and the guests of the hosts, of now and of a moment ago.
_KEPT = 4


def by_mark(guests: tuple[Guest, ...]) -> ByMark:
    """The guests under each of their marks; worked out once for the same tuple."""
    for known, made in _made:
        if known is guests:
            return made
    found: dict[Mark, list[Guest]] = {}
    for guest in guests:
        for mark in guest.marks():
            found.setdefault(mark, []).append(guest)
    _made.insert(0, (guests, found))
    del _made[_KEPT:]
    return found
