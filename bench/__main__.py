"""``make bench``: floors and ctys-ls in turn, so that the machine's moods hit all of them alike; medians, ratios, goals."""

from __future__ import annotations

import argparse
import asyncio
import compileall
import os
import platform
import statistics
import sys
import tempfile
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import ctys_ls
from bench import measures, texts
from bench.client import Client
from bench.table import render
from ctys_ls.schema import tables

FLOORS = Path(__file__).parent / "floors"
OURS = (sys.executable, "-m", "ctys_ls", "--stdio")


def main() -> int:
    """Measure and print; returns the exit status: 1 where a goal is missed and ``--strict`` is given."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=5, help="repetitions, of which the median counts (default 5)"
    )
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    parser.add_argument("--strict", action="store_true", help="exit status 1 where a goal is missed")
    args = parser.parse_args()
    # Installed packages are compiled when they are installed; a working tree need not be.
    compileall.compile_dir(Path(ctys_ls.__file__).parent, quiet=2)
    sys.dont_write_bytecode = False
    tables.compile_all()
    figures = asyncio.run(_measure(args.runs))
    table, missed = render(figures)
    print(table)
    if args.write:
        _write(table, args.runs)
    return 1 if args.strict and missed else 0


async def _measure(runs: int) -> dict[str, measures.Figures]:
    found: dict[str, dict[str, list[float]]] = {
        name: defaultdict(list) for name in ("pygls", "asyncio", "ctys-ls")
    }
    count = await _items()
    environ = {"FLOOR_ITEMS": str(count)}
    commands = {
        "pygls": (sys.executable, str(FLOORS / "bare_pygls.py")),
        "asyncio": (sys.executable, str(FLOORS / "bare_asyncio.py")),
        "ctys-ls": OURS,
    }
    for run in range(runs):
        for name, command in commands.items():
            print(f"run {run + 1} of {runs}: {name}", file=sys.stderr, flush=True)
            starts = [await measures.start(command, environ, texts.conf(50)) for _ in range(3)]
            figures = {key: statistics.median(one[key] for one in starts) for key in starts[0]}
            client = await Client.start(command, environ)
            await client.initialize(settle=1.0)
            for label, text in (
                ("1k", texts.conf(1000)),
                ("10k", texts.conf(10_000)),
                ("1k notes", texts.notes(1000)),
                ("10k notes", texts.notes(10_000)),
                ("1k ctys", texts.commands(1000)),
                ("10k ctys", texts.commands(10_000)),
                ("1k script", texts.script(1000)),
                ("5k script", texts.script(5000)),
            ):
                figures |= await measures.documents(client, text, label)
                if name == "ctys-ls" and label in {"10k", "10k notes", "5k script"}:
                    figures |= await measures.whole(client, text, label)
            text = texts.notes(1000)
            figures |= await measures.burst(client, text, cancel=False, version=100)
            figures |= await measures.burst(client, text, cancel=True, version=1000)
            figures |= await measures.memory_after_edits(client, text, 2000)
            await client.stop()
            for key, value in figures.items():
                found[name][key].append(value)
    print("10,000 domain files", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="ctys-bench-") as folder:
        for key, value in (await measures.index(OURS, Path(folder), 10_000)).items():
            found["ctys-ls"][key].append(value)
    return {
        name: {key: statistics.median(values) for key, values in series.items()}
        for name, series in found.items()
    }


async def _items() -> int:
    """How many items ctys-ls offers at the place that is measured: the floors make as many."""
    client = await Client.start(OURS)
    await client.initialize()
    text = texts.conf(50)
    client.notify("textDocument/didOpen", {"textDocument": measures.document(text)})
    _, result = await client.timed("textDocument/completion", measures.place(text, text.complete))
    await client.stop()
    return len(measures.items(result))


def _write(table: str, runs: int) -> None:
    page = Path(__file__).parents[1] / "docs" / "benchmarks.md"
    before, mark, _ = page.read_text(encoding="utf-8").partition("<!-- figures -->\n")
    versions = ", ".join(f"{name} {version(name)}" for name in ("pygls", "lsprotocol", "attrs", "cattrs"))
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    page.write_text(
        f"{before}{mark}Medians of {runs} runs on {machine}; {versions}.\n\n{table}\n", encoding="utf-8"
    )


if __name__ == "__main__":
    raise SystemExit(main())
