"""CONSOLE:SDL: the device model's own window on a display of ours, over the X11 forwarding of a real sshd."""

import re
import shlex

import psutil
import pytest
from display import windows, xvfb
from needs import need_program
from realsshd import Sshd, need_sshd
from terminals import run, until

from ctys_ls.languages.reading import READERS
from ctys_ls.requests import Address, ConsoleKind, Create, Invocation, Locality, Target
from ctys_ls.runtime.api import Config
from ctys_ls.runtime.engine import make_engine

# Stands in for xl and for the device model, an xterm: started with the display that `create` names, as libxl does.
XL = """#!/bin/sh
pid=$(cat {folder}/model 2>/dev/null)
runs() {{ [ -n "$pid" ] && kill -0 $pid 2>/dev/null; }}
case $1 in
list) echo "Name ID Mem VCPUs State Time(s)"; echo "Domain-0 0 512 1 r----- 1.0"
  if runs; then echo "tst100 7 128 1 -b---- 1.0"; fi ;;
domid) [ "$2" = tst100 ] && runs && echo 7 ;;
create)
  for word; do case $word in display=*) eval "DISPLAY=${{word#*=}}";; xauthority=*) eval "XAUTHORITY=${{word#*=}}";; esac; done
  if [ "$2" = -n ]; then
    case "$*" in *sdl=1*display=*) echo '{{"vfbs": [{{"sdl": {{"enable": "True", "display": "x"}}}}]}}' ;; *) echo '{{}}' ;; esac
    exit 0
  fi
  echo "$*" >{folder}/created
  export DISPLAY XAUTHORITY
  setsid xterm -T "SDL of tst100" -e sleep 1000 >/dev/null 2>&1 </dev/null & echo $! >{folder}/model ;;
destroy) kill $pid ;;
esac
"""
MODEL = """#!/bin/sh
echo "Available display backend types:"
echo none
echo {backend}
"""


@pytest.fixture
def display():
    need_program("xterm", "xterm")
    with xvfb() as name:
        yield name


@pytest.fixture
def host(tmp_path):
    """A real sshd with the stand-ins, and a domain file."""
    need_sshd()
    need_program("xauth", "xauth")
    folder = tmp_path / "sshd"
    (folder / "bin").mkdir(parents=True)
    program(folder / "bin/xl", XL.format(folder=folder))
    program(folder / "bin/xen-qemu-system-i386", MODEL.format(backend="sdl"))
    (folder / "tst100.conf").write_text('name = "tst100"\ntype = "hvm"\n')
    server = Sshd(folder)
    server.options = {"X11Forwarding": "yes", "X11UseLocalhost": "yes", "XAuthLocation": "/usr/bin/xauth"}
    server.know()
    server.start()
    (folder / "config").write_text(server.config())
    yield server
    server.stop()


@pytest.fixture
def env(env, host):
    return {**env, "CTYS_SSH_CONFIG": str(host.folder / "config")}


def program(path, text):
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def holders(host):
    """Our programs that keep a display of this host."""

    def found():
        return [process for process in psutil.process_iter(["cmdline"]) if keeps(process)]

    def keeps(process):
        try:
            words = shlex.join(process.info["cmdline"] or [])
            return "--kind SDL --events" in words and str(host.folder) in process.environ()["CTYS_SSH_CONFIG"]
        except (psutil.Error, KeyError):
            return False

    return found


@pytest.fixture
def create(env, host, display, holders):
    def start(*where, **more):
        words = ["ctys", "-t", "xen", "-a", f"create=p:{host.folder}/tst100.conf,CONSOLE:sdl", *where, "real"]
        return run(words, {**env, "DISPLAY": display, **more})

    yield start
    for process in holders():
        process.terminate()


def x11_rows(env):
    return re.findall(r"\|tst100 *\|X11 *\|C\|", run(["ctys", "-a", "list", "localhost"], env).stdout)


def title(display, env):
    return '"SDL of tst100"' in windows(display, env)


def test_the_window_comes_over_the_connection_and_both_end_with_the_guest(
    create, env, host, display, holders
):
    done = create("-L", "DF")
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"note: its SDL window is on localhost:1\d\.0, which ends with this machine's", done.stdout
    )
    assert "stop the guest first" in done.stdout
    assert re.fullmatch(
        r'create \S+/tst100.conf sdl=1 display="localhost:1\d\.0" xauthority="/\S+"',
        (host.folder / "created").read_text().strip(),
    )
    until(lambda: title(display, env), "the device model's window")
    assert len(x11_rows(env)) == 1
    run(["ssh", "-F", str(host.folder / "config"), "real", "xl", "destroy", "tst100"], env)
    until(lambda: not title(display, env), "end of the window")
    until(lambda: not holders(), "end of the connection", 30)
    assert x11_rows(env) == []


def test_a_running_guest_has_no_second_window(create, env, display):
    assert create("-L", "DF").returncode == 0
    again = run(
        ["ctys", "-t", "xen", "-a", "create=l:tst100,CONNECT,CONSOLE:sdl", "real"],
        {**env, "DISPLAY": display},
    )
    assert again.returncode == 1
    assert (
        "opens an SDL window as the guest starts, and not again; the VNC screen of tst100 is" in again.stderr
    )


# -- a guest whose window cannot be had is started without it ---------------------------------------------------------


@pytest.fixture
def without(host, env, display, holders, monkeypatch, tmp_path):
    """Start the guest by the engine alone; it runs, that there is no window is said, and its VNC screen is offered."""
    for name, value in {**env, "DISPLAY": display}.items():
        monkeypatch.setenv(name, value)

    async def started(why, locality=Locality.DISPLAY):
        config = Config(ssh_config=host.folder / "config", state_dir=tmp_path / "state")
        engine = make_engine(config, READERS, home=tmp_path)
        request = Create(Address(pathname=f"{host.folder}/tst100.conf"), console=ConsoleKind.SDL)
        try:
            target = Target("real", request, locality=locality)
            (outcome,) = (await engine.run(Invocation((target,)), lambda _: None, refuse)).targets
        finally:
            await engine.close()
        assert outcome.ok, outcome.trouble
        assert f"note: no SDL window: {why}" in outcome.text
        assert "sdl" not in (host.folder / "created").read_text()
        assert "--sdl" in outcome.console.argv
        assert "--page" in outcome.console.page_argv
        until(lambda: not holders(), "end of the connection")

    return started


async def refuse(_):
    return None


async def test_without_df_the_connection_is_not_opened(without):
    await without("the window of a guest on real comes here with -L DF only", None)


async def test_a_device_model_without_sdl(without, host):
    """As Debian's. It is asked before anything is started, for with SDL its guest would not start."""
    program(host.folder / "bin/xen-qemu-system-i386", MODEL.format(backend="curses"))
    await without(f"the device model of real ({host.folder}/bin/xen-qemu-system-i386) is built without SDL")


async def test_a_host_that_forwards_no_display(without, host):
    host.stop()
    host.options["X11Forwarding"] = "no"
    host.start()
    await without("real forwards no display (X11Forwarding of its sshd, package xauth)")


async def test_no_display_here(without, monkeypatch):
    monkeypatch.setenv("DISPLAY", "")
    await without("DISPLAY is not set here")


async def test_a_file_whose_guest_takes_no_sdl(without, host):
    program(host.folder / "bin/xl", XL.format(folder=host.folder).replace("*sdl=1*display=*", "nothing"))
    await without("the file of tst100 gives it no screen that can be told a display")


def test_a_start_that_fails_leaves_no_connection(create, host, holders):
    text = XL.format(folder=host.folder).replace(
        '  echo "$*" >', '  echo "libxl: error: no memory" >&2; exit 3; echo >'
    )
    program(host.folder / "bin/xl", text)
    done = create("-L", "DF")
    assert done.returncode == 1
    assert "no memory" in done.stderr
    until(lambda: not holders(), "end of the connection")
