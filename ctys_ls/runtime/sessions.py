"""Sessions as rows of the LIST record, and the table of all hosts with its revision. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ctys_ls.runtime.addresses import Found, derived_path, guests
from ctys_ls.runtime.api import HostState, HostStatus, Row, SessionsChange
from ctys_ls.runtime.processes import sessions_of
from ctys_ls.runtime.snapshot import Snapshot
from ctys_ls.runtime.toolstacks import Domain

if TYPE_CHECKING:
    from ctys_ls.runtime.registry import Client

_KINDS = {"hvm": "HVM", "pvh": "PVH", "pv": "PARA"}


@dataclass(frozen=True, slots=True)
class Session:
    """What is known of one session, by the names of the LIST record's fields (ctys-facts 6.1)."""

    container: str
    type: str
    label: str
    id: str = ""
    uuid: str = ""
    mac: str = ""
    tcp: str = ""
    display: str = ""
    cport: str = ""
    sport: str = ""
    pid: str = ""
    uid: str = ""
    gid: str = ""
    side: str = "SERVER"
    jobid: str = ""
    ifname: str = ""
    reserved: str = ""
    context: str = ""
    exepath: str = ""
    hyperrelrun: str = ""
    accelerator: str = ""
    arch: str = ""

    def record(self) -> tuple[str, ...]:
        """The 22 fields in order."""
        return tuple(getattr(self, name) for name in self.__slots__)


def rows(
    snapshot: Snapshot,
    *,
    names: bool = True,
    running: Iterable[Found] | None = None,
    clients: Sequence[Session] = (),
) -> tuple[Row, ...]:
    """The sessions of a host in the order of the page: clients, VNC servers, guests, the machine itself, tunnels.

    ``names``: addresses as names where the host knows one (LIST's DNS, the default), else as numbers. ``running``
    carries what is known of the guests' files; without it the snapshot's own are taken.
    """
    known = {
        guest.domain.id: guest
        for guest in (guests(snapshot) if running is None else running)
        if guest.domain is not None
    }
    found = [_guest(snapshot, domain, known.get(domain.id), names) for domain in snapshot.domains]
    beside = [_row(snapshot.host, session, "", "") for session in (*clients, *_processes(snapshot, clients))]
    tunnels = [row for row in beside if row.record[13] == "TUNNEL"]
    viewers = [row for row in beside if row.record[13] == "CLIENT"]
    servers = [row for row in beside if row.record[13] == "SERVER"]
    return (*viewers, *servers, *found, _machine(snapshot, names), *tunnels)


def _processes(snapshot: Snapshot, clients: Sequence[Session]) -> Iterator[Session]:
    """What runs on the host as a process of its own; ``clients`` are told already."""
    told = {client.pid for client in clients}
    labels = {domain.id: domain.name for domain in snapshot.domains}
    ports = {str(domain.vnc_port): domain.name for domain in snapshot.domains if domain.vnc_port}
    for one in sessions_of(snapshot.processes or (), labels, ports):
        if one.process.pid in told:
            continue
        yield Session(
            snapshot.fqdn or snapshot.host,
            one.type,
            one.label,
            display=one.display,
            cport=one.cport,
            sport=one.sport,
            pid=one.process.pid,
            uid=one.process.user,
            gid=one.process.group,
            side=one.side,
        )


def client(snapshot: Snapshot, type_: str, label: str, side: str, **fields: str) -> Session:
    """A client or tunnel on the machine of ``snapshot``; ``side`` is C or T."""
    word = {"C": "CLIENT", "T": "TUNNEL"}.get(side, "SERVER")
    return Session(snapshot.fqdn or snapshot.host, type_, label, side=word, **fields)


def _guest(snapshot: Snapshot, domain: Domain, known: Found | None, names: bool) -> Row:
    path = (known.path if known else "") or derived_path(domain)
    found = known or Found(None, domain)
    address = found.addresses[0] if found.addresses else ""
    tcp = _tcp(snapshot, domain, address, names)
    # The name alone is on record in the host's own table of names.
    source = found.address_source or ("hosts" if tcp else "")
    access = snapshot.access
    port = domain.vnc_port
    session = Session(
        snapshot.fqdn or snapshot.host,
        "XEN",
        domain.name,
        id=path,
        uuid=domain.uuid if domain.id else "",
        mac=domain.macs[0].upper() if domain.macs else "",
        tcp=tcp,
        display="" if port is None else str(port - 5900),
        cport="" if port is None else str(port),
        pid=str(domain.id),
        context=f"TCP={source}" if source else "",
        exepath=access.tool if access else "",
        hyperrelrun=snapshot.xen,
        accelerator=_KINDS.get(domain.kind, ""),
        arch=snapshot.machine,
    )
    return _row(snapshot.host, session, domain.state, path)


def _tcp(snapshot: Snapshot, domain: Domain, address: str, names: bool) -> str:
    if not names:
        return address
    if address:
        return snapshot.names.get(address, address)
    return domain.name if domain.name in snapshot.names.values() else ""


def _machine(snapshot: Snapshot, names: bool) -> Row:
    fqdn = snapshot.fqdn or snapshot.host
    session = Session(
        fqdn,
        "PM",
        (snapshot.name or fqdn).partition(".")[0],
        mac=snapshot.mac,
        tcp=f"{fqdn}." if names else snapshot.address,
        hyperrelrun=snapshot.xen,
        arch=snapshot.machine,
    )
    return _row(snapshot.host, session, "", "")


def row_key(host: str, type_: str, label: str, side: str, pid: str) -> str:
    """What a row is known by as long as its session lives."""
    return "/".join((host, type_, label, side[:1], pid))


def is_row_of(key: str, client: Client, *, here: bool) -> bool:
    """Whether the row of this key is the client's: its own process, or the console that it holds at the other end.

    ``here``: the row's host is this machine. On the guest's host a relay shows as a xenconsole of that host, whatever
    terminal it runs in here; a console has room for one, so that the guest's is the relay's.
    """
    host, type_, label, side, pid = [*key.split("/"), *[""] * 4][:5]
    if here and key == row_key(host, client.type, client.label, client.side, str(client.pid)):
        return True
    far_end = (type_, side) == ("CLI", "C") and client.type in ("CLI", "X11") and bool(pid)
    return not here and far_end and (client.host, client.label) == (host.rpartition("@")[2], label)


def _row(host: str, session: Session, state: str, conf: str) -> Row:
    key = row_key(host, session.type, session.label, session.side, session.pid)
    return Row(key, host, session.record(), state, conf)


def chosen(all_rows: Iterable[Row], types: tuple[str, ...], sides: str) -> Iterator[Row]:
    """The rows of the session types (empty or ALL: every one) and sides (letters of S, C, T) that are wanted."""
    for row in all_rows:
        kind = row.record[1]
        if types and "ALL" not in types and not any(name == kind or f"({name})" in kind for name in types):
            continue
        if row.record[13][:1] in sides:
            yield row


def of_scope(all_rows: Iterable[Row], scope: str, user: str, group: str) -> Iterator[Row]:
    """The rows in the scope of -s; ``user`` and ``group`` are the caller's there.

    Guests, Domain-0 and the machine belong to no user: no scope leaves them out.
    """
    word, _, names = scope.partition("=")
    wanted = set(names.split(","))
    for row in all_rows:
        owner, owners = row.record[11], row.record[12]
        match word.upper():
            case "USER":
                seen = owner == user
            case "GROUP":
                seen = owners == group
            case "USRLST":
                seen = owner in wanted
            case "GRPLST":
                seen = owners in wanted
            case _:
                seen = True
        if seen or not owner:
            yield row


class SessionTable:
    """All hosts' rows; a merge that changes nothing makes no revision."""

    def __init__(self) -> None:
        self.revision = 0
        self._hosts: dict[str, SessionsChange] = {}

    def get(self, host: str) -> SessionsChange | None:
        """What was merged last for a host."""
        return self._hosts.get(host)

    def merge(self, status: HostStatus, fresh: tuple[Row, ...]) -> SessionsChange | None:
        """Take in a host's state; the change to tell, or None where nobody would see a difference.

        A host that does not answer keeps its last rows: they are old, and its status says so.
        """
        old = self._hosts.get(status.host)
        if status.state is not HostState.OK and not fresh and old is not None:
            fresh = old.rows
        if old is not None and old.rows == fresh and _same(old.status, status):
            self._hosts[status.host] = replace(old, status=status)
            return None
        self.revision += 1
        change = self._hosts[status.host] = SessionsChange(self.revision, status, fresh)
        return change


def _same(old: HostStatus, new: HostStatus) -> bool:
    return (old.state, old.message, old.cure) == (new.state, new.message, new.cure)
