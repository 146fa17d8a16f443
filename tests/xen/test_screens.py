"""The screen of a real Xen guest: QEMU's VNC server in dom0, through the tunnel, as a picture."""

import json
import subprocess
from pathlib import Path

import pytest
from rfb_client import picture
from terminals import environment, run, until

pytestmark = [pytest.mark.xen, pytest.mark.long, pytest.mark.timeout(600)]

#: The guest paints 128 rows of its screen in this grey.
GREY = b"AAA"
PAINT = "tr '\\0' A </dev/zero | dd of=/dev/fb0 bs=1024 count=400"


@pytest.fixture
def env(xen_hosts, tmp_path):
    return environment(tmp_path, xen_hosts.ssh_config)


@pytest.fixture
def page(env):
    """Serve a guest's screen; gives a function that reads the next event."""
    started = []

    def serve(label):
        process = subprocess.Popen(
            [Path(env["PATH"].split(":")[0]) / "ctys-ls", "vnc", "--page", f"lab00/{label}"],
            env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)

        def told(event):
            line = process.stdout.readline()
            assert line, process.stderr.read()
            found = json.loads(line)
            assert found["event"] == event, found
            return found

        return told

    yield serve
    for process in started:
        process.stdin.close()
        assert process.wait(30) == 0


def painted(pixels):
    """How many pixels have the colour that the guest paints with."""
    return sum(pixels[at : at + 3] == GREY for at in range(0, len(pixels), 4))


def test_the_picture_of_a_guest_across_a_reboot(page, lab00, env, xen_hosts):
    lab00.bring("absent", "tst100")
    lab00.bring("answering", "tst100")
    told = page("tst100")
    ready = told("ready")
    port = lab00.ask(f"xenstore-read /local/domain/{lab00.domains()['tst100'].id}/console/vnc-port")
    assert ready["sport"] == int(port)
    assert painted(picture(ready["ws"])[3]) == 0
    in_guest = ["ssh", "-F", xen_hosts.ssh_config, "-J", "lab00", "192.168.1.220", PAINT]
    subprocess.run(in_guest, capture_output=True, check=True, timeout=60)
    name, width, height, pixels = picture(ready["ws"])
    assert name == "QEMU (tst100)"
    # The cursor blinks in it.
    assert painted(pixels) > 100_000
    rows = run(["ctys", "-a", "list", "localhost"], env).stdout
    assert "|SSH(XEN)|T|" in rows
    lab00.ask("xl reboot tst100 || xl reboot -F tst100")
    told("lost")
    again = told("ready")
    assert again["ws"] == ready["ws"]
    # The firmware's small screen comes first, then that of the guest's Linux.
    until(lambda: picture(again["ws"])[1:3] == (width, height), f"screen of {width} by {height}", 120)
    lab00.bring("absent", "tst100")
    told("lost")
    assert told("end")["message"] == "tst100 on lab00 has ended"
