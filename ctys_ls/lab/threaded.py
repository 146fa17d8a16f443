"""A lab in a thread of its own, for callers that have no event loop or another one each time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ctys_ls.lab.lab import Lab

T = TypeVar("T")
_PATIENCE = 30.0


class LabThread:
    """A running lab: ``lab`` to look at and to set faults on, ``run`` for its coroutines."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ctys-lab", daemon=True)

    def start(self) -> None:
        """Start thread and lab."""
        self._thread.start()
        self.run(self.lab.start())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the lab's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    def stop(self) -> None:
        """Stop lab and thread."""
        try:
            self.run(self.lab.stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_PATIENCE)
            self._loop.close()


@contextmanager
def running(lab: Lab) -> Iterator[LabThread]:
    """``lab`` in a thread, stopped at the end."""
    thread = LabThread(lab)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()
