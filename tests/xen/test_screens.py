"""The screen of a real Xen guest: QEMU's VNC server in dom0, through the tunnel, as a picture."""

import json
import subprocess
from pathlib import Path

import pytest
from rfb_client import picture
from terminals import environment, run

pytestmark = [pytest.mark.xen, pytest.mark.timeout(600)]

#: tst100 under another name, with a password for its screen.
SECRET = "geheim"
LOCKED = f"""sed -e 's/tst100/locked/g' -e '/^uuid/d' -e '/^vif/d' xen/tst-ctys/tst100/tst100.conf > locked.conf
echo 'vncpasswd = "{SECRET}"' >> locked.conf
xl create -q locked.conf"""


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


def colours(pixels):
    return len({pixels[at : at + 3] for at in range(0, len(pixels), 4)})


def test_the_picture_of_a_guest_across_a_reboot(page, lab00, env):
    lab00.bring("absent", "tst100")
    lab00.bring("answering", "tst100")
    told = page("tst100")
    ready = told("ready")
    port = lab00.ask(f"xenstore-read /local/domain/{lab00.domains()['tst100'].id}/console/vnc-port")
    assert ready["sport"] == int(port)
    name, width, height, pixels = picture(ready["ws"])
    assert "tst100" in name
    assert width >= 640
    assert height >= 400
    # QEMU or the guest has written on it.
    assert colours(pixels) > 1
    rows = run(["ctys", "-a", "list", "localhost"], env).stdout
    assert "|SSH(XEN)|T|" in rows
    lab00.ask("xl reboot tst100 || xl reboot -F tst100")
    told("lost")
    again = told("ready")
    assert again["ws"] == ready["ws"]
    assert picture(again["ws"])[1] == width
    lab00.bring("absent", "tst100")
    told("lost")
    assert told("end")["message"] == "tst100 on lab00 has ended"


def test_the_password_is_answered_and_shown_nowhere(page, lab00, env):
    lab00.ask(LOCKED)
    try:
        ready = page("locked")("ready")
        assert SECRET not in json.dumps(ready)
        assert picture(ready["ws"])[1] >= 640
        lines = subprocess.run(
            ["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True
        ).stdout
        assert SECRET not in lines
        assert SECRET not in lab00.ask("ps w")
    finally:
        lab00.bring("absent", "locked")
