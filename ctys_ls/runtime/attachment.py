"""How a relay stands to its guest: what the side that is shown and the side that is typed have to know of each other."""

from __future__ import annotations

from dataclasses import dataclass

from ctys_ls.runtime.consoledialog import How


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: ``words`` are those of the host or of ssh; ``status`` is the exit status."""

    how: How
    status: int = 0
    words: str = ""


@dataclass(slots=True)
class Attachment:
    """``attached``: what comes is the guest's, and keys go to it. ``outgoing``: bytes that ssh has not taken yet.

    ``detaching``: when the detach key was typed (``time.monotonic``), or 0. ``ended`` is known before ssh has gone.
    """

    attached: bool = False
    detaching: float = 0.0
    outgoing: bytes = b""
    ended: Ended | None = None
