"""What a program that opens a window tells: sentences for people, or JSON lines for editors (docs/protocol.md)."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import TextIO


class Teller:
    """Sentences on standard error; with ``events`` JSON lines on standard output instead.

    ``detach``: leave the terminal as soon as the window is there, so that its end is not ours.
    """

    def __init__(self, *, events: bool, detach: bool) -> None:
        self._events, self._detach = events, detach

    def ready(self, text: str, **fields: object) -> None:
        """It is to be seen now."""
        self._event("ready", **fields, message=text)
        self.say(text)
        if self._detach:
            self._detach = False
            with suppress(OSError):
                os.setsid()
            # Who started us has heard what there is to hear; its terminal is no place for later words.
            _silence(0, 1, 2)

    def lost(self) -> None:
        """The screen has gone for a while."""
        text = "the screen has gone; waiting for its return"
        self._event("lost", message=text)
        self.say(f"{text} (Ctrl-C gives up)")

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self._event("note", message=text)
        self.say(text)

    def end(self, text: str, status: int) -> int:
        """The last word; gives the exit status."""
        self._event("end", message=text, exitStatus=status)
        # Who reads the events has been told; a failure stands on standard error in any case.
        if text and (status or not self._events):
            _write(sys.stderr, f"ctys-ls: {text}")
        return status

    def say(self, text: str) -> None:
        """A sentence for people."""
        if text and not self._events:
            _write(sys.stderr, f"ctys-ls: {text}")

    def _event(self, event: str, **fields: object) -> None:
        if self._events:
            _write(sys.stdout, json.dumps({"v": 1, "event": event, **fields}))


def _write(stream: TextIO, text: str) -> None:
    try:
        print(text, file=stream, flush=True)
    except OSError:
        # A reader that has gone is no reason to end: the window is what counts.
        _silence(stream.fileno())


def _silence(*descriptors: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(nothing, descriptor)
    os.close(nothing)
