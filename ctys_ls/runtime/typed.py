"""The relay towards the guest: keys as they are, lines with the Enter key's carriage return, the detach key."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ctys_ls.runtime.attachment import Attachment, Ended
from ctys_ls.runtime.consolechild import CHUNK
from ctys_ls.runtime.consoledialog import DETACH, How
from ctys_ls.runtime.shown import Shown
from ctys_ls.runtime.terminal import HungUpError, write_some

#: Seconds that a console gets to end by itself after the detach key, and between two tries of the key.
_DETACH_PATIENCE = 3.0
DETACH_AGAIN = 0.4


@dataclass(slots=True)
class Typed:
    """``keys`` is the descriptor that ssh reads keys from; ``shown`` knows what stands on the screen."""

    keys: int
    state: Attachment
    shown: Shown
    pressed: int = 0

    def typed(self, data: bytes) -> None:
        """Queue what the user typed. Raises HungUpError where that gives up the wait for the guest."""
        state, terminal = self.state, self.shown.terminal
        if self.shown.marks and DETACH in data:
            if not state.attached:
                state.ended = Ended(How.GIVEN_UP, 130)
                raise HungUpError
            data = data[: data.index(DETACH)]
            state.detaching = time.monotonic()
        if not state.attached and b"\x03" in data:
            state.ended = Ended(How.GIVEN_UP, 130)
        if not terminal.plain or not state.attached:
            state.outgoing += data
        else:
            for line in data.splitlines(keepends=True):
                self._line(line)
        self._detach(0)

    def drain(self) -> None:
        """Write what the pty takes now."""
        state = self.state
        if state.outgoing:
            state.outgoing = state.outgoing[write_some(self.keys, state.outgoing[:CHUNK]) :]

    def is_detached(self) -> bool:
        """Whether the console had its time to end by itself; before that the detach key is pressed again."""
        waited = time.monotonic() - self.state.detaching
        if waited > _DETACH_PATIENCE:
            self.state.ended = self.state.ended or Ended(How.DETACHED)
            return True
        self._detach(waited)
        return False

    def _line(self, line: bytes) -> None:
        text = line.rstrip(b"\r\n")
        if self.shown.menu.active and text != line:
            self._choose(text)
            return
        if text != line and self.shown.terminal.echoes:
            self.shown.echo.sent(text)
        self.state.outgoing += text + (b"\r" if text != line else b"")

    def _choose(self, line: bytes) -> None:
        """A line that was typed while pyGRUB's menu is up."""
        keys = self.shown.menu.keys(line)
        if keys is None:
            self.shown.note(self.shown.menu.refusal)
        else:
            self.state.outgoing += keys

    def _detach(self, waited: float) -> None:
        """Press the detach key, again where it was not noticed: xenconsole knows it only as a read of one byte."""
        state = self.state
        if (
            state.detaching
            and state.attached
            and not state.outgoing
            and waited >= self.pressed * DETACH_AGAIN
        ):
            self.pressed += 1
            state.outgoing += DETACH
