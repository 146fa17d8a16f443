"""The known guests by what no two of them may share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
            holders = found.setdefault(mark, [])
            if not holders or holders[-1] is not guest:
                holders.append(guest)
    _keep(guests, found)
    return found


def by_mark_after(
    before: tuple[Guest, ...],
    guests: tuple[Guest, ...],
    changes: Iterable[tuple[Guest | None, Guest | None]],
) -> ByMark:
    """The same for ``guests``, from those ``before``: each change is a guest until now and from now on (None: not there).

    Both tuples are in the order of their paths. Only what changed is looked at.
    """
    found = dict(by_mark(before))
    for old, new in changes:
        if old is not None:
            for mark in set(old.marks()):
                found[mark] = [guest for guest in found[mark] if guest is not old]
                if not found[mark]:
                    del found[mark]
        if new is not None:
            for mark in set(new.marks()):
                # A new list: the one that is there belongs to the guests of before, too.
                found[mark] = sorted([*found.get(mark, ()), new], key=_path)
    _keep(guests, found)
    return found


def _keep(guests: tuple[Guest, ...], made: ByMark) -> None:
    _made.insert(0, (guests, made))
    del _made[_KEPT:]


def _path(guest: Guest) -> str:
    return guest.path or ""
