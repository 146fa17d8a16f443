"""A server process for each test that wants its own, and a client on its pipes."""

from __future__ import annotations

import pytest
from wire_client import Wire


@pytest.fixture
async def wire():
    """A started server with the stub language and the fake engine; not initialized yet."""
    client = await Wire.start()
    yield client
    await client.stop()


@pytest.fixture
async def ready(wire):
    """The same, initialized by the plainest client there is."""
    await wire.initialize()
    return wire
