"""Fixtures that several folders share."""

pytest_plugins = ["xenlab.fixtures"]
