"""``ctys-ls vnc`` and CONSOLE:VNC against simulated hosts, over the real ssh, with real viewers."""

import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from display import colours, xvfb
from needs import need, need_program
from rfb_client import picture
from terminals import processes_of, run, until

#: What the simulated guests show, as (red, green, blue).
SHADE = (0x20, 0x30, 0x40)
PIXELS = 320 * 200


class Relay:
    """A running ``ctys-ls vnc``; ``told`` gives its next event."""

    def __init__(self, env, *words):
        self.process = subprocess.Popen(
            ["ctys-ls", "vnc", *words], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, executable=str(Path(env["PATH"].split(":")[0]) / "ctys-ls"), start_new_session=True,
        )  # fmt: skip

    def told(self, event):
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        found = json.loads(line)
        assert found["v"] == 1
        assert found["event"] == event, found
        return found

    def end(self):
        """Close its standard input; gives exit status and what it said last."""
        self.process.stdin.close()
        status = self.process.wait(20)
        return status, self.process.stdout.read()


@pytest.fixture
def env(env, tmp_path):
    return {**env, "TMPDIR": str(tmp_path)}


@pytest.fixture
def relay(env):
    """Start a relay; what is not ended by the test is ended after it."""
    started = []

    def start(*words, **more):
        started.append(Relay({**env, **more}, *words))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


@pytest.fixture
def nothing_left(tmp_path, fresh_lab):
    """Wait for the end of every process that was started here or on the hosts; no file of theirs is left either."""

    def left():
        return processes_of(tmp_path) + processes_of(fresh_lab.root)

    def waited():
        try:
            until(lambda: not left(), "end of all processes")
        except AssertionError as error:
            raise AssertionError(f"{error}: {left()}") from None
        assert list(tmp_path.glob("ctys-*")) == []
        assert list(tmp_path.glob("run/ctys-ls/clients/*")) == []

    return waited


@pytest.fixture
def display():
    with xvfb() as name:
        yield name


def listed(env):
    """The clients and tunnels that ``ctys -a list`` shows: label, type, class, port here, port there."""
    done = run(["ctys", "-a", "list=machine", "localhost"], env)
    assert done.returncode == 0, done.stderr
    records = [line.split(";") for line in done.stdout.splitlines()]
    return sorted(
        (record[2], record[1], record[13][0], record[8], record[9])
        for record in records
        if record[13] != "SERVER"
    )


def shows_the_guest(display, env):
    """Wait until the guest's picture is on the display, whole."""
    until(lambda: colours(display, env)[SHADE] >= PIXELS * 0.95, "picture of the guest", 30)


# -- as a page ---------------------------------------------------------------------------------------------------------


def test_a_screen_comes_through_the_tunnel(start, relay, env, nothing_left):
    start("tst100")
    page = relay("--page", "lab00/tst100")
    ready = page.told("ready")
    assert (ready["host"], ready["label"], ready["sport"]) == ("lab00", "tst100", 5900)
    assert ready["cport"] >= 5950
    name, width, height, pixels = picture(ready["ws"])
    assert "SIMULATED guest" in name
    assert pixels == bytes((*SHADE[::-1], 0xFF)) * (width * height)
    assert listed(env) == [("tst100", "SSH(XEN)", "T", str(ready["cport"]), "5900")]
    status, said = page.end()
    assert (status, json.loads(said)["event"]) == (0, "end")
    nothing_left()
    assert listed(env) == []
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", ready["cport"]), 1)


def test_the_ports_of_two_guests(start, relay, env):
    start("tst100", "tst101")
    ready = [relay("--page", f"lab00/{label}").told("ready") for label in ("tst100", "tst101")]
    assert ready[0]["sport"] != ready[1]["sport"]
    assert ready[0]["cport"] != ready[1]["cport"]
    assert len(listed(env)) == 2


def test_a_reboot_is_followed(start, relay, env):
    start("tst100")
    page = relay("--page", "lab00/tst100")
    ready = page.told("ready")
    assert run(["ctys", "-t", "xen", "-a", "cancel=l:tst100,REBOOT", "lab00"], env).returncode == 0
    assert "waiting" in page.told("lost")["message"]
    again = page.told("ready")
    assert again["ws"] == ready["ws"]
    assert picture(again["ws"])[3]


def test_the_port_may_change_with_a_reboot(start, relay, ctys):
    """tst101 takes the port that tst100 had."""
    start("tst100", "tst101")
    page = relay("--page", "lab00/tst101")
    assert page.told("ready")["sport"] == 5901
    assert ctys("-t", "xen", "-a", "cancel=l:tst100,POWEROFF:0", "lab00").returncode == 0
    assert ctys("-t", "xen", "-a", "cancel=l:tst101,REBOOT", "lab00").returncode == 0
    page.told("lost")
    again = page.told("ready")
    assert again["sport"] == 5900
    assert picture(again["ws"])[3]


def test_the_guest_ends(start, relay, ctys, nothing_left):
    start("tst100")
    page = relay("--page", "lab00/tst100")
    page.told("ready")
    assert ctys("-t", "xen", "-a", "cancel=l:tst100,POWEROFF:0,FORCE", "lab00").returncode == 0
    page.told("lost")
    end = page.told("end")
    assert end["message"] == "tst100 on lab00 has ended"
    assert end["exitStatus"] == page.process.wait(10) == 0
    nothing_left()


def test_the_host_goes_away(start, relay, fresh_lab):
    start("tst100")
    page = relay("--page", "lab00/tst100")
    page.told("ready")
    fresh_lab.host("lab00").faults.set("refused")
    end = page.told("end")
    assert end["exitStatus"] == page.process.wait(10) == 1
    # ssh's own words may stand in between.
    assert re.fullmatch(
        r"lab00: the connection ended(: .*)?; ctys-ls doctor lab00 finds out why", end["message"]
    )


def test_the_relay_is_ended(start, relay, env, nothing_left):
    start("tst100")
    page = relay("--page", "lab00/tst100")
    page.told("ready")
    page.process.terminate()
    assert page.process.wait(20) == 0
    nothing_left()


def test_the_relay_is_killed(start, relay, env, tmp_path, fresh_lab):
    """Its folder stays, for nobody is there to tidy up; its processes do not, and LIST forgets it."""
    start("tst100")
    page = relay("--page", "lab00/tst100")
    page.told("ready")
    page.process.kill()
    page.process.wait(20)
    until(lambda: not processes_of(tmp_path) and not processes_of(fresh_lab.root), "end of all processes")
    assert listed(env) == []


def test_without_the_secret_word_there_is_nothing(start, relay):
    need(Path("/usr/share/novnc/core/rfb.js").exists(), "noVNC", "apt-get install novnc")
    start("tst100")
    ready = relay("--page", "lab00/tst100").told("ready")
    assert b"tst100 on lab00" in urllib.request.urlopen(ready["url"]).read()
    code = urllib.request.urlopen(ready["url"] + "novnc/core/rfb.js")
    assert code.headers["Content-Type"] == "text/javascript"
    bare = ready["url"].split("/", 3)[:3]
    for path in ("", "ws", "novnc/core/rfb.js"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen("/".join([*bare, path]))
    for path in ("../../../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{ready['url']}novnc/{path}")


def test_without_novnc_there_is_a_socket_and_no_page(start, relay, tmp_path):
    start("tst100")
    ready = relay("--page", "lab00/tst100", CTYS_NOVNC=str(tmp_path)).told("ready")
    assert ready["url"] == ""
    assert picture(ready["ws"])[3]


@pytest.fixture
def brief_folder():
    """A folder with a short path, for sockets: the kernel takes 107 characters."""
    with tempfile.TemporaryDirectory(prefix="ctys-") as folder:
        yield folder


def test_a_page_in_a_browser(start, relay, env, display, brief_folder):
    """The page, noVNC and the WebSocket together, in a real browser."""
    need(Path("/usr/share/novnc/core/rfb.js").exists(), "noVNC", "apt-get install novnc")
    chromium = need_program("chromium", "chromium")
    start("tst100")
    ready = relay("--page", "lab00/tst100").told("ready")
    browser = subprocess.Popen(
        [chromium, "--no-sandbox", "--no-first-run", "--disable-gpu", "--window-size=900,700", f"--app={ready['url']}"],
        env={**env, "DISPLAY": display, "TMPDIR": brief_folder}, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        shows_the_guest(display, env)
        assert ("tst100", "VNC", "C", "", "") in listed(env)
    finally:
        os.killpg(browser.pid, signal.SIGKILL)
        browser.wait(10)
    until(lambda: not [row for row in listed(env) if row[1] == "VNC"], "end of the client's row")


# -- in a viewer -------------------------------------------------------------------------------------------------------


@pytest.fixture
def viewer():
    return need_program("xtigervncviewer", "tigervnc-viewer")


def test_a_viewer_shows_the_guest(start, pty, env, display, viewer, nothing_left):
    """UC-05: -L CF."""
    terminal = pty(
        "ctys", "-t", "xen", "-a", "create=l:tst100,CONSOLE:vnc", "-L", "CF", "lab00", DISPLAY=display
    )
    assert terminal.end() == 0, terminal.seen
    assert re.search(
        r"the screen of tst100 on lab00 \(port 5900 there\) is shown by vncviewer at 127", terminal.seen
    )
    shows_the_guest(display, env)
    rows = listed(env)
    assert [row[:3] for row in rows] == [("tst100", "SSH(XEN)", "T"), ("tst100", "VNC", "C")]
    (client,) = [process for process in psutil.process_iter(["name"]) if ours(process, display, "vncviewer")]
    client.terminate()
    nothing_left()
    assert listed(env) == []


def ours(process, display, name):
    """Whether a process is a program of this name on our display."""
    try:
        return name in process.info["name"] and process.environ().get("DISPLAY") == display
    except psutil.Error:
        return False


def test_the_page_prints_it_so(start, relay, env, display, viewer):
    """The table below UC-05 on the use-case page: a client and a tunnel, both of the user."""
    start("tst100")
    relay("-L", "CF", "--events", "lab00/tst100", DISPLAY=display).told("ready")
    table = run(["ctys", "-a", "list", "localhost"], env).stdout
    assert re.search(r"^\S+ *\|- *\|tst100 *\|VNC +\|C\|\w+ *\|\w+ *$", table, re.MULTILINE)
    assert re.search(r"^\S+ *\|- *\|tst100 *\|SSH\(XEN\)\|T\|\w+ *\|\w+ *$", table, re.MULTILINE)


def test_reconnect_ends_the_old_viewer_first(start, ctys, relay, env, display, viewer):
    start("tst100")
    first = relay("-L", "CF", "--events", "lab00/tst100", DISPLAY=display)
    first.told("ready")
    done = run(
        ["ctys", "-t", "xen", "-a", "create=l:tst100,RECONNECT,CONSOLE:vnc", "-L", "CF", "lab00"],
        {**env, "DISPLAY": display},
    )
    assert done.returncode == 0, done.stderr
    assert first.process.wait(20) is not None
    until(
        lambda: [row[1:3] for row in listed(env)] == [("SSH(XEN)", "T"), ("VNC", "C")],
        "one client and tunnel",
    )


def test_a_viewer_on_the_host_needs_a_display_there(start, relay, env, display, viewer):
    """A simulated host forwards no display: without -L DF the viewer runs here, and the output says so."""
    start("tst100")
    shown = relay("--events", "lab00/tst100", DISPLAY=display)
    assert "through a tunnel (-L CF)" in shown.told("note")["message"]
    shown.told("ready")
    refused = relay("-L", "DF", "--events", "lab00/tst100", DISPLAY=display)
    end = refused.told("end")
    assert end["message"].startswith("lab00 ")
    assert end["message"].endswith("; leave out -L DF to run the viewer here")


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def refused(env, *words, **more):
    done = run(["ctys-ls", "vnc", *words], {**env, "DISPLAY": ":99", **more})
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.returncode, done.stderr.strip()


def test_no_such_guest(env):
    status, said = refused(env, "--wait", "0", "-L", "CF", "lab00/nosuch", CTYS_VNC_VIEWER="true")
    assert (status, said) == (
        1,
        "ctys-ls: lab00: no guest nosuch is running; ctys -a list lab00 shows what is",
    )


def test_a_guest_without_a_screen(env, start, fresh_lab):
    conf = next(fresh_lab.host("lab00").home.rglob("tst101.conf"))
    conf.write_text(re.sub(r"^vnc.*\n", "", conf.read_text(), flags=re.MULTILINE))
    start("tst101")
    status, said = refused(env, "-L", "CF", "lab00/tst101", CTYS_VNC_VIEWER="true")
    assert status == 1
    assert "tst101 has no VNC screen; set vnc = 1" in said
    assert said.endswith("or use its console: ctys-ls console lab00/tst101")


def test_no_viewer(env, start, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "ssh").symlink_to(need_program("ssh", "openssh-client"))
    program = str(Path(env["PATH"].split(":")[0]) / "ctys-ls")
    done = run([program, "vnc", "-L", "CF", "lab00/tst100"], {**env, "DISPLAY": ":99", "PATH": str(folder)})
    assert done.returncode == 1
    assert re.fullmatch(
        r"ctys-ls: no VNC viewer is installed here \(vncviewer, .*\); install tigervnc-viewer,"
        r" or see it in a browser instead: ctys-ls vnc --page lab00/tst100\n",
        done.stderr,
    )


def test_no_display(env):
    status, said = refused(env, "-L", "CF", "lab00/tst100", DISPLAY="")
    assert status == 1
    assert "DISPLAY is not set; see it in a browser instead: ctys-ls vnc --page lab00/tst100" in said


def test_a_viewer_that_fails(env, start):
    start("tst100")
    status, said = refused(
        env, "-L", "CF", "--viewer", "sh -c 'echo no colours >&2; exit 3' {port}", "lab00/tst100"
    )
    assert status == 1
    assert said.endswith("the viewer failed: no colours")


def test_no_such_host(env):
    status, said = refused(env, "-L", "CF", "nosuch.invalid/tst100", CTYS_VNC_VIEWER="true")
    assert status == 1
    assert "nosuch.invalid: cannot be reached: ssh: Could not resolve hostname" in said


@pytest.mark.parametrize("words", [["lab00"], ["-L", "XX", "lab00/x"], ["/tst100"]])
def test_wrong_arguments(words, env):
    done = run(["ctys-ls", "vnc", *words], env)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
