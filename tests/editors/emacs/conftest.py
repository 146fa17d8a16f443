"""A workspace and the environment of its user, for tests in a real Emacs."""

import pytest

CONF = """# The guest of the use-case page, with two slips of the pen.
name = "tst100"
memry = 64
vcpus = 1
kernel = "/boot/vmlinuz"
vif = [ "mac=00:50:56:13:11:4,bridge=xenbr0" ]
disk = [ "file:/srv/xen/tst100/xvda.img,xvda,w" ]
"""
LINES = """# Command lines of the use-case page.
ctys -t xen -a create=l:tst100,CONSOLE:emcs lab00
ctys -t xen -a list lab00 lab01
"""


@pytest.fixture
def workspace(tmp_path):
    """A folder with a domain file and command lines."""
    conf = tmp_path / "xen" / "tst100" / "tst100.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(CONF)
    (tmp_path / "lines.ctys").write_text(LINES)
    return tmp_path


@pytest.fixture
def env(lab, tmp_path):
    """The environment of a user of the simulated hosts, with nothing of the developer's own."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "CTYS_SSH_CONFIG": str(lab.ssh_config),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "LANG": "C.UTF-8",
        "TERM": "screen-256color",
        "CTYS_LS_TEST": "1",
    }
