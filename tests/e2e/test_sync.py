"""The server's text is the client's, whatever is typed, in each of the three ways to count characters."""

from __future__ import annotations

import os
import random

import pytest
from wire_client import Wire

URI = "file:///doc.conf"
PIECES = (
    "a", "name = 1", " ", "\n", "\r\n", "\r", "\n\n", "\r\r\n", "\t", "\f", "\v", "\x1c", "\x85", "\u2028", "é", "ß",
    "\u0301", "字", "🐧", "𝒳", "👩\u200d💻", "", "\ufeff", "#",
)  # fmt: skip
WIDTHS = {
    "utf-8": lambda text: len(text.encode()),
    "utf-16": lambda text: len(text.encode("utf-16-le")) // 2,
    "utf-32": len,
}


class Editor:
    """A client's own text: what a real editor holds, kept as simply as can be (one string, offsets)."""

    def __init__(self, text, encoding):
        self.text, self.encoding = text, encoding

    def place(self, offset):
        """Line and column of an offset, counted the plain way: line ends are LF, CR LF and CR."""
        before = self.text[:offset].replace("\r\n", "\n ").replace("\r", "\n")
        if self.text[offset - 1 : offset + 1] == "\r\n":
            raise ValueError("no place between CR and LF")
        start = self.text[:offset]
        head = max(start.rfind("\n"), start.rfind("\r")) + 1
        return {"line": before.count("\n"), "character": WIDTHS[self.encoding](self.text[head:offset])}

    def edit(self, dice):
        """A random edit as a client tells it."""
        ends = sorted(dice.randint(0, len(self.text)) for _ in range(2))
        if dice.random() < 0.5 or ends[1] - ends[0] > 20:
            ends[1] = ends[0]
        ends = [end + (self.text[end - 1 : end + 1] == "\r\n") for end in ends]
        text = "".join(dice.choices(PIECES, k=dice.randint(0, 3)))
        change = {"range": {"start": self.place(ends[0]), "end": self.place(ends[1])}, "text": text}
        self.text = self.text[: ends[0]] + text + self.text[ends[1] :]
        return change


@pytest.mark.parametrize("encoding", WIDTHS)
async def test_random_edits_leave_both_texts_equal(encoding):
    """3,400 edits for each unit; seed and last change are in the failure's text. CTYS_SEED repeats a run."""
    seed = int(os.environ.get("CTYS_SEED", random.randrange(1 << 32)))
    dice = random.Random(seed)
    wire = await Wire.start()
    try:
        result = await wire.initialize({"general": {"positionEncodings": [encoding]}})
        assert result["capabilities"]["positionEncoding"] == encoding
        editor = Editor("name = 1\r\nmemory = 2\n", encoding)
        await wire.open(editor.text)
        version = 1
        while version < 3401:
            changes = [editor.edit(dice) for _ in range(dice.randint(1, 4))]
            if len(editor.text) > 3000:
                editor.text = "start\ragain\n"
                changes.append({"text": editor.text})
            version += len(changes)
            document = {"uri": URI, "version": version}
            wire.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})
            if version % 17 == 0 or version >= 3401:
                held = await wire.call("test/text", {"uri": URI})
                assert held["text"] == editor.text, f"seed {seed}, version {version}, after {changes}"
                assert held["version"] == version
    finally:
        await wire.stop()


async def test_utf_32_is_taken_where_it_is_offered(wire):
    result = await wire.initialize({"general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]}})
    assert result["capabilities"]["positionEncoding"] == "utf-32"


async def test_utf_16_is_the_default(wire):
    assert (await wire.initialize())["capabilities"]["positionEncoding"] == "utf-16"
    await wire.open("🐧 bad\n")
    (problem,) = await wire.diagnostics()
    assert problem["range"]["start"]["character"] == 3
