"""Completions that come from what is known of hosts and of the other files: bridges, kernels, images, free MACs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from uuid import uuid4

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Choice
from ctys_ls.languages.xenconf.known import by_mark
from ctys_ls.languages.xenconf.rules.host import targets
from ctys_ls.languages.xenconf.rules.network import completed

#: Made once for each state of the world, so that their converted form can be kept.
_made: list[tuple[Facts, dict[tuple[str, str], tuple[Choice, ...]]]] = []
#: More paths than this help nobody.
_MOST = 1000


def bridges(path: str, facts: Facts) -> tuple[Choice, ...]:
    """The bridges of the hosts that the file at ``path`` is meant for, then those of the other files."""
    return _kept(facts, "bridges", path) or _keep(facts, "bridges", path, _bridges(path, facts))


def _bridges(path: str, facts: Facts) -> Iterable[tuple[str, str]]:
    for host in targets(path, facts):
        for name in (host.equipment.bridges or ()) if host.equipment else ():
            yield name, f"bridge of {host.name}"
    for guest in facts.files:
        for name in guest.bridges:
            yield name, f"bridge of {guest.label or guest.path}"


def paths(path: str, facts: Facts) -> tuple[Choice, ...]:
    """Kernels and images of the hosts that the file is meant for, then those that other guests have."""
    return _kept(facts, "paths", path) or _keep(facts, "paths", path, _paths(path, facts), "file")


def _paths(path: str, facts: Facts) -> Iterable[tuple[str, str]]:
    for host in targets(path, facts):
        if host.equipment:
            for name in host.equipment.images:
                yield name, f"on {host.name}"
            for name, there in host.equipment.paths.items():
                if there:
                    yield name, f"on {host.name}"
    for guest in (*facts.files, *facts.guests):
        for name in (*guest.boots, *guest.disks):
            if name.startswith("/"):
                yield name, f"of {guest.label or guest.path}" + (f" on {guest.host}" if guest.host else "")


def free_mac(path: str, facts: Facts) -> tuple[Choice, ...]:
    """A MAC of Xen's own range that no known guest has."""
    if kept := _kept(facts, "mac", path):
        return kept
    taken = (by_mark(facts.files), by_mark(facts.guests))
    made = (completed([], f"{path} {number}") for number in count())
    free = next(mac for mac in made if not any(("mac", mac) in known for known in taken))
    return _keep(facts, "mac", path, [(free, "a MAC that no known guest has")], "value")


def new_uuid(facts: Facts) -> tuple[Choice, ...]:
    """A uuid that nobody has."""
    return _kept(facts, "uuid", "") or _keep(facts, "uuid", "", [(str(uuid4()), "a new uuid")], "value")


def _kept(facts: Facts, what: str, path: str) -> tuple[Choice, ...]:
    if not _made or _made[0][0] is not facts:
        _made[:] = [(facts, {})]
    return _made[0][1].get((what, path), ())


def _keep(
    facts: Facts, what: str, path: str, words: Iterable[tuple[str, str]], kind: str = "reference"
) -> tuple[Choice, ...]:
    found: dict[str, str] = {}
    for word, detail in words:
        found.setdefault(word, detail)
        if len(found) >= _MOST:
            break
    choices = tuple(
        Choice(word, kind, detail, insert=word, sort=f"0{number:04}")
        for number, (word, detail) in enumerate(found.items())
    )
    if _made and _made[0][0] is facts:
        _made[0][1][what, path] = choices
    return choices
