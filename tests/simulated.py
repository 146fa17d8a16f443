"""Fixtures with simulated Xen hosts (``ctys_ls.lab``); they run in a thread, so sync and async tests can use them."""

from collections.abc import Iterator

import pytest

from ctys_ls.lab import Lab
from ctys_ls.lab.threaded import LabThread, running

#: Guests of tests boot and stop in half the usual time.
PACE = 0.5


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Two hosts, lab00 and lab01, for all tests of a module; what one test does the next one sees."""
    with running(Lab(pace=PACE)) as thread:
        yield thread.lab


@pytest.fixture(scope="session")
def _spare_lab() -> Iterator[LabThread]:
    with running(Lab(pace=PACE)) as thread:
        yield thread


@pytest.fixture
def fresh_lab(_spare_lab: LabThread) -> Iterator[Lab]:
    """Two hosts as new: no guests, no faults, no connections, the first files."""
    _spare_lab.run(_spare_lab.lab.reset())
    yield _spare_lab.lab
    _spare_lab.lab.clear_faults()
