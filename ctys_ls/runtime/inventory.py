"""What is known without asking: the user's hosts, macros and groups, and the guests that were seen.

Files are read in ``read_files``, in a thread; ``facts`` only hands out the last frozen value.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ctys_ls.facts import Facts, Guest, Host, Readers
from ctys_ls.requests import Privilege
from ctys_ls.runtime.addresses import guests
from ctys_ls.runtime.api import Config
from ctys_ls.runtime.equipment import merged as merge_equipment
from ctys_ls.runtime.privilege import from_flags
from ctys_ls.runtime.snapshot import Conf, Snapshot
from ctys_ls.runtime.store import Store
from ctys_ls.runtime.toolstacks import TOOLSTACKS, Domain, merged
from ctys_ls.runtime.userfiles import read

#: What a machine is, as long as it runs.
_MACHINE = ("name", "fqdn", "system", "release", "machine", "xen", "dom0")


class Inventory:
    """Facts as they grow. Every change makes a new frozen value, so that taking one costs nothing."""

    def __init__(self, config: Config, home: Path, readers: Readers, store: Store | None = None) -> None:
        self._config = config
        self._readers = readers
        self._store = store
        self._home = home
        self._lock = threading.Lock()
        self.snapshots: dict[str, Snapshot] = {}
        self._facts = Facts(hosts=tuple(Host(name) for name in config.hosts), home=str(home))

    @property
    def facts(self) -> Facts:
        """What is known now."""
        return self._facts

    def load(self) -> None:
        """Take in what earlier processes saw; blocking, for a thread. Whether it runs is not known of any guest."""
        loaded = self._store.load() if self._store else {}
        for host, snapshot in loaded.items():
            if host not in self.snapshots:
                self.snapshots[host] = snapshot
                with self._lock:
                    self._facts = replace(self._facts, guests=(*self._facts.guests, *_guests(host, snapshot)))

    def save(self, destinations: Iterable[str]) -> None:
        """Keep what is known of hosts for later processes; blocking, for a thread."""
        hosts = {destination.rpartition("@")[2] for destination in destinations}
        known = {host: self.snapshots[host] for host in sorted(hosts) if host in self.snapshots}
        if self._store is not None and known:
            self._store.save_all(known)
            self._store.sweep()

    def rights(self, destination: str) -> Privilege:
        """The rights that a host's toolstack answered with last; what a look in the background may use."""
        known = self.snapshots.get(destination.rpartition("@")[2])
        return from_flags(known.rights) if known is not None else Privilege()

    def read_files(self) -> None:
        """Read the user's files again; blocking, for a thread."""
        files = read(self._config, self._home)
        with self._lock:
            known = {host.name: host for host in self._facts.hosts}
            names = dict.fromkeys((*self._config.hosts, *files.hosts, *known))
            facts = replace(
                self._facts,
                hosts=tuple(known.get(name, Host(name)) for name in names),
                macros={name: self._readers.macros(text) for name, (_, text) in files.macros.items()},
                groups={name: self._readers.group(text) for name, (_, text) in files.groups.items()},
                macro_files={name: path for name, (path, _) in files.macros.items()},
                group_files={name: path for name, (path, _) in files.groups.items()},
            )
            if facts != self._facts:
                # Who asks whether something has changed compares by identity.
                self._facts = facts

    def saw(self, destination: str, snapshot: Snapshot) -> None:
        """Take in what a look at a host showed; files that were not looked at now are kept from earlier looks."""
        host = destination.rpartition("@")[2]
        old = self.snapshots.get(host)
        complete = snapshot.home in snapshot.scanned
        snapshot = replace(
            snapshot, scanned_at=snapshot.taken if complete else old.scanned_at if old else 0.0
        )
        if old is not None:
            confs = sorted((*snapshot.confs, *_kept(old, snapshot)), key=lambda conf: conf.path)
            running = old.processes if snapshot.processes is None else snapshot.processes
            known = merge_equipment(old.equipment, snapshot.equipment)
            snapshot = replace(
                snapshot, confs=tuple(confs), processes=running, equipment=known, **_net(old, snapshot)
            )
        if old is not None and not snapshot.name:
            # A brief look does not ask what the machine is.
            snapshot = replace(snapshot, **{name: getattr(old, name) for name in _MACHINE})
        if old is not None and not any(domain.macs or domain.kind for domain in snapshot.domains):
            # A short listing: what it leaves out stays true as long as the domain lives.
            same = [
                domain for domain in old.domains if any(_is_same(domain, new) for new in snapshot.domains)
            ]
            snapshot = replace(snapshot, domains=merged(snapshot.domains, same))
        if old is not None and snapshot.access is None:
            snapshot = replace(snapshot, domains=old.domains, rights=old.rights)
        self.snapshots[host] = snapshot
        with self._lock:
            self._facts = replace(
                self._facts,
                hosts=_with_host(self._facts.hosts, _host(host, snapshot)),
                guests=(
                    *(guest for guest in self._facts.guests if guest.host != host),
                    *_guests(host, snapshot),
                ),
                complete_hosts=self._facts.complete_hosts | ({host} if complete else frozenset()),
            )

    def listed(self, destination: str, domains: tuple[Domain, ...]) -> None:
        """An act on a host has seen what runs there now: the facts say so.

        What the host is and has is left as the last look found it, so that the next one asks for what is new.
        """
        host = destination.rpartition("@")[2]
        old = self.snapshots.get(host)
        if old is None:
            return
        same = [known for known in old.domains if any(_is_same(known, new) for new in domains)]
        now = replace(old, domains=merged(domains, same), taken=time.time())
        with self._lock:
            others = (guest for guest in self._facts.guests if guest.host != host)
            self._facts = replace(self._facts, guests=(*others, *_guests(host, now)))

    def lost(self, destination: str) -> None:
        """A host did not answer."""
        host = destination.rpartition("@")[2]
        with self._lock:
            old = next((known for known in self._facts.hosts if known.name == host), Host(host))
            self._facts = replace(
                self._facts, hosts=_with_host(self._facts.hosts, replace(old, reachable=False))
            )


def _kept(old: Snapshot, new: Snapshot) -> Iterator[Conf]:
    """The files of an earlier look that the new one neither read nor would have found were they still there."""
    seen = {conf.path for conf in new.confs} | {*new.missing}
    for conf in old.confs:
        inside = any(conf.path.startswith(f"{folder.rstrip('/')}/") for folder in new.scanned)
        if conf.path not in seen and not inside:
            yield conf


def _is_same(old: Domain, new: Domain) -> bool:
    return (old.id, old.name) == (new.id, new.name)


def _net(old: Snapshot, new: Snapshot) -> dict[str, Any]:
    """The machine's addresses and names from an earlier look where the new one did not ask for them."""
    kept: dict[str, Any] = {} if new.address else {"address": old.address, "mac": old.mac}
    return kept if new.names else kept | {"names": old.names}


def _with_host(hosts: tuple[Host, ...], host: Host) -> tuple[Host, ...]:
    if any(known.name == host.name for known in hosts):
        return tuple(host if known.name == host.name else known for known in hosts)
    return (*hosts, host)


def _host(name: str, snapshot: Snapshot) -> Host:
    found = (name for name in snapshot.tools if name in TOOLSTACKS)
    stack = snapshot.access.toolstack.name if snapshot.access else next(found, None)
    return Host(
        name, stack, snapshot.xen or None, reachable=True, seen=snapshot.taken, equipment=snapshot.equipment
    )


def _guests(host: str, snapshot: Snapshot) -> Iterator[Guest]:
    looked = snapshot.access is not None
    for guest in guests(snapshot):
        yield Guest(
            host,
            guest.label,
            guest.path or None,
            guest.uuid or None,
            guest.macs,
            guest.addresses,
            running=guest.domain is not None if looked else None,
            source="enumerate" if guest.conf is not None else "list",
            # Where it was not read now its age is that of its last reading.
            seen=(guest.conf.seen if guest.conf is not None else 0.0) or snapshot.taken,
            disks=guest.disks,
            vncdisplay=guest.vncdisplay,
        )
