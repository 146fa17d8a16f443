"""The simulated xl's reader against what the real one said to the same files (tests/data/xen-probes.json)."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ctys_ls.lab.confreader import ConfError, read_conf
from ctys_ls.lab.guest import GuestError, guest_of

PROBES = json.loads((Path(__file__).parents[1] / "data" / "xen-probes.json").read_text())
#: Probes whose record is not what was printed, byte for byte.
UNREADABLE = {"non-breaking space around =", "escape: octal \\012"}
#: Keys that the simulation knows; what a file says under other keys is not judged.
KEYS = {
    *(
        "name",
        "uuid",
        "type",
        "builder",
        "memory",
        "maxmem",
        "vcpus",
        "maxvcpus",
        "kernel",
        "ramdisk",
        "bootloader",
    ),
    *(
        "extra",
        "root",
        "cmdline",
        "vif",
        "disk",
        "on_poweroff",
        "on_reboot",
        "on_crash",
        "on_watchdog",
        "on_soft_reset",
    ),
}
#: Details of devices that are not simulated.
NOT_SIMULATED = {"vif bad rate", "vcpus negative", "kernel hvmloader"}


def text_of_probe(probe: dict[str, Any]) -> str:
    if "input" in probe:
        return str(probe["input"])
    return base64.b64decode(probe["input_b64"]).decode("utf-8", "surrogateescape")


GRAMMAR = [p for p in PROBES if p["kind"] == "grammar" and "input_b64" in p and p["title"] not in UNREADABLE]
DRYRUN = [
    p
    for p in PROBES
    if p["kind"] == "xl-dryrun" and ("input" in p or "input_b64" in p) and p["title"] not in NOT_SIMULATED
]


def grammar_of(text: str) -> tuple[str, object]:
    """The verdict, and the settings or the message."""
    try:
        return "accept", read_conf(text).values
    except ConfError as error:
        return "reject", list(error.messages)


@pytest.mark.parametrize("probe", GRAMMAR, ids=lambda probe: probe["title"])
def test_grammar(probe: dict[str, Any]) -> None:
    real = probe.get("effective")
    if probe["verdict"] == "reject":
        real = [
            f"{line}: config parsing error near {near}: {said}" for line, near, said in probe["diagnostics"]
        ]
    assert grammar_of(text_of_probe(probe)) == (probe["verdict"], real)


def judged(probe: dict[str, Any]) -> bool:
    try:
        return set(read_conf(text_of_probe(probe)).values) <= KEYS
    except ConfError:
        return True


def guest_verdict(text: str) -> tuple[str, str]:
    """The verdict and what is printed."""
    try:
        guest = guest_of(read_conf(text), text, "FILE")
    except GuestError as error:
        return "reject", str(error)
    except ConfError as error:
        said = [f"FILE:{message}" for message in error.messages]
        return "reject", "\n".join([*said, "Failed to parse config: Invalid argument"])
    return "accept-with-warning" if guest.warnings else "accept", "\n".join(guest.warnings)


@pytest.mark.parametrize("probe", [p for p in DRYRUN if judged(p)], ids=lambda probe: probe["title"])
def test_what_xl_says_to_a_guest(probe: dict[str, Any]) -> None:
    assert guest_verdict(text_of_probe(probe)) == (probe["verdict"], probe.get("stderr", "").rstrip("\n"))


def test_there_is_something_to_judge() -> None:
    assert len(GRAMMAR) > 70
    assert len([p for p in DRYRUN if judged(p)]) >= 60
