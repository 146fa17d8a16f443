"""What the runtime needs of a way to a host: run one command line, end it, say whether the way still stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ctys_ls.runtime.hostcommand import Completed

#: No answer of a host is read beyond this many bytes per stream.
OUTPUT_LIMIT = 8 * 1024 * 1024


class Transport(Protocol):
    """An open way to one host. Cancelling ``run`` ends the command there as far as the host allows."""

    @property
    def alive(self) -> bool:
        """Whether a new command can be started."""

    async def run(self, line: str, *, stdin: str = "") -> Completed:
        """Run ``line`` in the user's shell with ``stdin``. Raises ``HostError`` where the way breaks."""

    async def follow(self, line: str, heard: Callable[[str], None]) -> Completed:
        """Run ``line``, which prints as long as it lives, and pass each line on; ends with the command or a cancel."""

    async def close(self) -> None:
        """End the way; commands that still run on it are ended too."""
