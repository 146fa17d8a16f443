"""Waiting for something that cannot call back."""

import time


def until(found, seconds=10):
    """What ``found`` gives as soon as it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.02)
    raise TimeoutError(f"nothing within {seconds} s")
