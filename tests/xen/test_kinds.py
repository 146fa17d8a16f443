"""Guests of other kinds than the page's, and waiting for one to answer: PING, SSHPING, INIT's way into a guest."""

import base64

import pytest
from xenlab.desk import Desk
from xenlab.guests import Guests

pytestmark = [pytest.mark.xen, pytest.mark.timeout(400)]

#: What the firmware loads from the disk of an HVM guest: it prints a line to the serial port, then sends back each key.
#: The processor rests between two looks at the port.
_BOOT = bytes.fromhex(
    "fa 31c0 8ed8 8ed0 bc007c fb be397c"  # cli; ds = ss = 0; sp = 0x7c00; sti; si = the text
    "ac 84c0 7405 e81400 ebf6"  # each letter to put, until the zero
    "f4 bafd03 ec a801 74f7"  # hlt; line status; again until a byte is there
    "baf803 ec e80200 ebef"  # take it; put it; look again
    "50 bafd03 ec a820 74fb 58 baf803 ee c3"  # put: wait until the port takes a byte; send al; ret
)
_TEXT = b"up without Linux\r\n\0"
_HVM = """#@#MAGICID-XEN
#@#LABEL = "tst105"
name = "tst105"
type = "hvm"
memory = 64
vcpus = 1
serial = "pty"
vnc = 1
vnclisten = "127.0.0.1"
disk = [ "format=raw,vdev=hda,access=rw,backendtype=qdisk,target=/root/xen/tst-ctys/tst105/disk.img" ]
"""


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


def test_hvm_from_its_first_line_to_its_end(desk: Desk, lab00: Guests):
    disk = (_BOOT + _TEXT).ljust(510, b"\0") + b"\x55\xaa" + bytes(1 << 20)
    folder = "/root/xen/tst-ctys/tst105"
    lab00.ask(f"mkdir {folder} && cat > {folder}/tst105.conf << 'END'\n{_HVM}END")
    packed = base64.b64encode(disk[:512]).decode()
    lab00.ask(f"cd {folder} && echo {packed} | base64 -d > disk.img && truncate -s {len(disk)} disk.img")
    pty = desk.terminal("ctys -t xen -a create=l:tst105,CONSOLE:cli lab00")
    try:
        pty.see("up without Linux")
        pty.type("quick brown fox")
        pty.see("quick brown fox")
        assert '"type": "hvm"' in lab00.ask("xl list -l tst105")
        listed = desk.run("ctys -t xen -a list=machine lab00").stdout
        row = next(line for line in listed.splitlines() if ";tst105;" in line)
        assert ";HVM;" in row
        port = lab00.ask("xenstore-read /local/domain/$(xl domid tst105)/console/vnc-port").strip()
        assert f";{port};" in row
        pty.type("\x1d")
        assert pty.end() == 0, pty.seen
    finally:
        pty.close()
    gone = desk.run("ctys -t xen -a cancel=l:tst105,FORCE lab00")
    assert gone.returncode == 0, gone.stderr
    assert lab00.state("tst105") == "absent"
