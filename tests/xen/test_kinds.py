"""Guests of other kinds than the page's, and waiting for one to answer: PING, SSHPING, INIT's way into a guest."""

import pytest
from xenlab.desk import Desk
from xenlab.guests import Guests

pytestmark = [pytest.mark.xen, pytest.mark.long, pytest.mark.timeout(400)]


def test_a_disk_and_pygrub_until_it_answers_ping(desk: Desk, lab00: Guests):
    done = desk.run("ctys -t xen -a create=l:tst102,CONSOLE:none,PING:60%3 lab00")
    assert done.returncode == 0, done.stderr
    assert lab00.host.ssh("ping -c 1 -W 1 192.168.1.222").returncode == 0
    assert "xvda" in lab00.ask("xl list -l tst102")
    assert "51712" in lab00.ask("xl block-list tst102")
    lab00.bring("absent", "tst102")


def test_pvh_until_its_sshd_answers(desk: Desk, lab00: Guests):
    done = desk.run("ctys -t xen -a create=l:tst103,CONSOLE:none,SSHPING:60%3 lab00")
    assert done.returncode == 0, done.stderr
    assert '"type": "pvh"' in lab00.ask("xl list -l tst103")
    listed = desk.run("ctys -t xen -a list=machine lab00").stdout
    assert ";PVH;" in next(line for line in listed.splitlines() if ";tst103;" in line)
    gone = desk.run("ctys -t xen -a cancel=l:tst103,POWEROFF:60 lab00")
    assert gone.returncode == 0, gone.stderr
    assert "shut down" in gone.stdout
    assert lab00.state("tst103") == "absent"


def test_a_small_guest_that_answers_no_shutdown_is_destroyed_after_the_delay(desk: Desk, lab00: Guests):
    lab00.bring("running", "tst104")
    gone = desk.run("ctys -t xen -a cancel=l:tst104,POWEROFF:3 lab00")
    assert gone.returncode == 0, gone.stderr
    assert "switched off" in gone.stdout
    assert lab00.state("tst104") == "absent"
