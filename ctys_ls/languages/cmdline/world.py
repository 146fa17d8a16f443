"""Completions that come from what is known of hosts and guests, made once for each state of the world."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from ctys_ls.facts import Facts, Guest
from ctys_ls.languages.answers import Choice
from ctys_ls.languages.cmdline.members import hosts
from ctys_ls.schema import cmdline as schema

#: More choices than this are cut down to what begins as the user has written.
MOST = 300


#: What may follow a macro's name besides its file (ctys-facts section 3).
_HOW = (
    Choice(
        "OPTIONAL", "keyword", documentation="Nothing in its place where nobody has defined it.", sort="1"
    ),
    Choice("EVAL", "keyword", documentation="Its text is evaluated by the shell.", sort="2"),
    Choice("ECHO", "keyword", documentation="Its text is taken as it is.", sort="3"),
)


class World:
    """The choices of one :class:`Facts`; each list is made when it is first needed."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def hosts(self) -> tuple[Choice, ...]:
        """Hosts, then groups."""
        names = dict.fromkeys(("localhost", *(host.name for host in self.facts.hosts)))
        by_name = {host.name: host for host in self.facts.hosts}
        found = []
        for name in names:
            host = by_name.get(name)
            detail = (
                " ".join(word for word in ("host", host.toolstack, host.xen_release) if word)
                if host
                else "host"
            )
            found.append(Choice(name, "reference", detail, sort=f"2{name}"))
        found += (
            Choice(name, "reference", "group: " + ", ".join(hosts(name, self.facts)), sort=f"3{name}")
            for name in self.facts.groups
        )
        return tuple(found)

    @cached_property
    def _guests(self) -> tuple[Guest, ...]:
        """The guests of hosts, then those of whom only a file of the workspace is known."""
        return (*self.facts.guests, *self.facts.files)

    @cached_property
    def labels(self) -> tuple[Choice, ...]:
        """Labels of guests, each once."""
        return _grouped(((guest.label, guest) for guest in self._guests if guest.label), "value")

    @cached_property
    def levels(self) -> tuple[Choice, ...]:
        """Labels in brackets, as VMSTACK has them."""
        return tuple(
            Choice(
                f"[{choice.label}]",
                choice.kind,
                choice.detail,
                sort=f"4{choice.sort}",
                filter=f"[{choice.label}]",
            )
            for choice in self.labels
        )

    @cached_property
    def uuids(self) -> tuple[Choice, ...]:
        """UUIDs of guests."""
        return _grouped(((guest.uuid, guest) for guest in self._guests if guest.uuid), "value")

    @cached_property
    def macs(self) -> tuple[Choice, ...]:
        """Ethernet addresses of guests."""
        return _grouped(((mac, guest) for guest in self._guests for mac in guest.macs), "value")

    @cached_property
    def addresses(self) -> tuple[Choice, ...]:
        """IP addresses and names of guests."""
        return _grouped(((address, guest) for guest in self._guests for address in guest.addresses), "value")

    @cached_property
    def paths(self) -> tuple[Choice, ...]:
        """Absolute paths of configuration files; below the home directory also from ``$HOME`` on."""
        pairs = [(guest.path, guest) for guest in self.facts.guests if guest.path]
        home = self.facts.home
        if home:
            pairs += [
                (f"$HOME{path[len(home) :]}", guest) for path, guest in pairs if path.startswith(f"{home}/")
            ]
        return _grouped(pairs, "file")

    @cached_property
    def filenames(self) -> tuple[Choice, ...]:
        """Ends of the paths, the shortest first."""
        pairs: list[tuple[str, Guest]] = [
            (end, guest) for guest in self.facts.guests if guest.path for end in ends(guest.path)
        ]
        return _grouped(sorted(pairs, key=lambda pair: pair[0].count("/")), "file")

    @cached_property
    def directories(self) -> tuple[Choice, ...]:
        """Directories below which configuration files lie, from the home directory on where they lie there."""
        home = self.facts.home
        found: dict[str, None] = {}
        for guest in self.facts.guests:
            if not guest.path:
                continue
            parts = guest.path.split("/")[1:-1]
            for count in range(1, len(parts) + 1):
                directory = "/" + "/".join(parts[:count])
                if home and directory.startswith(f"{home}/"):
                    found[directory[len(home) + 1 :]] = None
                if directory != "/":
                    found[directory] = None
        return tuple(
            Choice(name, "folder", "directory", sort=f"{number:04}") for number, name in enumerate(found)
        )

    @cached_property
    def states(self) -> tuple[Choice, ...]:
        """State files of suspended guests, as SUSPEND names them."""
        return tuple(
            Choice(f"{label}.stat", "file", f"saved state of {label}")
            for label in dict.fromkeys(guest.label for guest in self.facts.guests)
        )

    @cached_property
    def macros(self) -> tuple[Choice, ...]:
        """Names of macros: the user's own, then those that are always there."""
        own = self.facts.macros.get("default", {})
        shipped = {name: text for name, text in schema.rows().macros.items() if name not in own}
        return tuple(
            Choice(name, "constant", text, sort=f"{number}{name}")
            for number, some in enumerate((own, shipped))
            for name, text in some.items()
        )

    def macro_files(self, name: str) -> tuple[Choice, ...]:
        """What may follow a macro's name: the files that define it, and how it is replaced."""
        files = sorted(
            file for file, texts in self.facts.macros.items() if file != "default" and name in texts
        )
        return (
            *(Choice(file, "file", self.facts.macros[file][name], sort=f"0{file}") for file in files),
            *_HOW,
        )

    @cached_property
    def terms(self) -> tuple[Choice, ...]:
        """What ctys-vhost may look for."""
        kinds = tuple(
            Choice(value.name, "enumMember", "session type", value.text, sort=f"1{value.name}")
            for value in schema.rows().options["ctys"]["t"].values
            if value.name != "ALL"
        )
        operators = tuple(
            Choice(word, "operator", "between terms", sort=f"9{word}") for word in ("AND", "OR", "NOT")
        )
        return (*kinds, *self.hosts, *self.labels, *self.uuids, *self.macs, *self.addresses, *operators)


_last: list[World] = []


def world(facts: Facts) -> World:
    """The choices of ``facts``; kept as long as the same facts are asked for."""
    if not _last or _last[0].facts is not facts:
        _last[:] = [World(facts)]
    return _last[0]


def ends(path: str) -> list[str]:
    """The ends of a path that FILENAME may name: from every ``/`` on, without it."""
    parts = path.strip("/").split("/")
    return ["/".join(parts[first:]) for first in range(len(parts) - 1, -1, -1)]


def _grouped(pairs: Iterable[tuple[str, Guest]], kind: str) -> tuple[Choice, ...]:
    """One choice for each text; its detail says where the guests are."""
    by_text: dict[str, list[Guest]] = {}
    for text, guest in pairs:
        by_text.setdefault(text, []).append(guest)
    return tuple(
        Choice(text, kind, _where(guests), sort=f"{number:05}")
        for number, (text, guests) in enumerate(by_text.items())
    )


def _where(found: list[Guest]) -> str:
    # The file of a guest that is known on a host is no guest of its own.
    guests = [guest for guest in found if guest.host] or found
    first = guests[0]
    if not first.host:
        files = ", ".join(guest.path.rpartition("/")[2] for guest in guests if guest.path)
        return f"{first.label}, not seen on any host yet: {files}"
    hosts = dict.fromkeys(guest.host for guest in guests)
    if len(guests) > 1:
        return (
            f"{len(guests)} guests on {', '.join(hosts)}"
            if len(hosts) > 1
            else f"{len(guests)} guests on {first.host}"
        )
    running = " running" if first.running else ""
    return f"{first.label} on {first.host}{running}"
