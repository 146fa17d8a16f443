"""The simulated xl against captures of the real one: the same commands in the same order, the same form of output.

What changes from run to run is normalised: times, ids inside messages, process ids, frame numbers, values of ``xl info``.
Ids and widths of tables, all messages, their order, their stream and the exit status must be the same.
"""

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import asyncssh
import pytest
from toolforms import form, localised, original, simulated_only

from ctys_ls.lab import Hardware, Host, Lab
from ctys_ls.lab.threaded import running
from ctys_ls.lab.tools.xlhelp import HELP, NOT_SIMULATED

DATA = Path(__file__).parents[1] / "data" / "captures"
#: Where the captured host's guests lay.
CAPTURED = "/srv"
CAPTURES = json.loads((DATA / "xl-4.17.json").read_text())["captures"]

#: Why a stream of a capture is not compared.
NOT_COMPARED = {
    ("xl-create-dryrun-vd", "err"): "-vvv: libxl's debug lines are not simulated",
    ("xl-v-create-tst100", "err"): "-v: libxl's details of the build are not simulated",
}


@pytest.fixture(scope="module")
def dom0() -> Iterator[Host]:
    """A host like the captured one: its memory, its files at the same places below HOME, no qemu."""
    hardware = Hardware(memory=2559, cpus=1, device_model=False)
    with running(Lab(["xenlab"], hardware=hardware, pace=2)) as thread:
        host = thread.lab.host("xenlab")
        shutil.rmtree(host.home / "xen")
        shutil.copytree(DATA / "guests", host.home / "xen")
        (host.home / "save").mkdir()
        (host.home / "usr/lib/grub-xen").mkdir(parents=True)
        (host.home / "usr/lib/grub-xen/grub-x86_64-xen.bin").touch()
        (host.home / "xen/domu.cpio").touch()
        with (host.home / "xen/vmlinux").open("wb") as kernel:
            kernel.truncate(66_000_000)
        for conf in (host.home / "xen").rglob("*.conf"):
            conf.write_text(localised(conf.read_text(), host, CAPTURED))
        yield host


def wait_until(condition: Callable[[], bool]) -> bool:
    """Whether the condition came true within a bound."""
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


#: What must have happened on the host before a command is run (the captures slept).
BEFORE: dict[str, Callable[[Host], bool]] = {
    "xl-create-bad-missing-disk": lambda host: "bad21" not in host.domains,
    "xl-list-after-bad": lambda host: not host.domains,
    "xl-list-2": lambda host: all(domain.system.booted.is_set() for domain in host.domains.values()),
    "xl-list-rebooted": lambda host: (
        host.domains.get("tst100") is not None and host.domains["tst100"].domid == 21
    ),
    "xl-shutdown-w": lambda host: host.domains["tst100"].system.booted.is_set(),
    "xl-list-destroyed": lambda host: not host.domains,
}
#: The ids that the captured host had reached (earlier, uncaptured creations used some up).
NEXT_ID = {"xl-create-bad-bad-mac": 5, "xl-v-create-tst100": 17}


async def test_the_captured_commands_print_the_same(dom0: Host, tmp_path: Path) -> None:
    differences = []
    config = dom0.folder.parent.parent / "ssh_config"
    async with await asyncssh.connect("xenlab", config=[str(config)]) as connection:
        for capture in CAPTURES:
            name = capture["name"]
            if name in NEXT_ID:
                dom0.hypervisor._next = NEXT_ID[name]
            if name in BEFORE:
                assert wait_until(partial(BEFORE[name], dom0)), (
                    f"never ready for {name}; before: {differences}"
                )
            done = await connection.run(localised(capture["command"], dom0, CAPTURED))
            assert isinstance(done.stdout, str)
            assert isinstance(done.stderr, str)
            if done.exit_status != capture["status"]:
                differences.append(f"{name}: exit status {done.exit_status}, really {capture['status']}")
            for stream, text in (("out", done.stdout), ("err", done.stderr)):
                if (name, stream) in NOT_COMPARED:
                    continue
                ours = form(
                    simulated_only(name, original(text, dom0, CAPTURED))
                    if stream == "out"
                    else original(text, dom0, CAPTURED),
                    name,
                )
                real = form("\n".join(capture[stream]), name)
                if "help" in name or name == "xl-version-none":
                    missing = [line for line in ours.split("\n") if line not in real.split("\n")]
                    if missing and stream == "out":
                        differences.append(f"{name}: not in the real help: {missing}")
                elif ours != real:
                    differences.append(f"{name} {stream}:\n--- simulated\n{ours}\n--- real\n{real}")
    assert not differences, "\n".join(differences)


async def test_every_subcommand_that_is_not_simulated_says_so(dom0: Host) -> None:
    """The real help lists more than we know; none of that may look as if it worked."""
    listed = next(capture for capture in CAPTURES if capture["name"] == "xl-help")["out"]
    real = {match[1] for line in listed if (match := re.match(r" ([a-z][\w-]+)", line))}
    assert real == set(HELP) | NOT_SIMULATED
    config = dom0.folder.parent.parent / "ssh_config"
    async with await asyncssh.connect("xenlab", config=[str(config)]) as connection:
        for name in ("top", "migrate", "mem-set"):
            done = await connection.run(f"xl {name}")
            assert (done.stderr, done.exit_status) == (f"xl {name} is not simulated (ctys-ls lab)\n", 1)
