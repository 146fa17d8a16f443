"""xm, the toolstack of Xen 3 and 4.0, from its documented output: the same table, details as S-expressions."""

from __future__ import annotations

import re
from typing import Any

from ctys_ls.runtime.hostcommand import HostCommand
from ctys_ls.runtime.toolstacks.base import Domain, PlainActs, noise_free, parse_table

_NOISE = re.compile(r"^Using config file|^Started domain|^Usage:|^xm [a-z]|^\s")
_TOKEN = re.compile(r"[()]|'(?:[^'\\]|\\.)*'|[^\s()]+")


class Xm(PlainActs):
    """Calls of xm; every one needs root's rights."""

    name = "xm"

    def list(self, tool: str) -> HostCommand[tuple[Domain, ...]]:
        return HostCommand((tool, "list"), "listing the guests", lambda done: self.parse_list(done.out))

    def parse_list(self, text: str) -> tuple[Domain, ...]:
        """Domains from ``xm list``."""
        return parse_table(text)

    def parse_details(self, text: str) -> tuple[Domain, ...]:
        """Domains from ``xm list -l``, one ``(domain …)`` after the other. Raises ValueError where they do not balance."""
        return tuple(
            _details(form[1:])
            for form in parse_sxp(text)
            if isinstance(form, list) and form[:1] == ["domain"]
        )

    def first_words(self, err: str) -> str:
        """The first line that says what is wrong (``Error: …``), not the usage text below it."""
        errors = [line for line in err.splitlines() if line.startswith("Error:")]
        return errors[0] if errors else noise_free(err, _NOISE)


def parse_sxp(text: str) -> list[Any]:
    """S-expressions as nested lists of words."""
    stack: list[list[Any]] = [[]]
    for word in _TOKEN.findall(text):
        if word == "(":
            stack.append([])
        elif word == ")":
            if len(stack) == 1:
                raise ValueError("a closing parenthesis too many")
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word[1:-1].replace("\\'", "'") if word[:1] == "'" and len(word) > 1 else word)
    if len(stack) != 1:
        raise ValueError("a parenthesis is not closed")
    return stack[0]


def _details(form: list[Any]) -> Domain:
    devices = [
        entry[1] for entry in form if _is(entry, "device") and len(entry) > 1 and isinstance(entry[1], list)
    ]
    vifs = [device for device in devices if device[:1] == ["vif"]]
    blocks = [device for device in devices if device[:1] in (["vbd"], ["tap"])]
    disks = [_word(device, "uname").partition(":")[2] for device in blocks]
    names = [_word(device, "dev").partition(":")[0] for device in blocks]
    port = next(
        (_word(device, "location").rpartition(":")[2] for device in devices if device[:1] == ["vfb"]), ""
    )
    number = _word(form, "domid")
    return Domain(
        int(number) if number.isdigit() else -1,
        _word(form, "name"),
        uuid=_word(form, "uuid").replace("-", "").lower(),
        macs=tuple(_word(vif, "mac").lower() for vif in vifs if _word(vif, "mac")),
        disks=tuple(filter(None, disks)),
        vnc_port=int(port) if port.isdigit() else None,
        bridges=tuple(_word(vif, "bridge") for vif in vifs if _word(vif, "bridge")),
        targets=dict(zip(names, disks, strict=True)),
    )


def _is(entry: object, name: str) -> bool:
    return isinstance(entry, list) and entry[:1] == [name]


def _word(form: list[Any], name: str) -> str:
    return next((str(entry[1]) for entry in form if _is(entry, name) and len(entry) > 1), "")
