"""CANCEL with SELF: a real host goes down behind its guests, and only when it was asked for."""

import pytest
from terminals import until
from xenlab.desk import Desk
from xenlab.fixtures import XenHosts
from xenlab.guests import Guests
from xenlab.use_cases import SLOW

pytestmark = [pytest.mark.xen, pytest.mark.timeout(400)]
LINE = "ctys -t xen -a cancel=ALL,SELF,POWEROFF:0 lab01"


def test_the_host_goes_down_behind_its_guests(desk: Desk, xen_hosts: XenHosts, lab01: Guests):
    lab01.bring("running", "tst100")
    unasked = desk.run(LINE)
    assert unasked.returncode != 0
    assert "the host itself" in unasked.stderr, unasked
    assert lab01.state("tst100") == "running"
    asked = desk.terminal(LINE)
    try:
        asked.see("tst100 and the host itself on lab01.*yes or no")
        asked.line("yes")
        assert asked.end() == 0, asked.seen
    finally:
        asked.close()
    assert "lab01 was told: shutdown -h now" in asked.seen
    assert until(lambda: xen_hosts["lab01"].machine.ended, "end of the machine", SLOW) == "QEMU ended: "
    gone = desk.run("ctys -a list lab00 lab01")
    assert gone.returncode == 1
    assert "lab01" in gone.stderr
    assert "lab00" in gone.stdout
