"""``ctys-ls check --host``: files against simulated hosts; the same words as in the editor."""

import json

import pytest
from terminals import run

GUEST = """name = "web"
kernel = "{home}/xen/vmlinuz-simulated"
memory = 20000
vif = [ 'mac=00:50:56:13:11:40,bridge=xenbr1', 'bridge=xenbr0' ]
disk = [ 'file:{home}/xen/tst-ctys/tst100/none.img,xvda,w', 'phy:vg0/web,xvdb,w' ]
bootloader_user = "nobody"
"""


@pytest.fixture
def conf(tmp_path, fresh_lab):
    path = tmp_path / "web.conf"
    path.write_text(GUEST.format(home=fresh_lab.host("lab00").home))
    return path


def codes(env, *words):
    done = run(["ctys-ls", "check", "--format", "json", *map(str, words)], env)
    assert "Traceback" not in done.stderr
    (file,) = json.loads(done.stdout)["files"]
    return {problem["code"].removeprefix("xenconf.") for problem in file["problems"]}, done


def test_what_the_host_lacks(env, conf):
    alone, _ = codes(env, conf)
    assert alone == set()
    found, done = codes(env, "--host", "lab00", conf)
    assert found == {"host-memory", "host-bridge", "host-path", "newer-key"}
    assert done.returncode == 0, "what a host lacks is a warning: another host may have it"
    told = run(["ctys-ls", "check", "--host", "lab00", str(conf)], env).stdout
    assert ":4:39: warning: lab00 has no bridge xenbr1; it has xenbr0. [xenconf.host-bridge]" in told


def test_guests_of_the_host(env, conf, start, ctys):
    start("tst100")
    found, _ = codes(env, "--host", "lab00", conf)
    assert "host-mac" in found
    ctys("-t", "xen", "-a", "cancel=l:tst100,POWEROFF:0", "lab00")
    ctys("-a", "enumerate", "lab00")
    told = run(["ctys-ls", "check", "--host", "lab00", str(conf)], env).stdout
    assert "The guest tst100, which is configured on lab00" in told


def test_the_files_of_the_host_itself_are_found_good(env, fresh_lab, start, ctys):
    ctys("-a", "enumerate", "lab00")
    start("tst100")
    found, _ = codes(env, "--host", "lab00", fresh_lab.host("lab00").conf("tst100"))
    assert not any("host-" in code for code in found), "no guest is compared with itself"


def test_a_host_that_cannot_be_asked_is_named_and_the_other_is_heard(env, conf, fresh_lab):
    fresh_lab.host("lab01").faults.set("refused")
    found, done = codes(env, "--host", "lab00", "--host", "lab01", conf)
    assert "host-bridge" in found
    assert done.returncode == 2
    assert "lab01" in done.stderr
    assert "Check that sshd runs" in done.stderr


OLD = """name = "old"
type = "pvh"
kernel = "{home}/xen/vmlinuz-simulated"
memory = 64
"""


@pytest.fixture
def refused(tmp_path, fresh_lab):
    """A file that nothing speaks against but the host's own xl."""
    path = tmp_path / "old.conf"
    path.write_text(OLD.format(home=fresh_lab.host("lab00").home))
    fresh_lab.host("lab00").faults.set("older")
    return path


def test_what_only_the_hosts_own_xl_refuses(env, refused):
    assert codes(env, refused)[0] == set()
    found, done = codes(env, "--host", "lab00", "--host", "lab01", refused)
    assert found == {"host-refuses"}
    assert done.returncode == 1, "an error: the guest cannot be made there"
    told = run(["ctys-ls", "check", "--host", "lab00", str(refused)], env).stdout
    assert "1:1: error: xl create -n on lab00 refuses the file: Invalid domain type pvh." in told
    assert "lab01" not in told, "its xl takes the file"


def test_what_is_an_error_here_is_not_said_twice(env, refused):
    refused.write_text(refused.read_text() + 'on_crash = "destory"\n')
    found, _ = codes(env, "--host", "lab00", refused)
    assert found == {"value"}


def test_without_rights_nothing_is_said_about_the_text(env, refused, fresh_lab):
    fresh_lab.host("lab00").faults.set("denied", "all")
    found, done = codes(env, "--host", "lab00", refused)
    assert found == set()
    assert done.returncode == 2
    assert "Get the right on lab00" in done.stderr
