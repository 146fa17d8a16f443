"""Fixtures that several folders share: simulated hosts and real ones."""

pytest_plugins = ["simulated", "xenlab.fixtures"]
