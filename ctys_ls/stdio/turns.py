"""Who is served in one turn of the event loop: the client always, of all others a few."""

from __future__ import annotations

import selectors
from collections.abc import Iterable

#: So many others are served in one turn: what a host sent takes about half a millisecond to take in.
OTHERS = 4

Ready = tuple[selectors.SelectorKey, int]


class ClientFirst(selectors.DefaultSelector):
    """The platform's selector for an event loop in which a keystroke does not queue behind the answers of fifty hosts.

    asyncio does all that is ready before it looks again. This one tells it of ``client``, the client's descriptors,
    and of at most :data:`OTHERS` others; the rest stays ready and has its turn before those that had theirs.
    """

    def __init__(self, client: Iterable[int]) -> None:
        super().__init__()
        self._client = frozenset(client)
        #: Descriptors that were ready and were not served, in the order in which they will be.
        self._left: list[int] = []

    def select(self, timeout: float | None = None) -> list[Ready]:
        """The ready descriptors that are served now (``timeout`` in seconds)."""
        ready = super().select(timeout)
        if len(ready) <= OTHERS:
            self._left = []
            return ready
        client = [one for one in ready if one[0].fd in self._client]
        others = {one[0].fd: one for one in ready if one[0].fd not in self._client}
        order = list(dict.fromkeys((*(fd for fd in self._left if fd in others), *others)))
        self._left = order[OTHERS:]
        return client + [others[fd] for fd in order[:OTHERS]]
