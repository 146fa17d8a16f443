"""The use-case page's walk on real Xen hosts: every effect is checked by asking xl itself over another connection."""

import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from xenlab.fixtures import XenHosts

pytestmark = [pytest.mark.xen, pytest.mark.timeout(300)]


@pytest.fixture
def ctys(xen_hosts: XenHosts, tmp_path):
    """Run a command line as printed on the page: through a shell, with ``ctys`` on its path."""
    environment = {
        **os.environ,
        "CTYS_SSH_CONFIG": str(xen_hosts.ssh_config),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
    }

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", line],
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            stdin=subprocess.DEVNULL,
        )

    return run


def domains(xen_hosts: XenHosts, host: str) -> dict[str, str]:
    """What xl itself says: domain name to its state letters."""
    lines = xen_hosts[host].ssh("xl list").stdout.splitlines()[1:]
    return {words[0]: words[4] for words in map(str.split, lines)}


def test_create_list_connect_pause_suspend_resume_cancel(ctys, xen_hosts):
    done = ctys("ctys -t xen -a create=l:tst100,CONSOLE:none lab00")
    assert done.returncode == 0, done.stderr
    assert "tst100" in domains(xen_hosts, "lab00")

    table = ctys("ctys -a list lab00").stdout
    assert [line.split("|")[2].strip() for line in table.splitlines()[2:]] == ["Domain-0", "tst100", "lab00"]
    assert "lab00.soho" in table

    again = ctys("ctys -t xen -a create=l:tst100,CONSOLE:none lab00")
    assert again.returncode == 1
    assert "REUSE" in again.stderr

    ctys("ctys -t xen -a cancel=l:tst100,PAUSE lab00")
    assert "p" in domains(xen_hosts, "lab00")["tst100"]
    ctys("ctys -t xen -a create=l:tst100,RESUME,CONSOLE:none lab00")
    assert "p" not in domains(xen_hosts, "lab00")["tst100"]

    saved = ctys("ctys -t xen -a cancel=l:tst100,SUSPEND lab00")
    assert saved.returncode == 0, saved.stderr
    assert "tst100" not in domains(xen_hosts, "lab00")
    assert xen_hosts["lab00"].ssh("test -s /root/xen/tst-ctys/tst100/tst100.stat").returncode == 0
    ctys("ctys -t xen -a create=l:tst100,RESUME,CONSOLE:none lab00")
    assert "tst100" in domains(xen_hosts, "lab00")

    gone = ctys("ctys -t xen -a cancel=l:tst100,POWEROFF:5 lab00")
    assert gone.returncode == 0, gone.stderr
    assert "tst100" not in domains(xen_hosts, "lab00")


def test_one_line_starts_guests_on_two_hosts(ctys, xen_hosts):
    line = """ctys -t xen -- \\
    lab00'( -a create=f:xen/tst-ctys/tst100/tst100.conf,CONSOLE:none -Z KSU )' \\
    lab01'( -a create=f:xen/tst-ctys/tst101/tst101.conf,CONSOLE:none -Z SUDO )'"""
    done = ctys(line)
    assert done.returncode == 0, done.stderr
    assert "tst100" in domains(xen_hosts, "lab00")
    assert "tst101" in domains(xen_hosts, "lab01")
    ctys("ctys -t xen -a cancel=l:tst100,POWEROFF:0 lab00")
    ctys("ctys -t xen -a cancel=l:tst101,POWEROFF:0 lab01")
    assert set(domains(xen_hosts, "lab00")) == set(domains(xen_hosts, "lab01")) == {"Domain-0"}


def test_console_reaches_the_login_prompt_and_detaches(ctys, xen_hosts):
    assert ctys("ctys -t xen -a create=l:tst101,CONSOLE:none lab00").returncode == 0
    console = pexpect.spawn(
        sys.executable,
        ["-m", "ctys_ls", "console", "lab00/tst101"],
        env={**os.environ, "CTYS_SSH_CONFIG": str(xen_hosts.ssh_config), "TERM": "xterm"},
        encoding="utf-8",
        timeout=90,
    )
    try:
        console.expect("tst101 login:")
        console.send("root\r")
        console.expect("# ")
        console.send("echo sum=$((40+2))\r")
        console.expect("sum=42")
        console.send("\x1d")
        console.expect(pexpect.EOF)
    finally:
        console.close(force=True)
    assert console.exitstatus == 0
    assert "tst101" in domains(xen_hosts, "lab00")
    ctys("ctys -t xen -a cancel=l:tst101,POWEROFF:0 lab00")


def test_a_typo_is_answered_with_the_hosts_own_words_and_the_near_name(ctys):
    done = ctys("ctys -t xen -a create=l:tst10,CONSOLE:none lab00")
    assert done.returncode == 1
    assert "tst100" in done.stderr


def test_a_refused_file_gives_the_tools_own_words(ctys, xen_hosts):
    xen_hosts["lab00"].ssh("mkdir -p xen/bad; printf 'name = \"bad\"\\nmemory = 64\\n' > xen/bad/bad.conf")
    done = ctys("ctys -t xen -a create=p:/root/xen/bad/bad.conf,CONSOLE:none lab00")
    assert done.returncode == 1
    assert "kernel" in done.stderr.lower()
    assert "bad" not in domains(xen_hosts, "lab00")


def test_pulling_the_plug_of_one_host_costs_the_other_nothing(ctys, xen_hosts):
    xen_hosts["lab01"].pull_the_plug()
    try:
        done = ctys("ctys -a list lab00 lab01")
    finally:
        xen_hosts["lab01"].start()
    assert done.returncode == 1
    assert "Domain-0" in done.stdout
    assert "lab01" in done.stderr
