"""``python -m bench.hosts [--hosts N]``: LIST of many hosts beside a bare asyncssh loop that runs the same probe.

The hosts are real OpenSSH servers on loopback. Both sides share keys and known hosts, log in at most 16 at a time, and
run in turn in one process, so that the servers' own work, most of the wall time on one machine, is the same for both.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncssh

from ctys_ls.languages.xenconf.facts import read_conf
from ctys_ls.requests import Invocation, List, Target
from ctys_ls.runtime import probe
from ctys_ls.runtime.actions.run import ROOTS
from ctys_ls.runtime.api import Config, Question
from ctys_ls.runtime.engine import make_engine
from ctys_ls.runtime.pool import HANDSHAKES
from ctys_ls.runtime.privilege import Method

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from realsshd import Sshd

_LOOK = probe.Look(probe.LISTING, directories=ROOTS)


def main() -> None:
    """Measure and print medians: seconds of wall time, seconds of this process's CPU."""
    parser = argparse.ArgumentParser(prog="python -m bench.hosts", description=__doc__)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ctys-bench-") as folder:
        figures = asyncio.run(_measure(Path(folder), args.hosts, args.runs))
    print(f"{args.hosts} hosts, median of {args.runs}      wall s   cpu s")
    for name, pairs in figures.items():
        wall, cpu = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"  {name:<28}{wall:>10.2f}{cpu:>8.2f}")


async def _measure(folder: Path, count: int, runs: int) -> dict[str, list[tuple[float, float]]]:
    hosts = [Sshd(folder, f"h{number}") for number in range(count)]
    figures: dict[str, list[tuple[float, float]]] = defaultdict(list)
    try:
        for host in hosts:
            host.start()
            host.know()
        config = folder / "ssh_config"
        config.write_text("".join(host.config() for host in hosts))
        for _ in range(runs):
            for name, seconds in [*await _bare(folder, hosts), *await _ours(folder, config, hosts)]:
                figures[name].append(seconds)
    finally:
        for host in hosts:
            host.stop()
    return figures


async def _timed(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    start, before = time.perf_counter(), _cpu()
    await work()
    return time.perf_counter() - start, _cpu() - before


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def _bare(folder: Path, hosts: list[Sshd]) -> list[tuple[str, tuple[float, float]]]:
    """The least that can be done: parsed options shared by all, nothing made of the answers."""
    options = asyncssh.SSHClientConnectionOptions(
        config=None,
        username="root",
        known_hosts=asyncssh.read_known_hosts(str(folder / "known_hosts")),
        client_keys=asyncssh.load_keypairs(str(folder / "client_key")),
        agent_path=None,
    )
    gate = asyncio.Semaphore(HANDSHAKES)
    open_: dict[int, asyncssh.SSHClientConnection] = {}

    async def ask(host: Sshd) -> None:
        if host.port not in open_:
            async with gate:
                open_[host.port] = await asyncssh.connect("127.0.0.1", host.port, options=options)
        call = probe.call(_LOOK, (Method.PLAIN,))
        await open_[host.port].run(call.line, input=call.stdin)

    async def everybody() -> None:
        await asyncio.gather(*map(ask, hosts))

    found = [
        ("bare asyncssh, fresh", await _timed(everybody)),
        ("bare asyncssh, open", await _timed(everybody)),
    ]
    for connection in open_.values():
        connection.close()
    return found


async def _ours(folder: Path, config: Path, hosts: list[Sshd]) -> list[tuple[str, tuple[float, float]]]:
    engine = make_engine(Config(ssh_config=config, state_dir=folder / "state"), read_conf, home=folder)
    invocation = Invocation(tuple(Target(host.alias, List()) for host in hosts), use_inventory=False)

    async def nobody(question: Question) -> None:
        raise AssertionError(question)

    async def everybody() -> None:
        outcome = await engine.run(invocation, lambda _: None, nobody)
        assert all(target.rows for target in outcome.targets), "a host did not answer"

    found = [
        ("ctys -a list, fresh", await _timed(everybody)),
        ("ctys -a list, open", await _timed(everybody)),
    ]
    await engine.close()
    return found


if __name__ == "__main__":
    main()
