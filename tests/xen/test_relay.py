"""The relay on a real Xen guest: keys, size of the terminal, a reboot, an end, and nothing left behind."""

import pytest
from terminals import Pty, environment, run

pytestmark = [pytest.mark.xen, pytest.mark.timeout(300)]

PATIENCE = 120


@pytest.fixture
def env(xen_hosts, tmp_path):
    return environment(tmp_path, xen_hosts.ssh_config)


@pytest.fixture
def console(env):
    done = run(["ctys", "-t", "xen", "-a", "create=l:tst100,CONSOLE:none", "lab00"], env)
    assert done.returncode == 0, done.stderr
    terminal = Pty(["ctys-ls", "console", "lab00/tst100"], env)
    terminal.child.timeout = PATIENCE
    terminal.see("login: ")
    terminal.line("root")
    terminal.see("# ")
    yield terminal
    terminal.close()
    run(["ctys", "-t", "xen", "-a", "cancel=l:tst100,POWEROFF:0", "lab00"], env)


def test_keys_letters_and_a_reboot(console, xen_hosts):
    console.line("echo grün ☃")
    console.see(r"\ngrün ☃\r\n.*# ")
    console.line("sh -c 'echo be''gun; exec sleep 1000'")
    console.see(r"\nbegun\r\n")
    console.type("\x03")
    console.see("# ")
    before = xen_hosts["lab00"].ssh("xl domid tst100").stdout
    console.line("reboot")
    console.see("waiting for the guest to come back")
    console.see("console of tst100 on lab00")
    console.see("login: ")
    assert xen_hosts["lab00"].ssh("xl domid tst100").stdout != before
    console.type("\x1d")
    assert console.end() == 0
    left = xen_hosts["lab00"].ssh("ps w").stdout
    assert "xenconsole " not in left
    assert "ctys-console" not in left


def test_the_guest_is_destroyed_under_it(console, xen_hosts):
    assert xen_hosts["lab00"].ssh("xl destroy tst100").returncode == 0
    assert console.end() == 0
    assert "tst100 on lab00 has ended" in console.seen
