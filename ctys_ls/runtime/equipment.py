"""What a host has for guests, out of a probe's answer, and as it grows from look to look. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ctys_ls.facts import Equipment, Refusal
from ctys_ls.runtime.errors import plain

_ROW = re.compile(r"^(nr_cpus|free_memory|total_memory)\s*:\s*(\d+)\s*$", re.MULTILINE)
#: More paths than these are not kept of one host.
_MOST = 5000
_MOST_VERDICTS = 200
#: Words that are about the host or our own file there, not about the text: they are no verdict.
_ELSEWHERE = re.compile(
    r"permission denied|xencall|libxc|libxl context|xl context|failed to read config file|not implemented|"
    r"password is required|command not found|no such file|is not simulated",
    re.IGNORECASE,
)
_QUIET = re.compile(r"^Parsing config from|: warning: |^WARNING|^Failed to parse config: ")


def read(
    info: str | None,
    brctl: str | None,
    lines: Mapping[str, Sequence[str]],
    verdicts: Mapping[str, Refusal | None],
) -> Equipment | None:
    """The equipment that ``xl info``, ``brctl show`` and the probe's own lines tell of; None where nobody asked.

    ``verdicts`` as in ``Equipment``.
    """
    numbers = {name: int(value) for name, value in _ROW.findall(info or "")}
    bridges: tuple[str, ...] | None = None
    if brctl is not None:
        bridges = tuple(line.split()[0] for line in brctl.splitlines()[1:] if line[:1].strip())
    elif "bridges" in lines:
        bridges = tuple(dict.fromkeys(lines.get("bridge", ())))
    paths = dict.fromkeys(lines.get("present", ()), True) | dict.fromkeys(lines.get("absent", ()), False)
    images = tuple(lines.get("beside", ()))
    if not numbers and bridges is None and not paths and not images and not verdicts:
        return None
    return Equipment(
        bridges,
        numbers.get("nr_cpus"),
        numbers.get("free_memory"),
        numbers.get("total_memory"),
        paths,
        images,
        verdicts,
    )


def refusal(status: int, err: str, path: str) -> Refusal | None:
    """Why ``xl create -n`` refused the file at ``path``; None where it did not, or failed for a reason of its own."""
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    causes = [line for line in lines if not _QUIET.search(line)]
    if status == 0 or not causes or any(_ELSEWHERE.search(line) for line in causes):
        return None
    words = causes[0].removeprefix(path).removeprefix(":")
    number, _, rest = words.partition(":")
    if number.strip().isdigit():
        return Refusal(plain(rest.strip(), 300), int(number) - 1)
    return Refusal(plain(words.strip(), 300))


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
        verdicts=dict(list({**old.verdicts, **new.verdicts}.items())[-_MOST_VERDICTS:]),
    )
