"""``ctys-ls check --host`` against real Xen hosts: what it says is compared with what the host itself says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from xenlab.fixtures import XenHosts

pytestmark = [pytest.mark.xen, pytest.mark.timeout(300)]


@pytest.fixture
def program(xen_hosts: XenHosts, tmp_path):
    """Run one of our programs with the hosts' ssh configuration."""
    environment = {**os.environ, "CTYS_SSH_CONFIG": str(xen_hosts.ssh_config), "HOME": str(tmp_path)}

    def run(name: str, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [str(Path(sys.executable).with_name(name)), *words]
        return subprocess.run(
            argv, env=environment, capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL
        )

    return run


def test_a_file_is_compared_with_the_real_host(program, xen_hosts, tmp_path):
    host = xen_hosts["lab00"]
    conf = "/root/xen/tst-ctys/tst100/tst100.conf"
    good = host.ssh(f"cat {conf}").stdout
    same = tmp_path / "tst100.conf"
    same.write_text(good)
    told = program("ctys-ls", "check", "--host", "lab00", str(same))
    assert told.returncode == 0, told.stdout + told.stderr
    assert "xenconf.host-" not in told.stdout

    wrong = good.replace("bridge=xenbr0", "bridge=nobr0").replace('name = "tst100"', 'name = "other"')
    assert "nobr0" in wrong
    kernel = next(line for line in good.splitlines() if line.startswith("kernel")).split('"')[1]
    free = int(host.ssh("xl info free_memory").stdout)
    lines = [
        line for line in wrong.replace(kernel, kernel + "x").splitlines() if not line.startswith("memory")
    ]
    path = tmp_path / "other.conf"
    path.write_text("\n".join([*lines, f"memory = {free + 1}", ""]))
    done = program("ctys", "-t", "xen", "-a", "create=l:tst100,CONSOLE:none", "lab00")
    assert done.returncode == 0, done.stderr
    try:
        told = program("ctys-ls", "check", "--host", "lab00", str(path)).stdout
    finally:
        program("ctys", "-t", "xen", "-a", "cancel=l:tst100,POWEROFF:0", "lab00")
    assert "lab00 has no bridge nobr0; it has xenbr0." in told
    assert host.ssh("ls -d /sys/class/net/*/bridge").stdout.split() == ["/sys/class/net/xenbr0/bridge"]
    assert f"There is no {kernel}x on lab00." in told
    assert "xenconf.host-memory" in told
    assert "The guest tst100, which runs on lab00" in told
    assert "xenconf.host-mac" in told
