"""``ctys-ls doctor``: find out why a host cannot be managed, step by step, each with cause and cure."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
from collections.abc import Sequence

from ctys_ls.cli.runtime import config, new_engine
from ctys_ls.cli.terminal import Asker, Status, restored
from ctys_ls.cli.ways import privilege_flags
from ctys_ls.requests import Privilege
from ctys_ls.runtime.doctor import STEPS, Finding, examine

_MARKS = {True: "ok", False: "BAD", None: "-"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "hosts", metavar="HOST", nargs="*", help="default: the hosts of the ssh configuration"
    )
    parser.add_argument(
        "-Z", dest="ways", type=privilege_flags, default=Privilege(ksu=True, sudo=True), metavar="KSU,SUDO"
    )


def run(args: argparse.Namespace) -> int:
    """Examine hosts and this machine's programs; exit status 1 where something is wrong."""
    hosts = args.hosts or [host.name for host in new_engine(os.environ).facts().hosts]
    good = _programs()
    if not hosts:
        print("No host is known: name one, or give it a Host entry in ~/.ssh/config.")
        return 1
    with restored():
        try:
            results = asyncio.run(_examine_all(hosts, args.ways))
        except KeyboardInterrupt:
            return 1
    for host, findings in zip(hosts, results, strict=True):
        print(f"\n{host}")
        for finding in findings:
            _print(finding)
        good = good and all(finding.ok is not False for finding in findings)
    return int(not good)


async def _examine_all(hosts: Sequence[str], ways: Privilege) -> list[tuple[Finding, ...]]:
    """All hosts at once, for a dead one must not delay the others; questions come one at a time."""
    from ctys_ls.languages.xenconf.facts import read_conf

    ask = Asker(Status())
    settings = config(os.environ)
    return await asyncio.gather(*(examine(host, ways, settings, read_conf, ask) for host in hosts))


def _programs() -> bool:
    path = shutil.which("ssh")
    print("this machine")
    _print(
        Finding("ssh", True, path)
        if path
        else Finding("ssh", False, "the program ssh is missing, consoles need it", "Install openssh-client.")
    )
    return path is not None


def _print(finding: Finding) -> None:
    width = max(map(len, STEPS))
    print(f"  {_MARKS[finding.ok]:<4}{finding.step:<{width}}  {finding.text}")
    if finding.cure:
        print(f"      {'':<{width}}cure: {finding.cure}")
