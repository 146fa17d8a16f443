"""What a toolstack is: arguments and parsers behind one set of names. Pure, no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from ctys_ls.runtime.hostcommand import Completed, HostCommand, nothing

#: Letters of the State column in their places: running, blocked, paused, shutdown, crashed, dying.
STATES = {"r": "running", "b": "blocked", "p": "paused", "s": "shutdown", "c": "crashed", "d": "dying"}


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain as the toolstack lists it. ``memory`` in MiB, ``seconds`` of CPU time; what is unknown is empty.

    ``uuid`` is 32 lower-case hex digits, ``macs`` are lower case with colons, ``disks`` are paths or devices.
    """

    id: int
    name: str
    memory: int = 0
    vcpus: int = 0
    state: str = ""
    seconds: float = 0.0
    uuid: str = ""
    macs: tuple[str, ...] = ()
    disks: tuple[str, ...] = ()
    kind: str = ""
    vnc_port: int | None = None
    bridges: tuple[str, ...] = ()
    #: What is behind each disk on the host, by the disk's name in the guest.
    targets: Mapping[str, str] = field(default_factory=dict)
    #: IPv4 addresses that the running guest was found with, and where: "xenstore" or "neighbour".
    addresses: tuple[str, ...] = ()
    address_source: str = ""


class Toolstack(Protocol):
    """The calls of one toolstack; ``tool`` is its path on the host."""

    name: str

    def create(self, tool: str, conf: str, extra: Sequence[str] = ()) -> HostCommand[None]: ...
    def destroy(self, tool: str, label: str) -> HostCommand[None]: ...
    def shutdown(self, tool: str, label: str) -> HostCommand[None]: ...
    def reboot(self, tool: str, label: str) -> HostCommand[None]: ...
    def pause(self, tool: str, label: str) -> HostCommand[None]: ...
    def unpause(self, tool: str, label: str) -> HostCommand[None]: ...
    def save(self, tool: str, label: str, path: str) -> HostCommand[None]: ...
    def restore(self, tool: str, path: str) -> HostCommand[None]: ...
    def rename(self, tool: str, label: str, to: str) -> HostCommand[None]: ...
    def domid(self, tool: str, label: str) -> HostCommand[int]: ...
    def list(self, tool: str) -> HostCommand[tuple[Domain, ...]]: ...
    def console(self, tool: str, label: str) -> tuple[str, ...]: ...
    def sdl_words(self, display: str, xauthority: str) -> tuple[str, ...]: ...
    def sdl_check(self, tool: str, conf: str, extra: Sequence[str]) -> HostCommand[bool] | None: ...
    def parse_list(self, text: str) -> tuple[Domain, ...]: ...
    def parse_details(self, text: str) -> tuple[Domain, ...]: ...
    def first_words(self, err: str) -> str: ...


class PlainActs:
    """The acts that xl took over from xm word for word; a start and a save last as long as the guest is large."""

    def create(self, tool: str, conf: str, extra: Sequence[str] = ()) -> HostCommand[None]:
        return _act((tool, "create", conf, *extra), f"starting the guest of {conf}", 300)

    def destroy(self, tool: str, label: str) -> HostCommand[None]:
        return _act((tool, "destroy", *guest(label)), f"destroying {label}", 120)

    def shutdown(self, tool: str, label: str) -> HostCommand[None]:
        return _act((tool, "shutdown", *guest(label)), f"shutting down {label}")

    def reboot(self, tool: str, label: str) -> HostCommand[None]:
        return _act((tool, "reboot", *guest(label)), f"rebooting {label}")

    def pause(self, tool: str, label: str) -> HostCommand[None]:
        return _act((tool, "pause", *guest(label)), f"pausing {label}")

    def unpause(self, tool: str, label: str) -> HostCommand[None]:
        return _act((tool, "unpause", *guest(label)), f"resuming {label}")

    def save(self, tool: str, label: str, path: str) -> HostCommand[None]:
        return _act((tool, "save", *guest(label), path), f"saving {label} to {path}", None)

    def restore(self, tool: str, path: str) -> HostCommand[None]:
        return _act((tool, "restore", path), f"restoring {path}", None)

    def rename(self, tool: str, label: str, to: str) -> HostCommand[None]:
        return _act((tool, "rename", *guest(label), to), f"renaming {label} to {to}")

    def domid(self, tool: str, label: str) -> HostCommand[int]:
        return HostCommand((tool, "domid", *guest(label)), f"asking for the id of {label}", _number)

    def console(self, tool: str, label: str) -> tuple[str, ...]:
        return (tool, "console", *guest(label))

    def sdl_words(self, display: str, xauthority: str) -> tuple[str, ...]:
        """Settings behind ``create`` that let the device model draw an SDL window on an X display."""
        return ("sdl=1", f"display={display}", f"xauthority={xauthority}")

    def sdl_check(self, tool: str, conf: str, extra: Sequence[str]) -> HostCommand[bool] | None:  # noqa: ARG002
        """Asks whether a start would give the device model an SDL display; None where the tool cannot tell."""
        return None


def guest(label: str) -> tuple[str, ...]:
    """A guest as an argument: a name that begins with a hyphen is no option."""
    return ("--", label) if label.startswith("-") else (label,)


def _number(done: Completed) -> int:
    return int(done.out)


def _act(argv: tuple[str, ...], act: str, timeout: float | None = 60) -> HostCommand[None]:
    return HostCommand(argv, act, nothing, timeout=timeout)


_ROW = re.compile(
    r"^(?P<name>\S.*?)\s+(?P<id>\d+)\s+(?P<memory>\d+)\s+(?P<vcpus>\d+)\s+(?P<state>[rbpscd-]{5,6})\s+"
    r"(?P<seconds>\d+(?:\.\d+)?)(?:\s+(?P<uuid>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}))?(?:\s|$)"
)


def parse_table(text: str) -> tuple[Domain, ...]:
    """The domains of ``list`` or ``list -v``; the form is the same in xl and xm. Other lines are passed over.

    Raises ValueError where there is no such table at all (a host that answers something else).
    """
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if _is_header(line)), None)
    if start is None:
        raise ValueError("the answer is no table of domains")
    return tuple(_domain(found) for line in lines[start + 1 :] if (found := _ROW.match(line)))


def _is_header(line: str) -> bool:
    words = line.split()
    return words[:2] == ["Name", "ID"] and "State" in words


def _domain(row: re.Match[str]) -> Domain:
    return Domain(
        int(row["id"]),
        row["name"],
        int(row["memory"]),
        int(row["vcpus"]),
        state_word(row["state"]),
        float(row["seconds"]),
        (row["uuid"] or "").replace("-", ""),
    )


def state_word(flags: str) -> str:
    """The state in one word. All dashes are a guest that could run and does not at this instant: running.

    Several letters can stand (``--ps--`` just after a shutdown): the last one tells most.
    """
    words = [STATES[flag] for flag in flags if flag in STATES]
    return words[-1] if words else "running"


def merged(rows: Sequence[Domain], details: Sequence[Domain]) -> tuple[Domain, ...]:
    """The rows of the table, with what the detailed listing adds to each."""
    known = {domain.id: domain for domain in details}
    result = []
    for row in rows:
        more = known.get(row.id)
        result.append(
            row
            if more is None
            else replace(
                row,
                uuid=row.uuid or more.uuid,
                macs=more.macs,
                disks=more.disks,
                kind=more.kind,
                vnc_port=more.vnc_port or row.vnc_port,
                bridges=more.bridges,
                targets=more.targets,
                addresses=row.addresses or more.addresses,
                address_source=row.address_source or more.address_source,
            )
        )
    return tuple(result)


def noise_free(err: str, noise: re.Pattern[str]) -> str:
    """The first line of ``err`` that is not ``noise``."""
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    return next((line for line in lines if not noise.search(line)), lines[0] if lines else "")
