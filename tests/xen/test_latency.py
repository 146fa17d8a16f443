"""A key's way to a real guest and back: through the relay, and through plain ``ssh -tt host xl console``."""

import sys
from pathlib import Path

import pytest
from terminals import environment, run

sys.path.append(str(Path(__file__).parents[2]))
from bench.console import measure

pytestmark = [pytest.mark.xen, pytest.mark.long, pytest.mark.timeout(1500)]


def test_a_key_takes_about_as_long_as_through_plain_ssh(xen_hosts, tmp_path, record_property):
    """The goal is 1.3; the bound is generous, for hosts are emulated on a machine that is busy."""
    env = environment(tmp_path, xen_hosts.ssh_config)
    done = run(["ctys", "-t", "xen", "-a", "create=l:tst100,CONSOLE:none", "lab00"], env)
    assert done.returncode == 0, done.stderr
    found = measure("lab00", "tst100", str(xen_hosts.ssh_config), env, keys=60, runs=5)
    print(found)
    record_property("ratio", round(found.ratio, 2))
    assert found.ratio < 2
