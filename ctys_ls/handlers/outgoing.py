"""What the server sends of its own accord: notifications, and requests whose answers are awaited."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class ClientRefusedError(Exception):
    """The client answered a request with an error; the text is the client's own."""


class Outgoing:
    """Requests to the client by id. ``send`` takes one message."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._awaited: dict[str, asyncio.Future[Any]] = {}
        self._count = 0

    def notify(self, method: str, params: Any) -> None:
        """Tell the client something."""
        self._send(_encoded({"jsonrpc": "2.0", "method": method, "params": params}))

    async def request(self, method: str, params: Any) -> Any:
        """Ask the client; raises :class:`ClientRefusedError` on an error answer. Cancelling tells the client so."""
        self._count += 1
        ident = f"ctys-{self._count}"
        self._awaited[ident] = future = asyncio.get_running_loop().create_future()
        self._send(_encoded({"jsonrpc": "2.0", "id": ident, "method": method, "params": params}))
        try:
            return await future
        except asyncio.CancelledError:
            self.notify("$/cancelRequest", {"id": ident})
            raise
        finally:
            self._awaited.pop(ident, None)

    def settle(self, message: dict[str, Any]) -> bool:
        """Hand an answer to who awaits it; False where nobody does."""
        future = self._awaited.get(message["id"]) if isinstance(message.get("id"), str) else None
        if future is None or future.done():
            return False
        error = message.get("error")
        if error is None:
            future.set_result(message.get("result"))
        else:
            future.set_exception(
                ClientRefusedError(str(error.get("message")) if isinstance(error, dict) else str(error))
            )
        return True

    def close(self) -> None:
        """Nobody will answer any more."""
        for future in self._awaited.values():
            future.cancel()


def _encoded(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode("ascii")
