"""What the toolstack says of one guest in detail and of its host, as values and as text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ctys_ls.runtime.toolstacks.devices import Channel, Disk, Interface, Vcpu


@dataclass(frozen=True, slots=True)
class GuestView:
    """A running guest at one moment.

    ``memory`` in MiB; ``uptime`` in seconds, None where the host did not say; ``uuid`` is 32 lower-case hex digits;
    ``console`` is the host's device of the console, ``vnc_port`` the port of the guest's screen on its host; ``conf``
    its file where one is known. ``seen``: seconds since the epoch.
    """

    host: str
    label: str
    id: int
    state: str
    uuid: str = ""
    kind: str = ""
    memory: int = 0
    seconds: float = 0.0
    uptime: int | None = None
    vcpus: tuple[Vcpu, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    disks: tuple[Disk, ...] = ()
    channels: tuple[Channel, ...] = ()
    addresses: tuple[str, ...] = ()
    console: str = ""
    vnc_port: int | None = None
    conf: str = ""
    seen: float = 0.0

    def __str__(self) -> str:
        """The guest as text, a block per kind of device."""
        return "\n".join(_lines(self))


def _lines(guest: GuestView) -> Iterator[str]:
    yield f"{guest.label} on {guest.host}"
    facts = [
        ("State", f"{guest.state}, id {guest.id}" + (f", {guest.kind}" if guest.kind else "")),
        ("Uptime", "" if guest.uptime is None else duration(guest.uptime)),
        ("Memory", f"{guest.memory} MiB"),
        ("CPU time", f"{guest.seconds:.1f} s"),
        ("UUID", guest.uuid),
        ("Addresses", ", ".join(guest.addresses)),
        ("Console", guest.console),
        ("VNC port", "" if guest.vnc_port is None else str(guest.vnc_port)),
        ("File", guest.conf),
    ]
    yield from (f"  {name:<10} {value}" for name, value in facts if value)
    yield from _block("Processors", ("vcpu", "cpu", "state", "seconds", "affinity"), [
        (str(one.number), "-" if one.cpu is None else str(one.cpu), one.state, f"{one.seconds:.1f}", one.affinity)
        for one in guest.vcpus
    ])  # fmt: skip
    yield from _block("Network", ("vif", "mac", "bridge", "state"), [
        (str(one.number), one.mac, one.bridge or "-", one.state) for one in guest.interfaces
    ])  # fmt: skip
    yield from _block("Disks", ("disk", "state", "target"), [
        (one.name, one.state, one.target or "-") for one in guest.disks
    ])  # fmt: skip
    yield from _block("Channels", ("channel", "state", "kind", "path"), [
        (str(one.number), one.state, one.kind, one.path or "-") for one in guest.channels
    ])  # fmt: skip


@dataclass(frozen=True, slots=True)
class XenView:
    """A host as Xen sees it: memory in MiB (None: not told), seconds of uptime by domain id, its last messages."""

    release: str = ""
    total_memory: int | None = None
    free_memory: int | None = None
    uptimes: Mapping[int, int] = field(default_factory=dict)
    messages: tuple[str, ...] = ()


def xen_lines(view: XenView, guests: Sequence[tuple[int, str, str]]) -> Iterator[str]:
    """``view`` as SHOW prints it; ``guests`` are the running ones: id, name, state."""
    yield f"XEN{f' {view.release}' if view.release else ''}"
    if view.total_memory is not None and view.free_memory is not None:
        yield f"  Memory:    {view.total_memory} MiB, {view.free_memory} MiB free"
    yield f"  Guests:    {len(guests) or 'none'}"
    width = max((len(name) for _, name, _ in guests), default=0)
    for number, name, state in guests:
        up = view.uptimes.get(number)
        yield f"    {name.ljust(width)}  {state}{'' if up is None else f', up {duration(up)}'}"
    if view.messages:
        yield "  Last messages (dmesg):"
        yield from (f"    {line}" for line in view.messages)


def _block(title: str, heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """A titled table; one line that says so where it is empty."""
    yield ""
    if not rows:
        yield f"{title}: none"
        return
    yield title
    widths = [max(len(row[index]) for row in (heads, *rows)) for index in range(len(heads))]
    for row in (heads, *rows):
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def duration(seconds: int) -> str:
    """A time span as ``xl uptime`` writes it: ``2 days, 3:04:05``."""
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    lead = f"{days} day{'s' if days != 1 else ''}, " if days else ""
    return f"{lead}{hours}:{minutes:02d}:{rest:02d}"
