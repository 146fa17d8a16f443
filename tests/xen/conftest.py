"""What the tests on real hosts share."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from xenlab.desk import Desk, make_desk
from xenlab.fixtures import XenHosts
from xenlab.guests import Guests
from xenlab.page_lines import special_to, world_of
from xenlab.use_cases import Case, World


@pytest.fixture(scope="module")
def desk(xen_hosts: XenHosts, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One desk for a module: what was enumerated stays known, as it does for a user."""
    return make_desk(xen_hosts, tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("called"))


@pytest.fixture
def lab00(xen_hosts: XenHosts) -> Guests:
    """The guests of lab00."""
    return Guests(xen_hosts["lab00"])


@pytest.fixture
def lab01(xen_hosts: XenHosts) -> Guests:
    """The guests of lab01."""
    return Guests(xen_hosts["lab01"])


@pytest.fixture(scope="module")
def world(desk: Desk, xen_hosts: XenHosts) -> Callable[[Case], World]:
    """Brings about what a case of the page needs."""
    return world_of(desk, xen_hosts)


@pytest.fixture
def special(
    desk: Desk, xen_hosts: XenHosts, tmp_path: Path
) -> Callable[[str], AbstractContextManager[dict[str, str]]]:
    """What single lines of the page need beyond states: variables of the environment, files that are there for them only."""
    return special_to(desk, xen_hosts, tmp_path)
