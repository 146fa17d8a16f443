"""A console's output as plain lines, for terminals that understand no escape sequences (an Emacs shell buffer).

Pure and incremental: bytes come in any pieces, a sequence that is cut in two is held until its rest arrives.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# ECMA-48: CSI with parameters and a final byte; strings (OSC, DCS, SOS, PM, APC) up to ST or BEL; escapes with
# intermediate bytes; the short ones. Then the controls that move nothing on paper.
_SEQUENCE = re.compile(
    rb"\x1b\[(?P<csi>[0-?]*[ -/]*[@-~])"
    rb"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
    rb"|\x1b[ -/]+[0-~]"
    rb"|\x1b[0-Z\\`-~]"
    rb"|\r+(?P<newline>\n)"
    rb"|[\x00-\x07\x0b\x0c\x0e-\x1f\x7f]"
)
# The beginning of something that may still become a sequence or a line end.
_OPEN = re.compile(rb"(?:\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)?|\r+)\Z")
_LONGEST = 4096


@dataclass(slots=True)
class PlainLines:
    """Takes out what a line printer cannot show; ``colours`` keeps SGR, for a reader that knows ansi-color."""

    colours: bool = False
    _held: bytes = b""

    def feed(self, data: bytes) -> bytes:
        """The plain form of ``data`` as far as it is certain."""
        data = self._held + data
        cut = _OPEN.search(data)
        self._held = b""
        if cut and len(cut[0]) < _LONGEST:
            data, self._held = data[: cut.start()], cut[0]
        return _SEQUENCE.sub(self._plain, data)

    def flush(self) -> bytes:
        """What was held back; an unfinished sequence is dropped."""
        held, self._held = self._held, b""
        return b"" if held.startswith(b"\x1b") else held

    def _plain(self, match: re.Match[bytes]) -> bytes:
        if match["newline"]:
            return b"\n"
        csi = match["csi"]
        return match[0] if self.colours and csi and csi.endswith(b"m") and not csi.startswith(b">") else b""


@dataclass(slots=True)
class Echo:
    """Takes the guest's echo of a sent line out of its output, where the user's side shows the line already.

    Only text that comes next and agrees letter by letter is taken; anything else (a password prompt echoes nothing)
    ends the search, and nothing is lost.
    """

    _awaited: list[bytes] = field(default_factory=list)
    _seen: bytes = b""

    def sent(self, line: bytes) -> None:
        """``line`` was sent, without its line end."""
        self._awaited.append(line)

    def feed(self, data: bytes) -> bytes:
        """``data`` without the echo; ``data`` has plain line ends."""
        shown = b""
        data = self._seen + data
        self._seen = b""
        while self._awaited and data:
            whole = self._awaited[0] + b"\n"
            if data.startswith(whole):
                data = data[len(whole) :]
                self._awaited.pop(0)
            elif whole.startswith(data):
                self._seen = data
                return shown
            else:
                self._awaited.clear()
        return shown + data

    def flush(self) -> bytes:
        """What looked like the beginning of an echo."""
        seen, self._seen = self._seen, b""
        return seen
