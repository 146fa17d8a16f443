"""What the tests on real hosts share."""

import pytest
from xenlab.desk import Desk, make_desk
from xenlab.fixtures import XenHosts
from xenlab.guests import Guests


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
