"""The measures: each function takes a server and gives figures by name (milliseconds, MiB, counts)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.client import Client, Json
from bench.texts import Text, guest_file

Figures = dict[str, float]
PAIRS = 500


def document(text: Text, version: int = 1) -> Json:
    """The item of a didOpen."""
    return {"uri": text.uri, "languageId": text.language, "version": version, "text": text.text}


def place(text: Text, where: tuple[int, int]) -> Json:
    """The parameters of a request at a place."""
    return {"textDocument": {"uri": text.uri}, "position": {"line": where[0], "character": where[1]}}


def change(text: Text, version: int, column: int, removed: int, added: str, line: int | None = None) -> Json:
    """The parameters of an edit, on the line of the completion place where no other is given."""
    line = text.complete[0] if line is None else line
    where = {
        "start": {"line": line, "character": column},
        "end": {"line": line, "character": column + removed},
    }
    return {
        "textDocument": {"uri": text.uri, "version": version},
        "contentChanges": [{"range": where, "text": added}],
    }


async def start(command: Sequence[str], environ: dict[str, str], text: Text) -> Figures:
    """From nothing to the answer of initialize, and to the first problems of a file that is opened at once."""
    client = await Client.start(command, environ)
    await client.initialize()
    answered, started = time.perf_counter(), client.processor()
    report = client.report(text.uri, 1)
    client.notify("textDocument/didOpen", {"textDocument": document(text)})
    now, _ = await asyncio.wait_for(report, 30)
    judged = client.processor()
    await asyncio.sleep(0.3)
    figures = {
        "start": (answered - client.begun) * 1e3,
        "start to problems": (now - client.begun) * 1e3,
        "start processor": started,
        "start to problems processor": judged,
        "memory": client.resident(),
    }
    await client.stop()
    return figures


async def documents(client: Client, text: Text, suffix: str, *, requests: int = 100) -> Figures:
    """Open, edit, complete, hover."""
    figures: Figures = {}
    report, begun = client.report(text.uri, 1), time.perf_counter()
    client.notify("textDocument/didOpen", {"textDocument": document(text)})
    now, _ = await asyncio.wait_for(report, 60)
    figures[f"open {suffix}"] = (now - begun) * 1e3
    figures[f"change {suffix}"] = await _typed(client, text, text.complete, 2)
    if text.inside is not None:
        figures[f"change inside {suffix}"] = await _typed(client, text, text.inside, 22)
    for name, where in (("completion", text.complete), ("hover", text.hover)):
        times, result = [], None
        for _ in range(requests):
            took, result = await client.timed(f"textDocument/{name}", place(text, where))
            times.append(took)
        figures[f"{name} first {suffix}"] = times[0]
        figures[f"{name} {suffix}"] = middle(times[1:])
        figures[f"{name} p95 {suffix}"] = sorted(times[1:])[int(0.95 * len(times)) - 1]
        if name == "completion":
            figures[f"items {suffix}"] = len(items(result))
    return figures


async def _typed(client: Client, text: Text, where: tuple[int, int], version: int) -> float:
    """The middle of what twenty single characters took until their problems were there."""
    times = []
    for number in range(20):
        # As somebody types: a character each tenth of a second at most.
        await asyncio.sleep(0.02)
        report, begun = client.report(text.uri, version + number), time.perf_counter()
        removed, added = (0, "x") if number % 2 == 0 else (1, "")
        edit = change(text, version + number, where[1], removed, added, where[0])
        client.notify("textDocument/didChange", edit)
        now, _ = await asyncio.wait_for(report, 60)
        times.append((now - begun) * 1e3)
    return middle(times[2:])


#: What editors ask of a whole document by themselves, with the parameters beside the document.
WHOLE: dict[str, Json] = {
    "documentSymbol": {},
    "foldingRange": {},
    "semanticTokens/full": {},
    "inlayHint": {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 10_000, "character": 0}}},
}


async def whole(client: Client, text: Text, suffix: str) -> Figures:
    """What an editor asks by itself once a document is open; it blocks everything else for that long."""
    figures: Figures = {}
    for method, more in WHOLE.items():
        params = {"textDocument": {"uri": text.uri}} | more
        times = [(await client.timed(f"textDocument/{method}", params))[0] for _ in range(5)]
        figures[f"{method} {suffix}"] = middle(times)
    return figures


async def index(command: Sequence[str], folder: Path, files: int) -> Figures:
    """A workspace of many domain files: until all are known, until a change of one is, and the memory for it."""
    for number in range(files):
        guest = folder / f"tst{number}"
        guest.mkdir()
        (guest / f"tst{number}.conf").write_text(guest_file(number), encoding="utf-8")
    client = await Client.start(command)
    begun = time.perf_counter()
    await client.initialize(root=folder.as_uri())
    figures = {"index": await _found(client, f"tst{files - 1}", begun) * 1e3}
    await asyncio.sleep(2.0)
    times = []
    for number in range(10):
        path = folder / "tst7" / "tst7.conf"
        path.write_text(guest_file(7).replace("tst7", f"renamed{number}"), encoding="utf-8")
        begun = time.perf_counter()
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": 2}]})
        times.append(await _found(client, f"renamed{number}", begun) * 1e3)
    figures |= {"index after a change": middle(times), "index memory": client.resident()}
    await client.stop()
    return figures


async def _found(client: Client, label: str, begun: float) -> float:
    """Seconds until a guest can be found by its label."""
    while time.perf_counter() - begun < 120:
        _, result = await client.timed("workspace/symbol", {"query": label})
        if any(symbol["name"] == label for symbol in result or ()):
            return time.perf_counter() - begun
        await asyncio.sleep(0.001)
    raise TimeoutError(label)


async def burst(client: Client, text: Text, *, cancel: bool, version: int) -> Figures:
    """500 edits, each with its completion, as fast as they can be written."""
    name = "cancelled burst" if cancel else "burst"
    begun, futures, previous = time.perf_counter(), [], 0
    async with client.flooded(PAIRS):
        for number in range(PAIRS):
            column = text.complete[1] + number % 10
            edit = (
                change(text, version + number, column, 0, "x")
                if number % 10
                else change(text, version + number, column, 10 if number else 0, "")
            )
            client.notify("textDocument/didChange", edit)
            if cancel and previous:
                client.notify("$/cancelRequest", {"id": previous})
            previous, future = client.request("textDocument/completion", place(text, text.complete))
            futures.append(future)
            await asyncio.sleep(0)
        written = time.perf_counter()
    answers = await asyncio.wait_for(asyncio.gather(*futures), 60)
    kinds = Counter("dropped" if "error" in message else "answered" for _, message in answers)
    return {
        name: (max(now for now, _ in answers) - begun) * 1e3,
        f"{name}: last answer after the last key": (answers[-1][0] - written) * 1e3,
        f"{name}: dropped %": 100 * kinds["dropped"] / PAIRS,
        f"{name}: answered": float(len(answers)),
    }


async def memory_after_edits(client: Client, text: Text, version: int, count: int = 5000) -> Figures:
    """Growth of resident memory over many edits, in percent."""
    before = client.resident()
    for number in range(count):
        added = number % 2 == 0
        edit = change(text, version + number, text.complete[1], 0 if added else 1, "y" if added else "")
        client.notify("textDocument/didChange", edit)
        if number % 100 == 99:
            await client.timed("textDocument/hover", place(text, text.hover))
    return {"growth %": 100 * (client.resident() / before - 1)}


def items(result: Any) -> list[Any]:
    """The items of a completion answer in any of its forms."""
    found: list[Any] = result["items"] if isinstance(result, dict) else result or []
    return found


def middle(values: Sequence[float]) -> float:
    """The median."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
