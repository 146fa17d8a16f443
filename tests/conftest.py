"""Fixtures that several folders share."""

from simulated import _spare_lab, fresh_lab, lab

__all__ = ["_spare_lab", "fresh_lab", "lab"]

pytest_plugins = ["xenlab.fixtures"]
