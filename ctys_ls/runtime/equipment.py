"""What a host has for guests, out of a probe's answer, and as it grows from look to look. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ctys_ls.facts import Equipment

_ROW = re.compile(r"^(nr_cpus|free_memory|total_memory)\s*:\s*(\d+)\s*$", re.MULTILINE)
#: More paths than these are not kept of one host.
_MOST = 5000


def read(info: str | None, brctl: str | None, lines: Mapping[str, Sequence[str]]) -> Equipment | None:
    """The equipment that ``xl info``, ``brctl show`` and the probe's own lines tell of; None where nobody asked."""
    numbers = {name: int(value) for name, value in _ROW.findall(info or "")}
    bridges: tuple[str, ...] | None = None
    if brctl is not None:
        bridges = tuple(line.split()[0] for line in brctl.splitlines()[1:] if line[:1].strip())
    elif "bridges" in lines:
        bridges = tuple(dict.fromkeys(lines.get("bridge", ())))
    paths = dict.fromkeys(lines.get("present", ()), True) | dict.fromkeys(lines.get("absent", ()), False)
    images = tuple(lines.get("beside", ()))
    if not numbers and bridges is None and not paths and not images:
        return None
    return Equipment(
        bridges,
        numbers.get("nr_cpus"),
        numbers.get("free_memory"),
        numbers.get("total_memory"),
        paths,
        images,
    )


def release(info: str | None) -> str:
    """Xen's release as ``xl info`` names it."""
    found = re.search(r"^xen_version\s*:\s*(\S+)", info or "", re.MULTILINE)
    return found[1] if found else ""


def merged(old: Equipment | None, new: Equipment | None) -> Equipment | None:
    """What is known after a look that may not have asked for everything."""
    if old is None or new is None:
        return new or old
    paths = {**old.paths, **new.paths}
    return replace(
        new,
        bridges=old.bridges if new.bridges is None else new.bridges,
        cpus=old.cpus if new.cpus is None else new.cpus,
        free_memory=old.free_memory if new.free_memory is None else new.free_memory,
        total_memory=old.total_memory if new.total_memory is None else new.total_memory,
        paths=dict(list(paths.items())[-_MOST:]),
        images=tuple(dict.fromkeys((*new.images, *old.images)))[:_MOST],
    )
