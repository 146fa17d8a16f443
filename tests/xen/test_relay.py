"""The relay on a real Xen guest: keys, size of the terminal, a reboot, an end, and nothing left behind."""

import threading
import time

import pytest
from terminals import Pty, environment, run
from whole import arrives_whole

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


def test_rows_and_columns_reach_a_real_host(env):
    """Xen's console has no way to tell a guest its size; the shell on the host, the lower window, has."""
    terminal = Pty(["ctys-ls", "console", "--shell", "lab00"], env, rows=31, columns=97)
    terminal.child.timeout = PATIENCE
    try:
        terminal.see("# ")
        terminal.line("stty size")
        terminal.see(r"31 97\r\n")
        terminal.child.setwinsize(44, 133)
        terminal.line("sleep 1; stty size")
        terminal.see(r"44 133\r\n")
    finally:
        terminal.close()


def test_colours_arrive(console):
    console.line(r"printf '\033[31mred\033[0m\n'")
    console.see("\x1b\\[31mred\x1b\\[0m\r\n")


#: 1,250,000 lines of 7 digits and a line end: where a byte is lost, the number says where.
TEN_MEGABYTES = "".join(f"{number:07d}\n" for number in range(1, 1_250_001))


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_ten_megabytes_arrive_whole(console):
    """An emulated guest prints some tens of KB a second: the bound is one of progress, the whole takes its time."""
    # No carriage returns are put in, and cat prints blocks, where seq prints single lines to a terminal.
    console.line("stty -opost -echo; echo be''gin; seq -w 1 1250000 | cat; stty opost echo")
    console.see("begin\n")
    arrives_whole(console.child, TEN_MEGABYTES, silence=60)
    # The relay passes keys as before.
    console.line("echo af''ter")
    console.see(r"after\r\n")


@pytest.mark.long
def test_it_is_attached_again_soon_after_the_console_is_back(console, xen_hosts, record_property):
    """Within 2 s by the issue; the bound here is generous for a loaded machine, the figure is printed."""
    host = xen_hosts["lab00"]
    back = []
    before = int(host.ssh("xl domid tst100").stdout)
    watch = (
        f"while :; do for p in /proc/[0-9]*; do :; done; id=$(xl domid tst100 2>/dev/null);"
        f' [ "${{id:-{before}}}" != {before} ] && xenstore-read /local/domain/$id/console/tty >/dev/null 2>&1 && break;'
        " sleep 0.1; done"
    )

    def watching():
        host.ssh(watch, timeout=PATIENCE)
        back.append(time.monotonic())

    watcher = threading.Thread(target=watching)
    watcher.start()
    console.line("reboot")
    console.see("waiting for the guest to come back")
    console.see("console of tst100 on lab00")
    attached = time.monotonic()
    watcher.join(PATIENCE)
    print(f"attached {attached - back[0]:.2f} s after the console was back")
    assert attached - back[0] < 10


@pytest.mark.long
def test_another_ones_console_is_taken_over(console, env):
    """RECONNECT: whoever is attached, from whatever machine, is ended first."""
    refused = run(["ctys-ls", "console", "lab00/tst100"], env)
    assert refused.returncode == 1
    assert "another client is attached" in refused.stderr
    second = Pty(["ctys-ls", "console", "--take", "lab00/tst100"], env)
    second.child.timeout = PATIENCE
    try:
        second.see("detach with")
        second.line("echo he''re")
        second.see(r"here\r\n")
        assert console.end() == 1
    finally:
        second.close()


@pytest.mark.long
def test_a_login_in_the_guest(console, env, xen_hosts):
    """USER: through the host, as root, with a key that the guest knows."""
    terminal = Pty(
        ["ctys-ls", "console", "--wait", "60", "--login", "root@192.168.1.220", "lab00/tst100"], env
    )
    terminal.child.timeout = PATIENCE
    try:
        terminal.see("root@192.168.1.220, a login in tst100 on lab00; exit ends it")
        terminal.see("# ")
        terminal.line("hostname; exit 5")
        terminal.see(r"tst100\r\n")
        assert terminal.end() == 5
    finally:
        terminal.close()
