"""xm, the toolstack of Xen 3 and 4.0: its documented output, and a whole life on a simulated host of that time."""

import pytest

from ctys_ls.lab import Lab
from ctys_ls.lab.threaded import running
from ctys_ls.languages.reading import READERS
from ctys_ls.requests import Address, Attach, Cancel, ConsoleKind, Create, Invocation, List, Method, Target
from ctys_ls.runtime.api import Config
from ctys_ls.runtime.engine import make_engine
from ctys_ls.runtime.toolstacks import TOOLSTACKS
from ctys_ls.runtime.toolstacks.xm import parse_sxp

XM = TOOLSTACKS["xm"]
TABLE = """Name                                      ID Mem(MiB) VCPUs State   Time(s)
Domain-0                                   0      980     2 r-----   1205.4
tst100                                     4      128     1 -b----     12.3
"""
DETAILS = """(domain
    (domid 4)
    (uuid 6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2)
    (name tst100)
    (memory 128)
    (image (linux (kernel /boot/vm) (args 'root=/dev/xvda ro it\\'s (odd)')))
    (device (vif (bridge xenbr0) (mac 00:50:56:13:11:40) (script /etc/xen/vif-bridge)))
    (device (vbd (uname file:/homen/acue/xen/tst100/xvda.img) (dev xvda:disk) (mode w)))
    (device (vfb (vncunused 1) (location 127.0.0.1:5901)))
)
(domain (domid 0) (name Domain-0))
"""


def test_the_table_is_read():
    assert [(domain.id, domain.name, domain.memory, domain.state) for domain in XM.parse_list(TABLE)] == [
        (0, "Domain-0", 980, "running"),
        (4, "tst100", 128, "blocked"),
    ]


def test_the_details_are_read():
    guest, dom0 = XM.parse_details(DETAILS)
    assert (guest.id, guest.name, guest.uuid) == (4, "tst100", "6842caf91e3e43249ed596b8b9f2c5c2")
    assert (guest.macs, guest.bridges) == (("00:50:56:13:11:40",), ("xenbr0",))
    assert (guest.disks, guest.vnc_port) == (("/homen/acue/xen/tst100/xvda.img",), 5901)
    assert dom0.id == 0


@pytest.mark.parametrize("text", ["(a", "a)", "((b)"])
def test_what_does_not_balance_is_an_error(text):
    with pytest.raises(ValueError, match="parenthesis"):
        parse_sxp(text)


def test_the_cause_is_the_error_line():
    err = "Error: Domain 'nosuch' does not exist.\nUsage: xm destroy <Domain>\n\nTerminate a domain immediately.\n"
    assert XM.first_words(err) == "Error: Domain 'nosuch' does not exist."


async def test_a_guests_whole_life_on_a_host_of_that_time(tmp_path):
    with running(Lab(("old00",), toolstack="xm", pace=0.3)) as thread:
        engine = make_engine(
            Config(ssh_config=thread.lab.ssh_config, state_dir=tmp_path), READERS, home=tmp_path
        )
        guest = Address(label="tst100")
        host = thread.lab.host("old00")

        async def nobody(question):
            return None

        async def one(request):
            invocation = Invocation((Target("old00", request),))
            (outcome,) = (await engine.run(invocation, lambda step: None, nobody)).targets
            assert outcome.ok, outcome.trouble
            return outcome

        await one(Create(guest, console=ConsoleKind.NONE))
        assert list(host.domains) == ["tst100"]
        listed = await one(List())
        record = next(row.record for row in listed.rows if row.record[2] == "tst100")
        assert (record[4], record[5]) == ("6842caf91e3e43249ed596b8b9f2c5c2", "00:50:56:13:11:40")
        assert record[18].endswith("/xm")
        assert (await one(Cancel(guest, method=Method.PAUSE))).state == "paused"
        await one(Create(guest, attach=Attach.RESUME, console=ConsoleKind.NONE))
        await one(Cancel(guest, method=Method.SUSPEND))
        assert list(host.domains) == []
        await one(Create(guest, attach=Attach.RESUME, console=ConsoleKind.NONE))
        await one(Cancel(guest, delay=30))
        assert list(host.domains) == []
        assert [known.toolstack for known in engine.facts().hosts if known.name == "old00"] == ["xm"]
        await engine.close()
