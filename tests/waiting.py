"""Waiting for something that cannot call back."""

import asyncio
import time


def until(found, seconds=10):
    """What ``found`` gives as soon as it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.02)
    raise TimeoutError(f"nothing within {seconds} s")


async def reached(condition, seconds=10):
    """The same on an event loop, which goes on meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not reached within {seconds} s")
        await asyncio.sleep(0.005)
